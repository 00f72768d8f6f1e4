/** Compares what becomes of packets in two snapshots of a fleet. Pure. */
import { keptNode } from '../evaluate/kept-parts.ts';
import { nodesOf } from '../fleet/nodes.ts';
import { readHost } from '../host/host-model.ts';
import type { HostEvidence, Snapshot } from '../model.ts';
import { fleetDifferences } from '../network/reach/fleet-differences.ts';
import { outsideOf } from '../network/reach/questions.ts';
import { withBudget } from '../network/topology/nodes.ts';
import { topologyOf } from '../network/topology/topology.ts';
import { onceFor } from '../once-for.ts';
import { whereItIs } from './moved-packets.ts';
import { type ChangeShowing, type PathChange, pathChanges } from './path-changes.ts';

/** Returns the namespaces of a host; what many hosts have alike is held once. */
export const keptNodesOf = onceFor((host: HostEvidence) => withBudget(nodesOf(readHost(host)).map(keptNode)));

/** A host that is the same value in both is not looked at again. */
export function comparePaths(
  before: Snapshot,
  after: Snapshot,
  showing: Partial<ChangeShowing> = {},
): PathChange[] {
  const [then, now] = [
    topologyOf(before.hosts.flatMap(keptNodesOf)),
    topologyOf(after.hosts.flatMap(keptNodesOf)),
  ];
  return pathChanges(fleetDifferences(then, now), outsideOf(now), {
    isDrawn: false,
    placeOf: whereItIs,
    ...showing,
  });
}
