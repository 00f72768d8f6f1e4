import { type Collector, file, type Parsed, type Type } from '../../src/define.ts';

/** Collectors that are made of one optional JSON file each, with the parts that a test cares for. */
export function collectorsOf(
  parts: Record<string, Partial<Omit<Collector, 'type'>> & { type: Type }>,
): ReadonlyMap<string, Collector> {
  return new Map(
    Object.entries(parts).map(([id, part]): [string, Collector] => [
      id,
      {
        id,
        doc: '',
        scope: 'netns',
        samples: 1,
        probes: { json: file(`/${id}`, { optional: true }) },
        parse: ({ json }) => ({ value: JSON.parse(json ?? 'null') }) as Parsed<unknown>,
        ...part,
      },
    ]),
  );
}
