/** Parsers name the place that a probe has on a running host: where it was read elsewhere, that is shown. */
import type { Parsed, Probe } from '../define.ts';
import type { Evidence, Line } from '../model.ts';
import { placedInFiles, placeOfLine } from './pieces.ts';

type Location = Pick<Line, 'origin' | 'remark'> & Pick<Evidence, 'pieces'>;

/** Places by a probe's own origin, and by the place itself, where its answer was read instead. */
export type ProbeLocations = ReadonlyMap<string, Location>;

/** @param readAt the evidence of a probe by its name, as far as it shows where it was read */
export function probeLocations(
  { id, probes }: { id: string; probes: Record<string, Probe> },
  readAt: (probe: string) => Pick<Evidence, 'origin' | 'remark' | 'pieces'> | undefined,
): ProbeLocations {
  return new Map(
    Object.entries(probes).flatMap(([name, { origin: own }]): [string, Location][] => {
      const { origin, remark, pieces } = readAt(`${id}.${name}`) ?? {};
      if (origin === undefined) return [];
      const location = {
        origin,
        ...(remark !== undefined && { remark }),
        ...(pieces !== undefined && { pieces }),
      };
      // lines in pieces are found by the name that parsers were given, and that is no file's
      return pieces === undefined
        ? [
            [own, location],
            [origin, location],
          ]
        : [[own, location]];
    }),
  );
}

export function shownAt<T>(locations: ProbeLocations, fact: Parsed<T>): Parsed<T> {
  if (locations.size === 0) return fact;
  const moved = (line: Line): Line => {
    const { pieces, ...place } = locations.get(line.origin) ?? {};
    return { ...line, ...place, ...(pieces && line.line > 0 ? placeOfLine(pieces, line.line) : null) };
  };
  const lines = Object.entries(fact.lines ?? {}).map(([key, found]): [string, Line | Line[]] => [
    key,
    Array.isArray(found) ? found.map(moved) : moved(found),
  ]);
  return { ...fact, value: inValue(fact.value, locations) as T, lines: Object.fromEntries(lines) };
}

/** `nft -j list ruleset:2: ...`, where the text was read elsewhere. */
export function reasonAt(locations: ProbeLocations, reason: string): string {
  return [...locations].reduce((text, [own, { origin, pieces }]) => {
    if (pieces === undefined) return text.replaceAll(`${own}:`, `${origin}:`);
    const [before = '', ...parts] = text.split(`${own}:`);
    return parts.reduce((all, part) => {
      const [, number, rest = ''] = /^(\d+)(.*)$/s.exec(part) ?? [];
      const place = number === undefined ? null : placeOfLine(pieces, Number(number));
      return place ? `${all}${place.origin}:${place.line}${rest}` : `${all}${origin}:${part}`;
    }, before);
  }, reason);
}

/** Returns a model whose lines are those of the files that its text was put together from. */
export function modelAt<M>(locations: ProbeLocations, model: M): M {
  const isInPieces = [...locations.values()].some(({ pieces }) => pieces !== undefined);
  return isInPieces ? placedInFiles(model, (origin) => locations.get(origin)?.pieces) : model;
}

/** Corrects the origins that values name, too, beside a line. */
function inValue(value: unknown, locations: ProbeLocations): unknown {
  if (Array.isArray(value)) return value.map((item) => inValue(item, locations));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'origin' ? (locations.get(inner as string)?.origin ?? inner) : inValue(inner, locations),
    ]),
  );
}
