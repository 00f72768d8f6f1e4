/** All paths of a small fleet at once, which an audit takes one by one. */
import type { AuditedPath } from '../../src/fleet/path-fact.ts';
import { auditPaths } from '../../src/fleet/paths.ts';
import type { FleetPath } from '../../src/network/paths/fleet-path.ts';
import { followPaths } from '../../src/network/paths/paths.ts';
import type { NetnsNode } from '../../src/network/topology/nodes.ts';

export function fleetPaths(nodes: readonly NetnsNode[], many?: number, alike?: number) {
  const paths: FleetPath[] = [];
  return { unfollowed: followPaths(nodes, (path) => paths.push(path), many, alike), paths };
}

export function pathsAndGaps(
  nodes: readonly NetnsNode[],
  many?: number,
  alike?: number,
  compared?: readonly NetnsNode[],
) {
  const paths: AuditedPath[] = [];
  return { gaps: auditPaths(nodes, (path) => paths.push(path), many, alike, compared), paths };
}
