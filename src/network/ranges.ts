/**
 * Sets of whole numbers as sorted, disjoint, non-adjacent inclusive ranges laid out flat: [low, high, low, high, ...].
 * Equal sets are equal arrays. Numbers for ports, protocols and IPv4; bigints for IPv6.
 */
export type Ranges<N extends number | bigint> = readonly N[];

/** The facts that the algebra needs of a kind of number: its 1. */
export interface Arithmetic<N extends number | bigint> {
  plus(value: N, steps: 1 | -1): N;
}

export const NUMBERS: Arithmetic<number> = { plus: (value, steps) => value + steps };
export const BIGINTS: Arithmetic<bigint> = { plus: (value, steps) => value + BigInt(steps) };

/** Makes pairs canonical: sorted, merged where they overlap or touch. */
export function canonical<N extends number | bigint>(
  kind: Arithmetic<N>,
  pairs: readonly [N, N][],
): Ranges<N> {
  const sorted = [...pairs].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const result: N[] = [];
  for (const [low, high] of sorted) append(kind, result, low, high);
  return result;
}

export function union<N extends number | bigint>(kind: Arithmetic<N>, a: Ranges<N>, b: Ranges<N>): Ranges<N> {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const result: N[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    // biome-ignore lint/style/noNonNullAssertion: i and j are below length
    const fromA = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    if (fromA) append(kind, result, a[i]!, a[i + 1]!);
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and j is below length
    else append(kind, result, b[j]!, b[j + 1]!);
    if (fromA) i += 2;
    else j += 2;
  }
  return result;
}

/** Returns `a` itself where nothing is cut off, so that a caller can tell by identity. */
export function intersection<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): Ranges<N> {
  const result: N[] = [];
  // a set of one range is looked up in a long list, not walked along it
  let i = firstReaching(a, b[0]);
  let j = firstReaching(b, a[0]);
  while (i < a.length && j < b.length) {
    // biome-ignore lint/style/noNonNullAssertion: i and j are below length
    const low = later(a[i]!, b[j]!);
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i and j are below length
    const high = earlier(a[i + 1]!, b[j + 1]!);
    if (low <= high) result.push(low, high);
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i and j are below length
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return same(result, a) ? a : result;
}

/** Returns `a` itself where nothing is taken away. */
export function difference<N extends number | bigint>(
  kind: Arithmetic<N>,
  a: Ranges<N>,
  b: Ranges<N>,
): Ranges<N> {
  if (!intersects(a, b)) return a;
  const result: N[] = [];
  let j = firstReaching(b, a[0]);
  for (let i = 0; i < a.length; i += 2) {
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    let low = a[i]!;
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    const high = a[i + 1]!;
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and j is below length
    while (j < b.length && b[j + 1]! < low) j += 2;
    let k = j;
    // biome-ignore lint/style/noNonNullAssertion: k is below length
    for (; k < b.length && b[k]! <= high && low <= high; k += 2) {
      // biome-ignore lint/style/noNonNullAssertion: k is below length
      if (b[k]! > low) result.push(low, kind.plus(b[k]!, -1));
      // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and k is below length
      low = kind.plus(b[k + 1]!, 1);
    }
    if (low <= high) result.push(low, high);
  }
  return result;
}

export function intersects<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): boolean {
  let i = firstReaching(a, b[0]);
  let j = firstReaching(b, a[0]);
  while (i < a.length && j < b.length) {
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i and j are below length
    if (a[i]! <= b[j + 1]! && b[j]! <= a[i + 1]!) return true;
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i and j are below length
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return false;
}

export function has<N extends number | bigint>(ranges: Ranges<N>, value: N): boolean {
  const i = firstReaching(ranges, value);
  // biome-ignore lint/style/noNonNullAssertion: i is below length
  return i < ranges.length && ranges[i]! <= value;
}

/** Returns at most so many ranges that have all of these values: those next to each other are joined. */
export function fewer<N extends number | bigint>(ranges: Ranges<N>, most: number): Ranges<N> {
  const count = ranges.length >> 1;
  if (count <= most) return ranges;
  // biome-ignore lint/style/noNonNullAssertion: there is one before and one behind each gap
  const gapBefore = (i: number) => BigInt(ranges[2 * i]!) - BigInt(ranges[2 * i - 1]!);
  const gaps = Array.from({ length: count - 1 }, (_, i) => ({ at: i + 1, width: gapBefore(i + 1) }));
  const widest = gaps.sort((a, b) => (a.width < b.width ? 1 : a.width > b.width ? -1 : a.at - b.at));
  const kept = new Set(widest.slice(0, most - 1).map(({ at }) => at));
  return ranges.filter((_, i) => {
    const [range, isEnd] = [i >> 1, i % 2];
    const gap = range + isEnd;
    return gap === 0 || gap === count || kept.has(gap);
  });
}

function later<N extends number | bigint>(a: N, b: N): N {
  if (a > b) return a;
  return b;
}

function earlier<N extends number | bigint>(a: N, b: N): N {
  if (a < b) return a;
  return b;
}

/** Returns the index of the first range that ends at or after `value`; of the first of all when there is no value. */
function firstReaching<N extends number | bigint>(ranges: Ranges<N>, value: N | undefined): number {
  if (value === undefined) return 0;
  let low = 0;
  let high = ranges.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    // biome-ignore lint/style/noNonNullAssertion: middle counts ranges, which are pairs
    if (ranges[2 * middle + 1]! < value) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

/** Adds a range that starts no earlier than the last one. */
function append<N extends number | bigint>(kind: Arithmetic<N>, ranges: N[], low: N, high: N): void {
  const last = ranges.length - 1;
  // biome-ignore lint/style/noNonNullAssertion: last is an index of the ranges
  if (last > 0 && low <= kind.plus(ranges[last]!, 1)) {
    // biome-ignore lint/style/noNonNullAssertion: last is an index of the ranges
    if (high > ranges[last]!) ranges[last] = high;
  } else {
    ranges.push(low, high);
  }
}

export function same<N extends number | bigint>(a: Ranges<N>, b: Ranges<N>): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}
