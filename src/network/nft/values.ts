/** Values of nft's JSON (libnftables-json(5)): addresses, ports, marks, names, each alone, as prefix, range or set. */
import type { Json } from '../../model.ts';
import type { WordTable } from '../../word-table.ts';
import { type AddressSet, ALL, parseAddresses, unionOf } from '../addresses.ts';
import { parseInterface, parseNumber, protocolNumber } from '../fields.ts';
import { canonical, NUMBERS, type Ranges } from '../ranges.ts';
import type { InterfacePattern } from '../ruleset.ts';

export interface JsonObject {
  [key: string]: Json;
}

export const asObject = (value: Json | undefined): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;

export const asList = (value: Json | undefined): Json[] =>
  Array.isArray(value) ? value : value == null ? [] : [value];

/**
 * Returns an object that has these keys, perhaps the optional ones, and no others: a newer nft may say something with
 * another key that turns the meaning of these. Null for every other shape.
 */
export function shaped(
  value: Json | undefined,
  keys: readonly string[],
  optional: readonly string[] = [],
): JsonObject | null {
  const object = asObject(value);
  if (!object || !keys.every((key) => object[key] !== undefined)) return null;
  return Object.keys(object).every((key) => keys.includes(key) || optional.includes(key)) ? object : null;
}

/** Returns the name and the body of `{"payload": {...}}`; no name where the object has not exactly one key. */
export function tagged(value: Json | undefined): [name: string, body: Json] {
  const [entry, ...others] = Object.entries(asObject(value) ?? {});
  return entry && others.length === 0 ? entry : ['', null];
}

/** Keys of a set's element that do not change whether it is found. */
const TRIMMINGS = ['comment', 'counter', 'timeout', 'expires', 'last'];

/**
 * Returns the value without trimmings: `{"elem": {"val": X, "counter": ...}}` is X. An element with a limit or quota is
 * found for some packets and not for others: it stays as it is, which no reader takes.
 */
export function bare(value: Json): Json {
  const [name, body] = tagged(value);
  return name === 'elem' ? (shaped(body, ['val'], TRIMMINGS)?.val ?? value) : value;
}

/** Returns a value or the members of an anonymous set. */
export function members(value: Json): Json[] {
  const [name, body] = tagged(value);
  return name === 'set' && Array.isArray(body) ? body.map(bare) : [bare(value)];
}

/** Reads addresses; null where one of the values is none. */
export function readAddresses(values: readonly Json[]): AddressSet | null {
  const sets = values.map(readAddress);
  return sets.every((set) => set !== null) ? unionOf(sets as AddressSet[]) : null;
}

function readAddress(value: Json): AddressSet | null {
  if (value === '*') return ALL;
  if (typeof value === 'string') return parseAddresses(value);
  const [name, body] = tagged(value);
  const network = name === 'prefix' ? shaped(body, ['addr', 'len']) : null;
  if (network) return parseAddresses(`${network.addr}/${network.len}`);
  const ends = name === 'range' ? pairOf(body) : null;
  return ends && parseAddresses(`${ends[0]}-${ends[1]}`);
}

const pairOf = (value: Json): [Json, Json] | null =>
  Array.isArray(value) && value.length === 2 ? (value as [Json, Json]) : null;

/**
 * Reads numbers, or names that `toNumber` knows, alone or as ranges; null where one is neither. A range that goes down
 * was written as two comparisons, of one field or of two: nft (1.0.6 and 1.1.3) prints `tcp sport >= 1024 tcp dport <= 1023`
 * as `tcp dport 1024-1023`, and `tcp dport < 2000 tcp dport > 1001` as `tcp dport != 2000-1001` (netlink_delinearize.c,
 * expr_may_merge_range). Which of these it was is not known. Where two such comparisons come out as a range that goes up,
 * nothing tells them from that range.
 */
export function readNumbers(
  values: readonly Json[],
  toNumber: (value: Json) => number | null,
): Ranges<number> | null {
  const pairs: [number, number][] = [];
  for (const value of values) {
    const [name, body] = tagged(value);
    const [low, high] = (name === 'range' ? pairOf(body) : [value, value])?.map(toNumber) ?? [null, null];
    if (low == null || high == null || low > high) return null;
    pairs.push([low, high]);
  }
  return canonical(NUMBERS, pairs);
}

export const asNumber = (value: Json): number | null => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseNumber(value) : null;
};

export const asProtocol = (value: Json): number | null => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? protocolNumber(value) : null;
};

export function readInterfaces(values: readonly Json[]): InterfacePattern[] | null {
  return values.every((value) => typeof value === 'string')
    ? values.map((value) => parseInterface(value, '*'))
    : null;
}

/**
 * Reads bits: a number, a name, or several of them, as nft lists them (`["fin", "syn"]`, 1.0.6) or joins them: two at
 * a time (0.9.8), or all at once (`{"|": ["fin", "syn", "rst"]}`, 1.1.3). Null where one is not known.
 */
export function readBits(value: Json, names: WordTable<number>): number | null {
  const [name, body] = tagged(value);
  const parts = Array.isArray(value) ? value : name === '|' && Array.isArray(body) ? body : null;
  if (parts === null) return asNumber(value) ?? (typeof value === 'string' ? (names[value] ?? null) : null);
  const bits = parts.map((part) => readBits(part, names));
  return bits.length > 0 && bits.every((one) => one !== null)
    ? (bits as number[]).reduce((a, b) => (a | b) >>> 0)
    : null;
}
