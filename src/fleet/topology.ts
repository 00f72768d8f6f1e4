/** The namespaces of hosts, and what they make up; each host is read once, however often it is asked about. */
import { readHost } from '../host/host-model.ts';
import type { HostEvidence } from '../model.ts';
import { type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { type Topology, topologyOf } from '../network/topology/topology.ts';
import { onceFor } from '../once-for.ts';
import { nodesOf } from './nodes.ts';

export const modelOfHost = onceFor(readHost);

export const nodesOfHost = onceFor((host: HostEvidence): NetnsNode[] =>
  withBudget(nodesOf(modelOfHost(host))),
);

export const topologyIn = (hosts: readonly HostEvidence[]): Topology =>
  topologyOf(hosts.flatMap(nodesOfHost));
