/** The way back: what becomes of the packets by which the end of a trace answers. */
import { equals } from '../addresses.ts';
import { TCP } from '../fields.ts';
import { same } from '../ranges.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { type Answered, answersTo, type Original } from '../walk/answers.ts';
import type { PacketSet } from '../walk/packets.ts';
import { receive, receiveAnswers, send, sendAnswers } from '../walk/walk.ts';
import { follow, type Hop, type Pass, type Trace } from './trace.ts';

/**
 * Returns the traces of the packets by which the socket answers that a trace ended at. Namespaces that the packets have
 * passed know the connection and undo what nat did there; others have not seen it.
 */
export function followAnswers(topology: Topology, { hops, packets }: Trace): Trace[] {
  const end = hops.at(-1);
  if (end === undefined) return [];
  const through: Pass = (node, entry, answers) => {
    const answered = answeredAt(node, hops, packets);
    if (answered === null)
      return entry.kind === 'sent' ? send(node.net, answers) : receive(node.net, answers, entry.input);
    return entry.kind === 'sent'
      ? sendAnswers(node.net, answers, answered)
      : receiveAnswers(node.net, answers, entry.input, answered);
  };
  return follow(topology, end.node, { kind: 'sent' }, answersTo(packets), through);
}

/** Returns null where conntrack takes answers that it knows nothing of for a new connection, as it does but for TCP. */
function answeredAt(node: NetnsNode, hops: readonly Hop[], { protocol }: PacketSet): Answered | null {
  const passed = hops.filter((hop) => hop.node === node);
  const [first, ...others] = passed;
  if (first === undefined) return protocol.every((one) => one === TCP) ? UNSEEN : null;
  const last = others.at(-1) ?? first;
  // what IPVS sends on, conntrack knows only with net.ipv4.vs.conntrack; who is passed twice may know either visit
  const isSure = others.length === 0 && first.outcome.server === null;
  const connection = !isSure ? 'unknown' : first.outcome.tracked ? 'answer' : 'none';
  return { connection, original: originalOf(first.before, last.after) };
}

const UNSEEN: Answered = { connection: 'none', original: null };

function originalOf(before: PacketSet, after: PacketSet): Original | null {
  const isKept =
    equals(before.source, after.source) &&
    equals(before.destination, after.destination) &&
    same(before.sourcePort, after.sourcePort) &&
    same(before.destinationPort, after.destinationPort);
  if (isKept) return null;
  return {
    source: { addresses: before.destination, ports: before.destinationPort },
    destination: { addresses: before.source, ports: before.sourcePort },
  };
}
