import type { FleetRun } from '../model.ts';

/** Merges several runs into one: all their hosts, and the time from the first to the last of them. */
export function merged<T>(runs: readonly FleetRun<T>[]): FleetRun<T> {
  return {
    // biome-ignore lint/style/noNonNullAssertion: there is one run at least
    startedAt: runs.map(({ startedAt }) => startedAt).sort()[0]!,
    // biome-ignore lint/style/noNonNullAssertion: there is one run at least
    finishedAt: runs
      .map(({ finishedAt }) => finishedAt)
      .sort()
      .at(-1)!,
    interrupted: runs.some(({ interrupted }) => interrupted),
    hosts: runs.flatMap(({ hosts }) => hosts),
  };
}
