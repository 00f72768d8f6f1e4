import {
  type Collector,
  defineCollector,
  file,
  type Parsed,
  type Probe,
  type Type,
} from '../../src/define.ts';

interface Part {
  type: Type;
  scope?: Collector['scope'];
  samples?: Collector['samples'];
  probes?: Record<string, Probe>;
  parse?(now: Texts, before: Texts | null): Parsed<unknown>;
}

type Texts = Record<string, string | undefined>;

/** Collectors that are made of one optional JSON file each, with the parts that a test cares for. */
export function collectorsOf(parts: Record<string, Part>): ReadonlyMap<string, Collector> {
  return new Map(
    Object.entries(parts).map(([id, part]): [string, Collector] => [
      id,
      defineCollector<unknown, Record<string, Probe>>({
        id,
        doc: '',
        scope: 'netns',
        samples: 1,
        probes: { json: file(`/${id}`, { optional: true }) },
        parse: ({ json }) => ({ value: JSON.parse(json ?? 'null') }),
        ...part,
      }) as Collector,
    ]),
  );
}
