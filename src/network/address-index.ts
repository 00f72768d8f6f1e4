/**
 * An index of items by the addresses that they are about: those about certain addresses are found by bisection, without
 * looking at each. A host may have as many routes, rules and services as it likes.
 */
import { type AddressSet, intersects } from './addresses.ts';
import type { Ranges } from './ranges.ts';

export interface AddressIndex<T> {
  /** Returns the items that are about any of these addresses, in the order in which they were given. */
  meeting(set: AddressSet): readonly T[];
}

/** An item about more ranges than these is always looked at: one about everything would be found for every range. */
const MOST_RANGES = 8;

export function addressIndex<T>(things: readonly T[], setOf: (thing: T) => AddressSet): AddressIndex<T> {
  const sets = things.map(setOf);
  const v4 = intervalsOf(sets.map((set) => set.v4));
  const v6 = intervalsOf(sets.map((set) => set.v6));
  const lookUp = (set: AddressSet): readonly T[] => {
    if (set.v4.length + set.v6.length > 2 * MOST_RANGES)
      // biome-ignore lint/style/noNonNullAssertion: each thing has its set
      return things.filter((_, position) => intersects(sets[position]!, set));
    const found: number[] = [];
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    for (let i = 0; i < set.v4.length; i += 2) find(v4, set.v4[i]!, set.v4[i + 1]!, found);
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
    for (let i = 0; i < set.v6.length; i += 2) find(v6, set.v6[i]!, set.v6[i + 1]!, found);
    const positions = found.length > 1 ? [...new Set(found)].sort((a, b) => a - b) : found;
    // biome-ignore lint/style/noNonNullAssertion: each position is one of a thing
    return positions.map((position) => things[position]!);
  };
  // the same packets are asked about several times in a row
  let latest: { set: AddressSet; found: readonly T[] } | null = null;
  return {
    meeting(set) {
      if (latest?.set !== set) latest = { set, found: lookUp(set) };
      return latest.found;
    },
  };
}

/**
 * Intervals sorted by where they begin: a balanced tree whose root is the middle one. Each knows the farthest end of
 * its branch.
 */
interface Intervals<N extends number | bigint> {
  sorted: readonly { low: N; high: N; position: number }[];
  farthest: readonly N[];
}

function intervalsOf<N extends number | bigint>(rangesOfThings: readonly Ranges<N>[]): Intervals<N> {
  const sorted: { low: N; high: N; position: number }[] = [];
  for (const [position, ranges] of rangesOfThings.entries())
    for (let i = 0; i < ranges.length; i += 2)
      // biome-ignore lint/style/noNonNullAssertion: ranges are pairs, and i is below length
      sorted.push({ low: ranges[i]!, high: ranges[i + 1]!, position });
  sorted.sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  const farthest: N[] = sorted.map(({ high }) => high);
  const fill = (from: number, to: number): N | null => {
    if (from >= to) return null;
    const middle = (from + to) >> 1;
    for (const end of [fill(from, middle), fill(middle + 1, to)]) {
      // biome-ignore lint/style/noNonNullAssertion: middle is below length
      if (end !== null && end > farthest[middle]!) farthest[middle] = end;
    }
    // biome-ignore lint/style/noNonNullAssertion: middle is below length
    return farthest[middle]!;
  };
  fill(0, sorted.length);
  return { sorted, farthest };
}

/** Adds the positions of the intervals that have any of `low` to `high`, some of them more than once. */
function find<N extends number | bigint>(
  { sorted, farthest }: Intervals<N>,
  low: N,
  high: N,
  found: number[],
): void {
  const visit = (from: number, to: number): void => {
    if (from >= to) return;
    const middle = (from + to) >> 1;
    // biome-ignore lint/style/noNonNullAssertion: middle is below length
    if (farthest[middle]! < low) return;
    visit(from, middle);
    // biome-ignore lint/style/noNonNullAssertion: middle is below length
    const here = sorted[middle]!;
    if (here.low > high) return;
    if (here.high >= low) found.push(here.position);
    visit(middle + 1, to);
  };
  visit(0, sorted.length);
}
