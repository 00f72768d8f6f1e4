/** Parsers name the place that a probe has on a running host: where it was read elsewhere, that is shown. */
import type { Collector, Parsed } from '../../define.ts';
import type { Answer, Evidence, Line } from '../../model.ts';

type Place = Pick<Line, 'origin' | 'remark'>;

/** By a probe's own origin, where its answer was read instead. */
export type Places = ReadonlyMap<string, Place>;

/** @param readAt the evidence of a probe by its name, as far as it says where it was read */
export function placesOf(
  { id, probes }: Collector,
  readAt: (probe: string) => Pick<Evidence, 'origin' | 'remark'> | undefined,
): Places {
  return new Map(
    Object.entries(probes).flatMap(([name, { origin: own }]): [string, Place][] => {
      const { origin, remark } = readAt(`${id}.${name}`) ?? {};
      return origin === undefined ? [] : [[own, { origin, ...(remark !== undefined && { remark }) }]];
    }),
  );
}

export function shownAt(places: Places, fact: Answer<Parsed<unknown>>): Answer<Parsed<unknown>> {
  if (places.size === 0) return fact;
  if (!fact.ok) return { ...fact, reason: inWords(fact.reason, places) };
  const { value, lines = {} } = fact.value;
  const moved = (line: Line): Line => ({ ...line, ...places.get(line.origin) });
  const movedLines = Object.entries(lines).map(([key, found]): [string, Line | Line[]] => [
    key,
    Array.isArray(found) ? found.map(moved) : moved(found),
  ]);
  return {
    ok: true,
    value: { ...fact.value, value: inValue(value, places), lines: Object.fromEntries(movedLines) },
  };
}

/** `nft -j list ruleset:2: ...` */
function inWords(reason: string, places: Places): string {
  return [...places].reduce((text, [own, { origin }]) => text.replaceAll(`${own}:`, `${origin}:`), reason);
}

/** Values name origins, too, beside a line. */
function inValue(value: unknown, places: Places): unknown {
  if (Array.isArray(value)) return value.map((item) => inValue(item, places));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'origin' ? (places.get(inner as string)?.origin ?? inner) : inValue(inner, places),
    ]),
  );
}
