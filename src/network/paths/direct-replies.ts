/**
 * The replies of real servers that answer clients themselves (direct routing, tunnels): they bear the virtual address,
 * and whoever has that address itself takes them for forged where they come in (linux 6.1 net/ipv4/fib_frontend.c,
 * fib_validate_source).
 */
import type { Address } from '../address-text.ts';
import { addressSet, contains, difference, firstAddress, unionOf } from '../addresses.ts';
import { missingFor, type NetnsNode } from '../topology/nodes.ts';
import { neighboursOf, type Topology } from '../topology/topology.ts';
import { type TraceStep, toSteps } from '../trace/steps.ts';
import { follow, isCertain, type Trace } from '../trace/trace.ts';
import { flowOf, unchained } from '../walk/flow.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import { evaluationContext } from '../walk/namespace.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { type Routed, routed } from '../walk/routing.ts';
import type { Served } from './client-traces.ts';

/** `dropped`: by a router of the fleet that has the virtual address, those to some clients. */
export type DirectReplies =
  | { replies: 'pass' | 'unknown'; droppedBy: null }
  | { replies: 'dropped'; droppedBy: NetnsNode };

const UNKNOWN: DirectReplies = { replies: 'unknown', droppedBy: null };

/** Follows the replies from a server's first router on: they are no first packets, which nat would translate. */
export function directReplies(
  topology: Topology,
  node: NetnsNode,
  { port, clientTraces }: Served,
  vip: Address,
  protocol: number,
): DirectReplies {
  const delivered = clientTraces.filter(({ trace }) => trace.ending === 'delivered');
  const seen = unionOf(delivered.map(({ trace }) => trace.packets.source));
  const clients = difference(seen, ownAddresses(node.net));
  if (firstAddress(clients) === null || missingFor(node, clients).some(({ what }) => what === 'routes'))
    return UNKNOWN;
  const fields = { protocol: [protocol, protocol], ...(port ? { sourcePort: [port, port] } : {}) };
  const sent = packets(addressSet(vip), clients, fields);
  const routes = routed(flowOf(sent, { in: '' }), node.net, evaluationContext(node.net));
  if (routes.some(({ kind }) => kind === 'unknown')) return UNKNOWN;
  const ends = throughRouters(topology, node, sent, routes).map(({ trace, certain }) => {
    const last = toSteps(trace).at(-1);
    const droppedBy = last && isRefused(last, vip) ? last.node : null;
    return { droppedBy, certain: droppedBy ? certain && isCertain(trace) : passesOwners(trace, vip) };
  });
  const droppedBy = ends.find((end) => end.droppedBy !== null && end.certain)?.droppedBy;
  if (droppedBy) return { replies: 'dropped', droppedBy };
  const pass = ends.every((end) => end.droppedBy === null && end.certain);
  return pass ? { replies: 'pass', droppedBy: null } : UNKNOWN;
}

/** With accept_local on, strict reverse path filtering drops them even so: the way back to itself is no way out. */
const isRefused = ({ kind, node }: TraceStep, vip: Address): boolean =>
  kind === 'martian' || (kind === 'reverse-path' && contains(ownAddresses(node.net), vip));

/** Tells whether it is sure that those who have the address let packets from it pass; others do in any case. */
function passesOwners({ hops }: Trace, vip: Address): boolean {
  const owners = hops.filter(({ node }) => contains(ownAddresses(node.net), vip));
  return owners.every(
    ({ node, outcome }) => missingFor(node, addressSet(vip)).length === 0 && isCertain(outcome),
  );
}

interface Followed {
  trace: Trace;
  /** True when it is sure that they come to the first router. */
  certain: boolean;
}

function throughRouters(
  topology: Topology,
  node: NetnsNode,
  sent: PacketSet,
  routes: readonly Routed[],
): Followed[] {
  return routes.flatMap((found): Followed[] => {
    // what is on the link gets there without a router
    if (found.kind !== 'route' || !found.hop?.device || !found.hop.via) return [];
    const { flow } = found;
    const { device, via } = found.hop;
    const isRouteSure = isCertain({ doubts: unchained(flow.doubts) });
    const there = { ...sent, destination: flow.destination.translated };
    return neighboursOf(topology, node, device, via).flatMap(({ node: router, input, doubt }) =>
      follow(topology, router, { kind: 'received', input }, there).map((trace) => ({
        trace,
        certain: isRouteSure && doubt === null,
      })),
    );
  });
}
