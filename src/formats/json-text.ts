import { inJson } from './log-commands.ts';

/**
 * JSON in pieces, as a fleet's report may be longer than a string can be. What is no array and can be gone through is
 * written as one, item by item: it need never be there as a whole.
 */
interface Writing {
  /** Keys in order, so that two can be compared as text. */
  sorted: boolean;
  /** The depth down to which lists and objects are written item by item; what lies deeper is an array or an object. */
  depth: number;
}

/** Characters of a piece, at least, but for the last one. */
const PIECE = 2 ** 16;

const INDENT = '  ';

export function* jsonPieces(value: unknown, writing: Writing): Generator<string> {
  let piece = '';
  for (const part of parts(value, '', 0, writing)) {
    piece += part;
    if (piece.length < PIECE) continue;
    yield escapedJson(piece);
    piece = '';
  }
  yield `${escapedJson(piece)}\n`;
}

/**
 * JSON for people and programs: keys are sorted; and what a terminal would act upon is written as JSON's escapes, which
 * mean the same.
 */
export function jsonText(value: unknown): string {
  return escapedJson(JSON.stringify(inKeyOrder(value), null, INDENT));
}

/** Returns JSON in one line, with its end. */
export const jsonLine = (value: unknown): string => `${escapedJson(JSON.stringify(value))}\n`;

/** Returns JSON of the same value that neither a terminal nor a runner of CI acts upon. */
export const escapedJson = (json: string): string => inJson(json.replace(UNPRINTABLE, escaped));

const UNPRINTABLE =
  /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** The same as `jsonText`, in pieces, with a line break at its end: it may have long lists. */
export const jsonTextPieces = (value: unknown): Generator<string> =>
  jsonPieces(value, { sorted: true, depth: 1 });

function* parts(given: unknown, indent: string, depth: number, writing: Writing): Generator<string> {
  const value = asJson(given);
  const items = itemsOf(value, writing);
  if (items === null || depth > writing.depth) {
    const text = JSON.stringify(writing.sorted ? inKeyOrder(value) : value, null, INDENT);
    yield text.replaceAll('\n', `\n${indent}`);
    return;
  }
  const [open, close] = items.isList ? '[]' : '{}';
  let separator = `${open}\n`;
  for (const [key, item] of items.entries) {
    yield `${separator}${indent}${INDENT}${key}`;
    yield* parts(item, indent + INDENT, depth + 1, writing);
    separator = ',\n';
  }
  yield separator === ',\n' ? `\n${indent}${close}` : `${open}${close}`;
}

/** Returns a value as it says that it is to be written, as JSON.stringify asks it. */
const asJson = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
    ? value.toJSON()
    : value;

interface Items {
  isList: boolean;
  /** The items, each after its key, which is empty in a list. */
  entries: Iterable<readonly [key: string, item: unknown]>;
}

function itemsOf(value: unknown, { sorted }: Writing): Items | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Symbol.iterator in value) return { isList: true, entries: unnamed(value as Iterable<unknown>) };
  const own = Object.entries(value).filter(([, item]) => item !== undefined);
  const entries = sorted ? own.sort(byKey) : own;
  return { isList: false, entries: entries.map(([key, item]) => [`${JSON.stringify(key)}: `, item]) };
}

function* unnamed(items: Iterable<unknown>): Generator<readonly [string, unknown]> {
  for (const item of items) yield ['', item];
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

/** Returns a value whose objects have their keys in order: to ask a replacer for each key takes far longer. */
function inKeyOrder(given: unknown): unknown {
  const value = asJson(given);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inKeyOrder);
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(entries.sort(byKey).map(([key, item]) => [key, inKeyOrder(item)]));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
