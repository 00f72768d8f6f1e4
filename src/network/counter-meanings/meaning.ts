/**
 * Ranks the growth of a counter by how bad it is.
 *
 * - loss:    packets or connections of somebody are gone
 * - trouble: something is wrong, or about to be
 * - event:   worth seeing; a few of it are normal
 * - traffic: harmless, as work that is done
 */
export type CounterWeight = 'loss' | 'trouble' | 'event' | 'traffic';

export interface CounterMeaning {
  /** As `twlint facts counters` calls it: those of TcpExt alone, others with their group. */
  counter: string;
  weight: CounterWeight;
  /** The event that it counts, in a line. */
  meaning: string;
  /** The kernel's file that counts it. */
  source: string;
  /** The kernels that have it, where not all do: `>= 6.15`. Vendors backport. */
  kernels?: string;
}

type Row = readonly [counter: string, weight: CounterWeight, meaning: string, kernels?: string];

/** Returns meanings of counters of one file of the kernel. */
export const countedIn = (source: string, rows: readonly Row[]): CounterMeaning[] =>
  rows.map(([counter, weight, meaning, kernels]) => ({
    counter,
    weight,
    meaning,
    source,
    ...(kernels !== undefined && { kernels }),
  }));
