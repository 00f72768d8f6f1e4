/** Compares what becomes of packets in two snapshots of a fleet. Pure. */
import { topologyIn } from '../fleet/topology.ts';
import type { Snapshot } from '../model.ts';
import { fleetDifferences } from '../network/reach/fleet-differences.ts';
import { outsideOf } from '../network/reach/questions.ts';
import { type PathChange, pathChanges } from './path-changes.ts';

/** A host that is the same value in both is not looked at again. */
export function comparePaths(before: Snapshot, after: Snapshot): PathChange[] {
  const [then, now] = [topologyIn(before.hosts), topologyIn(after.hosts)];
  return pathChanges(fleetDifferences(then, now), outsideOf(now));
}
