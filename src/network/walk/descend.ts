/**
 * Walks down a chain, rule by rule. Chains hold thousands of rules, each about another address: packets to one address
 * are not matched against those about others.
 */
import type { Address } from '../address-text.ts';
import { onlyAddress } from '../addresses.ts';
import type { Chain, Rule } from '../ruleset.ts';
import type { Flow } from './flow.ts';

/** The rules by their index in the chain, in ascending order. */
interface Index {
  /** The rules about one address alone, by its value: those of IPv6 are bigints. Most have one, which needs no list. */
  byDestination: Map<Address['value'], number | number[]>;
  /** All other rules. */
  others: number[];
}

const KNOWN = new WeakMap<Chain, Index>();

/**
 * Walks flows through the rules of a chain, in order. `past` gets those that may meet a rule, by its index in the
 * chain, and returns those that go on behind it. Returns the flows that have passed the last rule.
 */
export function descend(
  chain: Chain,
  flows: readonly Flow[],
  past: (at: number, flows: readonly Flow[]) => readonly Flow[],
): readonly Flow[] {
  const index = indexOf(chain);
  const end = chain.rules.length;
  let going = flows;
  // one flow that stays one, as most do, waits for no other
  for (let from = 0; going.length === 1; ) {
    // biome-ignore lint/style/noNonNullAssertion: there is one
    const at = nextIndex(index, going[0]!, from, end);
    if (at === end) return going;
    going = past(at, going);
    from = at + 1;
    if (going.length > 1) return together(chain, going, from, past);
  }
  return going.length === 0 ? going : together(chain, going, 0, past);
}

/** Walks several flows, each of which waits at the next rule that may be about it. */
function together(
  chain: Chain,
  flows: readonly Flow[],
  start: number,
  past: (at: number, flows: readonly Flow[]) => readonly Flow[],
): readonly Flow[] {
  const index = indexOf(chain);
  const end = chain.rules.length;
  const waiting = new Map<number, Flow[]>();
  const goOn = (going: readonly Flow[], from: number) => {
    for (const flow of going) {
      const at = nextIndex(index, flow, from, end);
      const there = waiting.get(at);
      if (there) there.push(flow);
      else waiting.set(at, [flow]);
    }
  };
  goOn(flows, start);
  for (let at = firstOf(waiting, start); at < end; at = firstOf(waiting, at + 1)) {
    const here = waiting.get(at) ?? [];
    waiting.delete(at);
    goOn(past(at, here), at + 1);
  }
  return waiting.get(end) ?? [];
}

/** More flows than these are looked for rule by rule. */
const FEW = 16;

/** Returns where the first of the flows waits, none of which waits before `from`; infinity where there are none. */
function firstOf(waiting: ReadonlyMap<number, unknown>, from: number): number {
  if (waiting.size <= FEW) return Math.min(...waiting.keys());
  let at = from;
  while (!waiting.has(at)) at++;
  return at;
}

/**
 * Returns the index of the first rule from there on that may be about the packets; past the last one where there is
 * none.
 */
function nextIndex(
  { byDestination, others }: Index,
  { destination }: Flow,
  from: number,
  end: number,
): number {
  if (from === end) return end;
  const only = onlyAddress(destination.translated);
  if (only === null) return from;
  return Math.min(firstFrom(others, from), firstFrom(byDestination.get(only.value) ?? [], from), end);
}

function firstFrom(indices: number | readonly number[], from: number): number {
  if (typeof indices === 'number') return indices < from ? Number.POSITIVE_INFINITY : indices;
  let [low, high] = [0, indices.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    // biome-ignore lint/style/noNonNullAssertion: middle is between low and high
    if (indices[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return indices[low] ?? Number.POSITIVE_INFINITY;
}

function indexOf(chain: Chain): Index {
  const known = KNOWN.get(chain);
  if (known) return known;
  const index: Index = { byDestination: new Map(), others: [] };
  for (const [at, rule] of chain.rules.entries()) {
    const only = destinationOf(rule);
    if (only === null) {
      index.others.push(at);
      continue;
    }
    const about = index.byDestination.get(only.value);
    if (typeof about === 'object') about.push(at);
    else index.byDestination.set(only.value, about === undefined ? at : [about, at]);
  }
  KNOWN.set(chain, index);
  return index;
}

/** Returns the one address that packets must go to for the rule to do anything; null where that can be another, too. */
function destinationOf({ steps: [first] }: Rule): Address | null {
  for (const match of first?.when ?? []) {
    if (match.kind === 'address' && match.side === 'destination' && !match.not) return onlyAddress(match.set);
  }
  return null;
}
