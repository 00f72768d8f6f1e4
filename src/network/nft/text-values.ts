/**
 * Converts values from the form of nft's text to that of `nft -j`: numbers, addresses, ranges, sets, concatenations.
 */
import type { Json } from '../../model.ts';
import { emptyTable, wordTable } from '../../word-table.ts';
import { parseAddress } from '../address-text.ts';
import { parseNumber } from '../fields.ts';
import { type Cursor, expect, isAt, peek, skip, type Token, take } from './tokens.ts';

/**
 * Reads `0x4000`, `80-90`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `established,related`, `{ 80, 443 }`, `@set`, `"eth0"`.
 */
export function readValue(cursor: Cursor): Json {
  if (isAt(cursor, '{')) return { set: readElements(cursor) };
  const first = readConcat(cursor);
  const list = [first];
  while (skip(cursor, ',')) list.push(readConcat(cursor));
  return list.length > 1 ? list : first;
}

/** Reads one value, or a list, between operators. */
export function readOperand(cursor: Cursor): Json {
  const list = [atom(take(cursor))];
  while (skip(cursor, ',')) list.push(atom(take(cursor)));
  return list.length > 1 ? list : (list[0] ?? null);
}

/** Reads elements; `{ KEY : DATA, ... }` are pairs. */
export function readElements(cursor: Cursor): Json[] {
  expect(cursor, '{');
  const result: Json[] = [];
  for (blank(cursor); !skip(cursor, '}'); blank(cursor)) {
    const key = trimmed(readConcat(cursor), cursor);
    const pair = skip(cursor, ':');
    result.push(pair ? [key, trimmed(readVerdict(cursor) ?? readConcat(cursor), cursor)] : key);
    skip(cursor, ',');
  }
  return result;
}

const blank = (cursor: Cursor) => {
  while (skip(cursor, '\n'));
};

/** Returns an element with what stands behind it: `10.0.0.1 timeout 1h comment "x"`, `10.0.0.1 limit rate 1/second`. */
function trimmed(value: Json, cursor: Cursor): Json {
  const trimmings = emptyTable<Json>();
  while (!ENDS.some((end) => isAt(cursor, end))) {
    const { text } = take(cursor);
    trimmings[text] = null;
    for (let left = ARGUMENTS[text] ?? Infinity; left > 0 && !ENDS.some((end) => isAt(cursor, end)); left--)
      take(cursor);
  }
  return Object.keys(trimmings).length === 0 ? value : { elem: { val: value, ...trimmings } };
}

const ENDS = [':', ',', '}'];

/** The number of words that follow each word; all the rest, behind a word that is not known. */
const ARGUMENTS = wordTable<number>({ comment: 1, timeout: 1, expires: 1, counter: 4, last: 2 });

/** Reads `accept`, `jump CHAIN`; null where none comes next. */
export function readVerdict(cursor: Cursor): Json {
  const { text = '', quoted = false } = peek(cursor) ?? {};
  if (quoted) return null;
  if (text === 'jump' || text === 'goto') {
    take(cursor);
    return { [text]: { target: take(cursor).text } };
  }
  if (!VERDICTS.has(text)) return null;
  take(cursor);
  return { [text]: null };
}

const VERDICTS: ReadonlySet<string> = new Set(['accept', 'drop', 'continue', 'return']);

function readConcat(cursor: Cursor): Json {
  const first = readAtoms(cursor);
  const parts = [first];
  while (skip(cursor, '.')) parts.push(readAtoms(cursor));
  return parts.length > 1 ? { concat: parts } : first;
}

/** Reads `8888-8999`, `8888 - 8999`, and flags as one value: `syn | ack`. */
function readAtoms(cursor: Cursor): Json {
  const first = atom(take(cursor));
  if (skip(cursor, '-')) return { range: [first, atom(take(cursor))] };
  const flags = [first];
  while (skip(cursor, '|')) flags.push(atom(take(cursor)));
  return flags.length > 1 ? { '|': flags } : first;
}

export function atom({ text, quoted }: Token): Json {
  if (quoted) return text;
  const [low = '', high, ...more] = text.split('-').map(single);
  if (high !== undefined && more.length === 0 && isEnd(low) && isEnd(high)) return { range: [low, high] };
  const [address = '', length] = text.split('/');
  if (length !== undefined && parseAddress(address))
    return { prefix: { addr: address, len: Number(length) } };
  return single(text);
}

const single = (text: string): number | string => parseNumber(text) ?? text;

/** True for an end of a range: a dash in a name makes none. */
const isEnd = (end: number | string) => typeof end === 'number' || parseAddress(end) !== null;
