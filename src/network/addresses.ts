/**
 * Sets of IP addresses, both families at once, as canonical ranges: equal sets have equal ranges. Values; every
 * operation returns a new set, or one of its arguments where that is the result.
 */
import { type Address, parseAddress, printV4, printV6 } from './address-text.ts';
import * as ranges from './ranges.ts';
import { BIGINTS, NUMBERS, type Ranges } from './ranges.ts';

export interface AddressSet {
  readonly v4: Ranges<number>;
  readonly v6: Ranges<bigint>;
}

const MAX4 = 2 ** 32 - 1;
const MAX6 = 2n ** 128n - 1n;

export const NONE: AddressSet = { v4: [], v6: [] };
export const ALL4: AddressSet = { v4: [0, MAX4], v6: [] };
export const ALL6: AddressSet = { v4: [], v6: [0n, MAX6] };
export const ALL: AddressSet = { v4: ALL4.v4, v6: ALL6.v6 };

const make = (v4: Ranges<number>, v6: Ranges<bigint>, like: AddressSet): AddressSet =>
  v4 === like.v4 && v6 === like.v6 ? like : { v4, v6 };

export function union(a: AddressSet, b: AddressSet): AddressSet {
  return make(ranges.union(NUMBERS, a.v4, b.v4), ranges.union(BIGINTS, a.v6, b.v6), a);
}

export function unionOf(sets: Iterable<AddressSet>): AddressSet {
  const v4: [number, number][] = [];
  const v6: [bigint, bigint][] = [];
  for (const set of sets) {
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    for (let i = 0; i < set.v4.length; i += 2) v4.push([set.v4[i]!, set.v4[i + 1]!]);
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    for (let i = 0; i < set.v6.length; i += 2) v6.push([set.v6[i]!, set.v6[i + 1]!]);
  }
  return { v4: ranges.canonical(NUMBERS, v4), v6: ranges.canonical(BIGINTS, v6) };
}

export function intersection(a: AddressSet, b: AddressSet): AddressSet {
  return make(ranges.intersection(a.v4, b.v4), ranges.intersection(a.v6, b.v6), a);
}

export function difference(a: AddressSet, b: AddressSet): AddressSet {
  return make(ranges.difference(NUMBERS, a.v4, b.v4), ranges.difference(BIGINTS, a.v6, b.v6), a);
}

export function complement(set: AddressSet): AddressSet {
  return difference(ALL, set);
}

export function intersects(a: AddressSet, b: AddressSet): boolean {
  return ranges.intersects(a.v4, b.v4) || ranges.intersects(a.v6, b.v6);
}

export function covers(a: AddressSet, b: AddressSet): boolean {
  return isEmpty(difference(b, a));
}

export function equals(a: AddressSet, b: AddressSet): boolean {
  return ranges.same(a.v4, b.v4) && ranges.same(a.v6, b.v6);
}

/** Returns a key that is equal for equal sets, and for no others. */
export const setKey = ({ v4, v6 }: AddressSet): string => `${v4.join()}/${v6.join()}`;

export function isEmpty(set: AddressSet): boolean {
  return set.v4.length === 0 && set.v6.length === 0;
}

export function contains(set: AddressSet, address: Address): boolean {
  return address.family === 4 ? ranges.has(set.v4, address.value) : ranges.has(set.v6, address.value);
}

/** Returns the exact number of addresses. */
export function size(set: AddressSet): bigint {
  let total = 0n;
  // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
  for (let i = 0; i < set.v4.length; i += 2) total += BigInt(set.v4[i + 1]! - set.v4[i]! + 1);
  // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
  for (let i = 0; i < set.v6.length; i += 2) total += set.v6[i + 1]! - set.v6[i]! + 1n;
  return total;
}

/** The only address of a set, or null when it has none or several. */
export function onlyAddress(set: AddressSet): Address | null {
  if (set.v4.length === 2 && set.v6.length === 0 && set.v4[0] === set.v4[1]) {
    // biome-ignore lint/style/noNonNullAssertion: v4 is not empty
    return { family: 4, value: set.v4[0]! };
  }
  if (set.v6.length === 2 && set.v4.length === 0 && set.v6[0] === set.v6[1]) {
    // biome-ignore lint/style/noNonNullAssertion: v6 is not empty
    return { family: 6, value: set.v6[0]! };
  }
  return null;
}

/** The lowest address, IPv4 before IPv6; null when empty. */
export function firstAddress(set: AddressSet): Address | null {
  // biome-ignore lint/style/noNonNullAssertion: v4 is not empty
  if (set.v4.length > 0) return { family: 4, value: set.v4[0]! };
  // biome-ignore lint/style/noNonNullAssertion: v6 is not empty
  return set.v6.length > 0 ? { family: 6, value: set.v6[0]! } : null;
}

/** Returns the span from the first to the last address, IPv6 behind all of IPv4; the set must not be empty. */
export function spanOf({ v4, v6 }: AddressSet): { from: bigint; to: bigint } {
  const behind = 2n ** 32n;
  return {
    // biome-ignore lint/style/noNonNullAssertion: the set is not empty
    from: v4.length > 0 ? BigInt(v4[0]!) : behind + v6[0]!,
    // biome-ignore lint/style/noNonNullAssertion: the set is not empty
    to: v6.length > 0 ? behind + v6.at(-1)! : BigInt(v4.at(-1)!),
  };
}

export function addressSet(address: Address): AddressSet {
  // biome-ignore lint/style/noNonNullAssertion: an address is no higher than itself
  return rangeSet(address, address)!;
}

/** Returns the inclusive range from the lower to the higher; null when the families differ or the order is wrong. */
export function rangeSet(low: Address, high: Address): AddressSet | null {
  if (low.family === 4 && high.family === 4) {
    return low.value <= high.value ? { v4: [low.value, high.value], v6: [] } : null;
  }
  if (low.family === 6 && high.family === 6) {
    return low.value <= high.value ? { v4: [], v6: [low.value, high.value] } : null;
  }
  return null;
}

/** The network of `bits` leading bits that the address lies in. */
export function prefixSet(address: Address, bits: number): AddressSet {
  if (address.family === 4) {
    const length = 2 ** (32 - bits);
    const low = Math.floor(address.value / length) * length;
    return { v4: [low, low + length - 1], v6: [] };
  }
  const mask = (1n << BigInt(128 - bits)) - 1n;
  return { v4: [], v6: [address.value & ~mask, address.value | mask] };
}

/**
 * Parses `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1-10.0.0.9`, the same for IPv6, and `/mask` with
 * holes, as iptables allows. Returns null when it is none of these.
 */
export function parseAddresses(text: string): AddressSet | null {
  const dash = text.indexOf('-');
  if (dash > 0) {
    const low = parseAddress(text.slice(0, dash));
    const high = parseAddress(text.slice(dash + 1));
    return low && high ? rangeSet(low, high) : null;
  }
  const [base, mask] = text.split('/', 2) as [string, string | undefined];
  const address = parseAddress(base);
  if (!address) return null;
  if (mask === undefined) return addressSet(address);
  const width = address.family === 4 ? 32 : 128;
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= width ? prefixSet(address, Number(mask)) : null;
  const parsed = parseAddress(mask);
  return parsed && parsed.family === address.family ? maskSet(address, parsed) : null;
}

/** Masks with more than this many combinations of free bits above the run at the end are not spelled out. */
const MAX_MASK_HOLES = 12;

/** All addresses that equal `address` in the bits of `mask`; null for a mask with too many holes. */
function maskSet(address: Address, mask: Address): AddressSet | null {
  const width = address.family === 4 ? 32 : 128;
  const wanted = BigInt(address.value) & BigInt(mask.value);
  const free: bigint[] = [];
  for (let bit = 0n; bit < BigInt(width); bit++)
    if (((BigInt(mask.value) >> bit) & 1n) === 0n) free.push(bit);
  const run = free.findIndex((bit, i) => bit !== BigInt(i));
  const holes = run < 0 ? [] : free.slice(run);
  if (holes.length > MAX_MASK_HOLES) return null;
  const tail = (1n << BigInt(free.length - holes.length)) - 1n;
  const sets: AddressSet[] = [];
  for (let choice = 0; choice < 2 ** holes.length; choice++) {
    const low = holes.reduce((sum, bit, i) => ((choice >> i) & 1 ? sum | (1n << bit) : sum), wanted);
    sets.push(
      address.family === 4
        ? { v4: [Number(low), Number(low | tail)], v6: [] }
        : { v4: [], v6: [low, low | tail] },
    );
  }
  return unionOf(sets);
}

/** Returns the union of what texts name (`10.0.0.0/8`, `10.0.0.1-10.0.0.9`); those that name no addresses add none. */
export function namedAddresses(texts: readonly string[]): AddressSet {
  return unionOf(texts.map((text) => parseAddresses(text) ?? NONE));
}

/** Tells whether a text is an address, and in the set. */
export function containsText(set: AddressSet, text: string): boolean {
  const address = parseAddress(text);
  return address !== null && contains(set, address);
}

/** The fewest CIDRs that make up the set, IPv4 first, in order. Single addresses carry no `/32`. */
export function toCidrs(set: AddressSet): string[] {
  const result: string[] = [];
  for (let i = 0; i < set.v4.length; i += 2) {
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    for (const [low, bits] of blocks(BigInt(set.v4[i]!), BigInt(set.v4[i + 1]!), 32)) {
      result.push(bits === 32 ? printV4(Number(low)) : `${printV4(Number(low))}/${bits}`);
    }
  }
  for (let i = 0; i < set.v6.length; i += 2) {
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    for (const [low, bits] of blocks(set.v6[i]!, set.v6[i + 1]!, 128)) {
      result.push(bits === 128 ? printV6(low) : `${printV6(low)}/${bits}`);
    }
  }
  return result;
}

function* blocks(low: bigint, high: bigint, width: number): Generator<[bigint, number]> {
  for (let at = low; at <= high; ) {
    let free = 0n;
    while (free < BigInt(width) && (at & (1n << free)) === 0n && at + (2n << free) - 1n <= high) free++;
    yield [at, width - Number(free)];
    at += 1n << free;
  }
}

/** Returns a set with all of these addresses in at most so many ranges of each family, and as few others as that takes. */
export const inFewRanges = ({ v4, v6 }: AddressSet, most: number): AddressSet => ({
  v4: ranges.fewer(v4, most),
  v6: ranges.fewer(v6, most),
});

/** Prints addresses for people: CIDRs, ranges where those are shorter, at most `limit` of them. */
export function printAddresses(set: AddressSet, limit = 8): string {
  if (isEmpty(set)) return 'none';
  const cidrs = toCidrs(set);
  const shown = cidrs.slice(0, limit).join(', ');
  return cidrs.length > limit ? `${shown} and ${cidrs.length - limit} more` : shown;
}
