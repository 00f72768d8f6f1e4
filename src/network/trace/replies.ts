/** The way back: what becomes of the packets by which the end of a trace replies. */
import { equals, intersects } from '../addresses.ts';
import { TCP } from '../fields.ts';
import { intersects as portsMeet, same } from '../ranges.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import type { PacketSet } from '../walk/packets.ts';
import { type KnownConnection, type Original, repliesTo } from '../walk/replies.ts';
import { receive, receiveReplies, send, sendReplies } from '../walk/walk.ts';
import { follow, type Hop, type Ingress, type Pass, type Trace } from './trace.ts';

/**
 * Returns the traces of replies to the packets of a trace: of the socket that they ended at, or, where they left the fleet,
 * of those that come in again by the interface that they left by. Namespaces that the packets have passed know the
 * connection and undo what nat did there; others have not seen it.
 */
export function followReplies(topology: Topology, { hops, packets, ending }: Trace): Trace[] {
  const end = hops.at(-1);
  if (end === undefined || (ending !== 'delivered' && ending !== 'exits-fleet')) return [];
  const start: Ingress =
    ending === 'delivered' ? { kind: 'sent' } : { kind: 'received', input: end.outcome.out };
  const through: Pass = (node, entry, replies) => {
    const known = connectionAt(node, hops, packets);
    if (known === null)
      return entry.kind === 'sent' ? send(node.net, replies) : receive(node.net, replies, entry.input);
    return entry.kind === 'sent'
      ? sendReplies(node.net, replies, known)
      : receiveReplies(node.net, replies, entry.input, known);
  };
  return follow(topology, end.node, start, repliesTo(packets), through);
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
  // who is passed twice may know either visit
  const isSure = others.length === 0;
  const connection = isSure ? placeAt(first) : 'unknown';
  return {
    connection,
    translated: isSure ? translatedIn(first) : { source: null, destination: null },
    original: originalOf(first.before, last.after),
  };
}

const UNSEEN: KnownConnection = {
  connection: 'none',
  translated: { source: false, destination: false },
  original: null,
};

/**
 * Conntrack knows what IPVS translates only with net.ipv4.vs.conntrack; else IPVS takes the connection away from it before
 * it is entered (linux 6.1, net/netfilter/ipvs/ip_vs_xmit.c, ip_vs_nat_send_or_cont).
 */
function placeAt({ node, outcome: { server, tracked } }: Hop): KnownConnection['connection'] {
  if (server === null) return tracked ? 'reply' : 'none';
  const { virtualConntrack } = node.net;
  return virtualConntrack === null ? 'unknown' : virtualConntrack ? 'reply' : 'none';
}

/** Where only some of the packets got another address, the kernel chose, and which it did is not known. */
function translatedIn({ before, after }: Hop): KnownConnection['translated'] {
  const differs = (side: 'source' | 'destination') => {
    const port = `${side}Port` as const;
    if (equals(before[side], after[side]) && same(before[port], after[port])) return false;
    const isOther = !intersects(before[side], after[side]) || !portsMeet(before[port], after[port]);
    return isOther ? true : null;
  };
  return { source: differs('source'), destination: differs('destination') };
}

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
