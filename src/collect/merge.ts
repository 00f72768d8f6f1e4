import type { Snapshot } from '../model.ts';

/** Merges several runs into one: all their hosts, and the time from the first to the last of them. */
export function merged(snapshots: readonly Snapshot[]): Snapshot {
  return {
    startedAt: snapshots.map(({ startedAt }) => startedAt).sort()[0]!,
    finishedAt: snapshots
      .map(({ finishedAt }) => finishedAt)
      .sort()
      .at(-1)!,
    interrupted: snapshots.some(({ interrupted }) => interrupted),
    hosts: snapshots.flatMap(({ hosts }) => hosts),
  };
}
