/** Finds the files of lines of an answer that was put together from pieces of several. */
import type { Piece } from '../model.ts';

/** Places by the origin that parsers were given. */
type PiecesOf = (origin: string) => readonly Piece[] | undefined;

/** Returns the file and line of a line; the first piece's for what stands nowhere. */
export function placeOfLine(pieces: readonly Piece[], line: number): { origin: string; line: number } | null {
  const piece = pieces.findLast(({ from }) => from <= line) ?? pieces[0];
  return piece ? { origin: piece.origin, line: Math.max(piece.line, piece.line + line - piece.from) } : null;
}

/** Returns a value in which all that has an `origin` and a `line` has those of its file; what has none is kept as it is. */
export function placedInFiles<T>(value: T, piecesOf: PiecesOf): T {
  // what stands in several places is one value there as well: a rule is the key of what it counted
  const known = new Map<object, unknown>();
  const place = (one: unknown): unknown => {
    if (typeof one !== 'object' || one === null || ArrayBuffer.isView(one)) return one;
    const before = known.get(one);
    const now = before ?? placed(one, piecesOf, place);
    known.set(one, now);
    return now;
  };
  return place(value) as T;
}

function placed(value: object, piecesOf: PiecesOf, within: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(within);
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, inner]) => [within(key), within(inner)] as const);
    return entries.some(([key, inner]) => inner !== value.get(key)) ? new Map(entries) : value;
  }
  if (value instanceof Set) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, within(inner)] as const);
  const { origin, line } = value as { origin?: unknown; line?: unknown };
  const pieces =
    typeof origin === 'string' && typeof line === 'number' && line > 0 ? piecesOf(origin) : undefined;
  const place = pieces === undefined ? null : placeOfLine(pieces, line as number);
  const changed = entries.filter(([key, inner]) => inner !== (value as Record<string, unknown>)[key]);
  if (place === null && changed.length === 0) return value;
  return { ...value, ...Object.fromEntries(changed), ...place };
}
