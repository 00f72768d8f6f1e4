import { nodesOf } from '../fleet/nodes.ts';
import { readHost } from '../host/host-model.ts';
import type { HostEvidence } from '../model.ts';
import { withBudget } from '../network/topology/nodes.ts';
import { type Topology, topologyOf } from '../network/topology/topology.ts';
import { onceFor } from '../once-for.ts';

/** Reads a host once, however many changes are tried on others. */
export const modelOfHost = onceFor(readHost);

const nodesOfHost = onceFor((host: HostEvidence) => withBudget(nodesOf(modelOfHost(host))));

/** Returns the namespaces of hosts, and what they make up. */
export const topologyIn = (hosts: readonly HostEvidence[]): Topology =>
  topologyOf(hosts.flatMap(nodesOfHost));
