/** Follows the numbers of a namespace, window by window. Pure: a state and a tick give the next state. */
import { FALLEN_OF_ANOTHER } from '../network/counter-listings.ts';
import type { CounterReading } from './samples.ts';

/** The windows that are kept: a minute at one a second. */
const KEPT_WINDOWS = 60;

/** The time between two ticks. */
export interface Window {
  /** Its end, in milliseconds since 1970, by the clock here. */
  at: number;
  /** Its length, by the host's clock where that is known. */
  seconds: number;
  /** By how much counters grew; those that did not are left out. */
  growth: ReadonlyMap<string, number>;
}

interface Counting {
  kind: CounterReading['kind'];
  first: bigint;
  last: bigint;
  /** The growth since the first tick, without what was before a restart. Of a gauge, the difference; it may fall. */
  grown: number;
}

/** A remark about a counter or a namespace: what growth can't show. */
export interface Remark {
  counter: string;
  what: 'restarted' | 'wrapped' | 'appeared';
}

export interface Growth {
  countings: Map<string, Counting>;
  /** The last windows, the newest last. */
  windows: Window[];
  /** The number of windows since the first tick. */
  count: number;
}

/** Begins with the first tick of a namespace: nothing has grown yet. */
export function beginGrowth(readings: ReadonlyMap<string, CounterReading>): Growth {
  const countings = new Map<string, Counting>();
  for (const [name, { value, kind }] of readings)
    countings.set(name, { kind, first: value, last: value, grown: 0 });
  return { countings, windows: [], count: 0 };
}

/**
 * Goes on after a time in which nobody looked. What the counters did meanwhile is no window's growth, and those windows
 * can't stand beside those of other hosts any more.
 */
export function resumeGrowth(growth: Growth, readings: ReadonlyMap<string, CounterReading>): Growth {
  const countings = new Map<string, Counting>();
  for (const [name, { value, kind }] of readings) {
    const { first = value, grown = 0 } = growth.countings.get(name) ?? {};
    countings.set(name, {
      kind,
      first,
      last: value,
      grown: kind === 'gauge' ? Number(value - first) : grown,
    });
  }
  return { countings, windows: [], count: growth.count };
}

/** Adds a tick. The growth of a counter that was restarted is not known; that of one that wrapped is. */
export function addTick(
  growth: Growth,
  readings: ReadonlyMap<string, CounterReading>,
  { at, seconds }: Pick<Window, 'at' | 'seconds'>,
): { growth: Growth; remarks: Remark[] } {
  const grown = new Map<string, number>();
  const remarks: Remark[] = [];
  const countings = new Map(growth.countings);
  for (const [name, { value, kind }] of readings) {
    const known = countings.get(name);
    if (known === undefined) {
      countings.set(name, { kind, first: value, last: value, grown: 0 });
      remarks.push({ counter: name, what: 'appeared' });
      continue;
    }
    if (value === known.last) continue;
    if (kind === 'gauge') {
      countings.set(name, { ...known, last: value, grown: Number(value - known.first) });
      continue;
    }
    const step = stepOf(known.last, value, seconds);
    if (step.remark !== null) remarks.push({ counter: name, what: step.remark });
    if (step.by > 0) grown.set(name, step.by);
    countings.set(name, { ...known, last: value, grown: known.grown + step.by });
  }
  const windows = [...growth.windows, { at, seconds, growth: grown }].slice(-KEPT_WINDOWS);
  return { growth: { countings, windows, count: growth.count + 1 }, remarks };
}

/** Tells whether a tick is of another network namespace: a module that is loaded anew restarts those of conntrack alone. */
export const isOfAnother = (remarks: readonly Remark[]): boolean =>
  remarks.filter(({ counter, what }) => what === 'restarted' && !counter.startsWith('conntrack.')).length >=
  FALLEN_OF_ANOTHER;

/**
 * The most that a counter of 32 bits is taken to grow in a second: more packets than that no machine takes. One that
 * falls further than a wrap explains was restarted.
 */
const FASTEST = 2 ** 25;
const WRAP = 2n ** 32n;

function stepOf(was: bigint, is: bigint, seconds: number): { by: number; remark: Remark['what'] | null } {
  if (is >= was) return { by: Number(is - was), remark: null };
  const wrapped = is + WRAP - was;
  if (wrapped >= 0n && Number(wrapped) <= FASTEST * Math.max(seconds, 1))
    return { by: Number(wrapped), remark: 'wrapped' };
  return { by: 0, remark: 'restarted' };
}

/** Returns the growth of a counter in each of the last windows, the newest last. */
export const seriesOf = ({ windows }: Growth, counter: string, length: number): number[] =>
  windows.slice(-length).map(({ growth }) => growth.get(counter) ?? 0);

/** Returns by how much a counter grows in a second, in the newest window. */
export function rateOf({ windows }: Growth, counter: string): number {
  const newest = windows.at(-1);
  return newest === undefined || newest.seconds <= 0 ? 0 : (newest.growth.get(counter) ?? 0) / newest.seconds;
}
