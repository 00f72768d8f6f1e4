import type { Snapshot } from '../model.ts';

/** Merges several runs into one: all their hosts, and the time from the first to the last of them. */
export function merged(snapshots: readonly Snapshot[]): Snapshot {
  return {
    // biome-ignore lint/style/noNonNullAssertion: there is one run at least
    startedAt: snapshots.map(({ startedAt }) => startedAt).sort()[0]!,
    // biome-ignore lint/style/noNonNullAssertion: there is one run at least
    finishedAt: snapshots
      .map(({ finishedAt }) => finishedAt)
      .sort()
      .at(-1)!,
    interrupted: snapshots.some(({ interrupted }) => interrupted),
    hosts: snapshots.flatMap(({ hosts }) => hosts),
  };
}
