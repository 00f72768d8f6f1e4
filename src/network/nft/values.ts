/** Values of nft's JSON (libnftables-json(5)): addresses, ports, marks, names, each alone, as prefix, range or set. */
import type { Json } from '../../model.ts';
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

/** Returns the value without trimmings: `{"elem": {"val": X, "counter": ...}}` is X. */
export const bare = (value: Json): Json => asObject(asObject(value)?.elem)?.val ?? value;

/** Returns a value or the members of an anonymous set. */
export function members(value: Json): Json[] {
  const set = asObject(value)?.set;
  return set === undefined ? [bare(value)] : asList(set).map(bare);
}

/** Reads addresses; null where one of the values is none. */
export function readAddresses(values: readonly Json[]): AddressSet | null {
  const sets = values.map(readAddress);
  return sets.every((set) => set !== null) ? unionOf(sets as AddressSet[]) : null;
}

function readAddress(value: Json): AddressSet | null {
  if (value === '*') return ALL;
  if (typeof value === 'string') return parseAddresses(value);
  const { prefix, range } = asObject(value) ?? {};
  const network = asObject(prefix);
  if (network) return parseAddresses(`${network.addr}/${network.len}`);
  return Array.isArray(range) ? parseAddresses(`${range[0]}-${range[1]}`) : null;
}

/** Reads numbers, or names that `toNumber` knows, alone or as ranges; null where one is neither. */
export function readNumbers(
  values: readonly Json[],
  toNumber: (value: Json) => number | null,
): Ranges<number> | null {
  const pairs: [number, number][] = [];
  for (const value of values) {
    const range = asObject(value)?.range;
    const [low, high] = Array.isArray(range) ? range.map(toNumber) : [toNumber(value), toNumber(value)];
    if (low == null || high == null) return null;
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
