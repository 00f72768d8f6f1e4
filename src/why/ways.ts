/** The way of packets to where they end, and of the answers back. */
import { hasPorts } from '../network/fields.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { Topology } from '../network/topology/topology.ts';
import { type NoStart, type PacketQuestion, packetsAsked, startOf } from '../network/trace/packet.ts';
import { followReplies } from '../network/trace/replies.ts';
import { asFarAsKnown, follow, type Trace } from '../network/trace/trace.ts';
import type { PacketSet } from '../network/walk/packets.ts';

export interface Ways {
  question: PacketQuestion;
  /** Each way that the packets may take. */
  there: Trace[];
  /** Each way of the answers to those that are delivered, or leave the fleet. */
  back: Replies[];
  /** The namespaces on any of them, in the order that packets come there. */
  passed: NetnsNode[];
  /** The namespace where packets are sent; null: by somebody who is not of the fleet. */
  sender: NetnsNode | null;
}

/** The ways of the answers to packets that took one way. */
interface Replies {
  /** False: they come from outside, by the interface that the packets left by, if they do. */
  isSure: boolean;
  traces: Trace[];
}

/** Follows the packets of a question, and the answers to those that are delivered. */
export function waysOf(topology: Topology, question: PacketQuestion): Ways | NoStart {
  const start = startOf(topology, question);
  if ('reason' in start) return start;
  const there = follow(topology, start.node, start.entry, sentBy(question)).map(asFarAsKnown);
  const back = there
    .map((trace) => ({
      isSure: trace.ending === 'delivered',
      traces: followReplies(topology, trace).map(asFarAsKnown),
    }))
    .filter((replies) => replies.traces.length > 0);
  const traces = [...there, ...back.flatMap((replies) => replies.traces)];
  const passed = traces.flatMap(({ hops, stop }) => [
    ...hops.map(({ node }) => node),
    ...(stop ? [stop.node] : []),
  ]);
  const sender = start.entry.kind === 'sent' ? start.node : null;
  return { question, there, back, passed: [...new Set(passed)], sender };
}

/** Clients send from ports that need no privilege, unless it was said from which. */
function sentBy(question: PacketQuestion): PacketSet {
  const sent = packetsAsked(question);
  return question.sourcePort === null && hasPorts(question.protocol)
    ? { ...sent, sourcePort: [1024, 65535] }
    : sent;
}
