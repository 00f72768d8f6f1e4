/**
 * Walks sets of packets through one namespace: hooks, IPVS and routing in the kernel's order. Packets stand for the
 * first of their connections, the only one for which nat is evaluated.
 */
import { type Address, printAddress } from '../address-text.ts';
import { addressSet, contains, onlyAddress } from '../addresses.ts';
import { arrive } from './arrival.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { type Flow, flowOf } from './flow.ts';
import { withoutLoopbackSource } from './martians.ts';
import { evaluationContext, type Namespace } from './namespace.ts';
import { type PacketClass, partition } from './outcomes.ts';
import type { PacketSet } from './packets.ts';
import { type Routed, routed } from './routing.ts';
import { emit, IPVS_OUTPUT, loopBack, passOn } from './transit.ts';
import { atHook, endUnrouted, finish, outward, start, type Trip } from './trip.ts';
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

/**
 * The source of a socket that binds to none, as long as it has no other: a routing rule with `from` does not hold for
 * it (linux 6.1, net/ipv4/fib_rules.c, fib4_rule_match; net/ipv6/fib6_rules.c, fib6_rule_match).
 */
export const UNSPECIFIED = {
  4: addressSet({ family: 4, value: 0 }),
  6: addressSet({ family: 6, value: 0n }),
} as const;

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
        if (!one.reroute) leaveBy({ ...decision, flow: one }, trip);
        else for (const last of rerouted(one, trip)) leaveBy(last, trip);
      }
    }
  }
}

type Departing = Extract<Routed, { kind: 'route' }>;

function leaveBy(decision: Departing, trip: Trip): void {
  if (decision.route.type === 'local') loopBack(outward(decision), trip);
  else emit(outward(decision), trip);
}

function rerouted(flow: Flow, trip: Trip): Departing[] {
  const decisions = routed({ ...flow, mark: flow.routedBy }, trip.namespace, trip.context);
  return decisions.flatMap((decision) =>
    sendable({ ...decision, flow: { ...decision.flow, mark: flow.mark } }, trip),
  );
}

/** Returns the way where there is one: packets from 127.0.0.1 have none to another host. */
function sendable(decision: Routed, trip: Trip): Departing[] {
  if (decision.kind !== 'route') {
    endUnrouted(decision, trip);
    return [];
  }
  if (decision.route.type === 'local') return [decision];
  const { on, dropped } = withoutLoopbackSource(decision.flow, decision.hop?.device ?? null, trip.namespace);
  finish('dropped', dropped, trip);
  return on.map((flow) => ({ ...decision, flow }));
}
