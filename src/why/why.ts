/** Finds why packets get no answer: what stops them on their way there, at the socket, or on the way back. */

import { modelOfHost, topologyIn } from '../fleet/topology.ts';
import type { HostEvidence, Report } from '../model.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { NoStart, PacketQuestion } from '../network/trace/packet.ts';
import { inOrder, type LikelyCause } from './cause.ts';
import { dropsOn } from './drops.ts';
import { causesFound } from './findings.ts';
import { foreignReplies } from './foreign-replies.ts';
import { growingLosses } from './growth.ts';
import { type OpeningCommand, openingOf } from './opening.ts';
import { causesAtSockets, type ModelOf } from './sockets.ts';
import { absentHolders, isForAnother, unheldAddress } from './unheld-address.ts';
import { unseenOn } from './unseen.ts';
import { type Ways, waysOf } from './ways.ts';

/** All that is known of why packets get no answer. */
export interface Diagnosis {
  ways: Ways;
  /** The likeliest first. */
  causes: LikelyCause[];
  /** The commands that together open the way, as tried on what was read; none where there are no such, or none is needed. */
  opening: OpeningCommand[];
  /** The things that could not be looked at, and may be the cause. */
  unseen: string[];
  /** True where the hosts were looked at twice, so that what grows is known. */
  isSampled: boolean;
}

/**
 * Says why packets get no answer.
 *
 * @param report of all rules on the same hosts
 * @param isSampled whether the hosts were looked at twice
 */
export function diagnose(
  hosts: readonly HostEvidence[],
  question: PacketQuestion,
  report: Report,
  isSampled: boolean,
): Diagnosis | NoStart {
  const topology = topologyIn(hosts);
  const ways = waysOf(topology, question);
  if ('reason' in ways) return ways;
  const modelOf = modelsIn(hosts);
  const holders = absentHolders(hosts.map(modelOfHost), topology, ways);
  const found = causesFound(ways, report, holders);
  const known = [
    ...dropsOn(ways, (step) => !isForAnother(step, holders)),
    ...(found.some(({ rank }) => rank === 'way') ? [] : unheldAddress(ways, holders)),
    ...causesAtSockets(ways, modelOf),
    ...foreignReplies(ways),
    ...found,
  ];
  const growing = growingLosses(
    ways,
    modelOf,
    known.map(({ cause }) => cause),
  );
  return {
    ways,
    causes: inOrder([...known, ...growing]),
    opening: holders.length > 0 ? [] : openingOf(hosts, ways),
    unseen: unseenOn(ways, report),
    isSampled,
  };
}

function modelsIn(hosts: readonly HostEvidence[]): ModelOf {
  const byName = new Map(
    hosts
      .map(modelOfHost)
      .flatMap(({ host, namespaces }) =>
        namespaces.map((namespace) => [JSON.stringify([host.name, namespace.name]), namespace]),
      ),
  );
  return ({ host, namespace }: NetnsNode) => byName.get(JSON.stringify([host, namespace]));
}
