/** The way back: what becomes of the packets by which the end of a trace replies. */
import { equals } from '../addresses.ts';
import { TCP } from '../fields.ts';
import { same } from '../ranges.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import type { PacketSet } from '../walk/packets.ts';
import { type KnownConnection, type Original, repliesTo } from '../walk/replies.ts';
import { receive, receiveReplies, send, sendReplies } from '../walk/walk.ts';
import { follow, type Hop, type Pass, type Trace } from './trace.ts';

/**
 * Returns the traces of the packets by which the socket replies that a trace ended at. Namespaces that the packets have
 * passed know the connection and undo what nat did there; others have not seen it.
 */
export function followReplies(topology: Topology, { hops, packets }: Trace): Trace[] {
  const end = hops.at(-1);
  if (end === undefined) return [];
  const through: Pass = (node, entry, replies) => {
    const known = connectionAt(node, hops, packets);
    if (known === null)
      return entry.kind === 'sent' ? send(node.net, replies) : receive(node.net, replies, entry.input);
    return entry.kind === 'sent'
      ? sendReplies(node.net, replies, known)
      : receiveReplies(node.net, replies, entry.input, known);
  };
  return follow(topology, end.node, { kind: 'sent' }, repliesTo(packets), through);
}

/** Returns null where conntrack takes replies that it knows nothing of for a new connection, as it does but for TCP. */
function connectionAt(
  node: NetnsNode,
  hops: readonly Hop[],
  { protocol }: PacketSet,
): KnownConnection | null {
  const passed = hops.filter((hop) => hop.node === node);
  const [first, ...others] = passed;
  if (first === undefined) return protocol.every((one) => one === TCP) ? UNSEEN : null;
  const last = others.at(-1) ?? first;
  // what IPVS sends on, conntrack knows only with net.ipv4.vs.conntrack; who is passed twice may know either visit
  const isSure = others.length === 0 && first.outcome.server === null;
  const connection = !isSure ? 'unknown' : first.outcome.tracked ? 'reply' : 'none';
  return { connection, original: originalOf(first.before, last.after) };
}

const UNSEEN: KnownConnection = { connection: 'none', original: null };

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
