/** Why packets get no answer: what stops them on their way there, at the socket, or on the way back. */
import { nodesOf } from '../fleet/nodes.ts';
import type { HostModel } from '../host/host-model.ts';
import type { Report } from '../model.ts';
import { type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { type Topology, topologyOf } from '../network/topology/topology.ts';
import type { NoStart, PacketQuestion } from '../network/trace/packet.ts';
import { inOrder, type LikelyCause } from './cause.ts';
import { dropsOn } from './drops.ts';
import { causesFound } from './findings.ts';
import { growingLosses } from './growth.ts';
import { causesAtSockets, type ModelOf } from './sockets.ts';
import { strangersIn } from './strangers.ts';
import { unseenOn } from './unseen.ts';
import { type Ways, waysOf } from './ways.ts';

/** What is known of why packets get no answer. */
export interface Diagnosis {
  ways: Ways;
  /** The likeliest first. */
  causes: LikelyCause[];
  /** What could not be looked at, and may be the cause. */
  unseen: string[];
}

/**
 * Says why packets get no answer.
 *
 * @param report of all rules on the same hosts
 * @param isSampled whether the hosts were looked at twice
 */
export function diagnose(
  hosts: readonly HostModel[],
  topology: Topology,
  question: PacketQuestion,
  report: Report,
  isSampled: boolean,
): Diagnosis | NoStart {
  const ways = waysOf(topology, question);
  if ('reason' in ways) return ways;
  const modelOf = modelsIn(hosts);
  const known = [
    ...dropsOn(ways),
    ...causesAtSockets(ways, modelOf),
    ...strangersIn(ways),
    ...causesFound(ways, report),
  ];
  const growing = growingLosses(
    ways,
    modelOf,
    known.map(({ cause }) => cause),
  );
  return { ways, causes: inOrder([...known, ...growing]), unseen: unseenOn(ways, report, isSampled) };
}

/** Returns the nodes of hosts, and what they make up. */
export const topologyIn = (hosts: readonly HostModel[]): Topology =>
  topologyOf(hosts.flatMap((host) => withBudget(nodesOf(host))));

function modelsIn(hosts: readonly HostModel[]): ModelOf {
  const byName = new Map(
    hosts.flatMap(({ host, namespaces }) =>
      namespaces.map((namespace) => [JSON.stringify([host.name, namespace.name]), namespace]),
    ),
  );
  return ({ host, namespace }: NetnsNode) => byName.get(JSON.stringify([host, namespace]));
}
