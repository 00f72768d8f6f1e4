import type { FleetRun } from '../model.ts';

/** Returns this moment as snapshots have it, to the second. */
export const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

/** Returns the time of several runs, from the first to the last of them, and whether any was cut short. */
export function timesOf(runs: readonly Omit<FleetRun<unknown>, 'hosts'>[]): Omit<FleetRun<unknown>, 'hosts'> {
  return {
    // biome-ignore lint/style/noNonNullAssertion: there is one run at least
    startedAt: runs.map(({ startedAt }) => startedAt).sort()[0]!,
    // biome-ignore lint/style/noNonNullAssertion: there is one run at least
    finishedAt: runs
      .map(({ finishedAt }) => finishedAt)
      .sort()
      .at(-1)!,
    interrupted: runs.some(({ interrupted }) => interrupted),
  };
}
