/**
 * Walks sets of packets through one namespace: hooks, IPVS and routing in the kernel's order. Packets stand for the
 * first of their connections, the only one for which nat is evaluated.
 */
import { type Address, printAddress } from '../address-text.ts';
import { contains, onlyAddress } from '../addresses.ts';
import { arrive } from './arrival.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { flowOf } from './flow.ts';
import { evaluationContext, type Namespace } from './namespace.ts';
import { type PacketClass, partition } from './outcomes.ts';
import type { PacketSet } from './packets.ts';
import { type KnownConnection, replying } from './replies.ts';
import { type Routed, routed } from './routing.ts';
import { IPVS_OUTPUT, leaveBy, passOn, rerouted, sendable } from './transit.ts';
import { atHook, finish, outward, start, type Trip } from './trip.ts';
import { schedule } from './virtual-services.ts';

/** Walks packets that come in from the network. `input` null: by an interface that is not known. */
export function receive(namespace: Namespace, packets: PacketSet, input: string | null): PacketClass[] {
  const trip = start(namespace);
  arrive(flowOf(packets, { in: input, passedConntrack: false }), trip);
  return partition(trip.results);
}

/** Walks packets to see what rules would do with them, whatever their sources are worth. */
export function receiveAnyhow(
  namespace: Namespace,
  packets: PacketSet,
  input: string | null = null,
): PacketClass[] {
  const trip = { ...start(namespace), anyhow: true };
  arrive(flowOf(packets, { in: input, passedConntrack: false }), trip);
  return partition(trip.results);
}

/** Walks packets that this namespace's own sockets send; their source has been chosen (see `sourceFor`). */
export function send(namespace: Namespace, packets: PacketSet): PacketClass[] {
  const trip = start(namespace);
  const flow = flowOf(packets, { in: '', passedConntrack: false });
  for (const decision of routed(flow, namespace, trip.context)) depart(decision, trip);
  return partition(trip.results);
}

/** Walks replies that come in. `input` null: by an interface that is not known. */
export function receiveReplies(
  namespace: Namespace,
  packets: PacketSet,
  input: string | null,
  known: KnownConnection,
): PacketClass[] {
  const trip = { ...start(namespace), original: known.original };
  arrive(replying(packets, input, known), trip);
  return partition(trip.results);
}

/** Walks replies of this namespace's own sockets. */
export function sendReplies(namespace: Namespace, packets: PacketSet, known: KnownConnection): PacketClass[] {
  const trip = { ...start(namespace), original: known.original };
  for (const decision of routed(replying(packets, '', known), namespace, trip.context))
    depart(decision, trip);
  return partition(trip.results);
}

/**
 * Returns the source address that a socket gets which binds to none: the route's own, or one of the interface's
 * (net/ipv4/route.c, ip_route_output_key_hash_rcu). Null where there is no route, or several.
 */
export function sourceFor(namespace: Namespace, packets: PacketSet): Address | null {
  const context = evaluationContext(namespace);
  const [decision, ...more] = routed(flowOf(packets, { in: '' }), namespace, context);
  if (decision?.kind !== 'route' || more.length > 0) return null;
  if (decision.route.source) return decision.route.source;
  if (decision.route.type === 'local') {
    const address = onlyAddress(decision.flow.destination.translated);
    return address && isSocketAddress(address, namespace, context) ? address : null;
  }
  const given = context.masquerade(outward(decision));
  return typeof given === 'string' ? null : onlyAddress(given);
}

/**
 * Tells whether a socket that sends to this local address gets it for its own: IPv4 takes what the table `local` has,
 * and no other (__ip_dev_find), IPv6 what an interface has (net/ipv6/addrconf.c, ipv6_dev_get_saddr).
 */
function isSocketAddress(address: Address, { interfaces }: Namespace, { local }: EvaluationContext): boolean {
  if (address.family === 4) return contains(local.known, address);
  const own = interfaces.flatMap(({ addresses }) => addresses.map((one) => printAddress(one.address)));
  return own.includes(printAddress(address));
}

/** Walks the OUTPUT hook with IPVS in it; packets that are translated or marked there are rerouted. */
function depart(first: Routed, trip: Trip): void {
  const { services, virtualConntrack } = trip.namespace;
  for (const decision of sendable(first, trip)) {
    for (const flow of atHook('output', [outward(decision)], trip, [-Infinity, IPVS_OUTPUT])) {
      const { untouched, taken, refused } = schedule(
        'output',
        flow,
        services,
        virtualConntrack,
        trip.context,
      );
      finish('refused', refused, trip);
      for (const one of taken) passOn(one, 'output', trip);
      for (const one of atHook('output', untouched, trip, [IPVS_OUTPUT, Infinity])) {
        for (const last of one.reroute === 'no' ? [{ ...decision, flow: one }] : rerouted(one, trip))
          leaveBy(last, trip);
      }
    }
  }
}
