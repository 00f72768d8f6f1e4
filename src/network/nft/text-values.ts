/**
 * Converts values from the form of nft's text to that of `nft -j`: numbers, addresses, ranges, sets, concatenations.
 */
import type { Json } from '../../model.ts';
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

/** Reads elements; `{ KEY : DATA, ... }` are pairs. */
export function readElements(cursor: Cursor): Json[] {
  expect(cursor, '{');
  const result: Json[] = [];
  for (blank(cursor); !skip(cursor, '}'); blank(cursor)) {
    const key = readConcat(cursor);
    trimmings(cursor);
    const pair = skip(cursor, ':');
    result.push(pair ? [key, readVerdict(cursor) ?? readConcat(cursor)] : key);
    trimmings(cursor);
    skip(cursor, ',');
  }
  return result;
}

const blank = (cursor: Cursor) => {
  while (skip(cursor, '\n'));
};

/** Skips the counters, timeouts and comments of an element. */
function trimmings(cursor: Cursor): void {
  while (!ENDS.some((end) => isAt(cursor, end))) take(cursor);
}

const ENDS = [':', ',', '}'];

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
  const first = atom(take(cursor));
  const parts = [first];
  while (skip(cursor, '.')) parts.push(atom(take(cursor)));
  return parts.length > 1 ? { concat: parts } : first;
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
