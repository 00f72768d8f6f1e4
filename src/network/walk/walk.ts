/**
 * Walks sets of packets through one namespace: hooks, IPVS and routing in the kernel's order. Packets stand for the
 * first of their connections, the only one for which nat is evaluated.
 */
import type { Address } from '../address-text.ts';
import { addressSet, onlyAddress } from '../addresses.ts';
import type { NextHop } from '../routes.ts';
import type { Hook } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { type Flow, flowOf, withStep } from './flow.ts';
import { type HookOptions, passHook } from './hooks.ts';
import { type Bits, ZERO } from './marks.ts';
import { evaluationContext, type Namespace } from './namespace.ts';
import { decidedAlike, type NodeVerdict, type PacketClass, partition, type Result } from './outcomes.ts';
import type { PacketSet } from './packets.ts';
import { type Routed, routed } from './routing.ts';
import type { Site } from './step.ts';
import { schedule } from './virtual-services.ts';

/**
 * The priority of IPVS (ip_vs_core.c): it looks at packets for this host just before nat does at LOCAL_IN, just after
 * it at LOCAL_OUT.
 */
const IPVS_INPUT = 99;
const IPVS_OUTPUT = -98;

interface Trip {
  namespace: Namespace;
  context: EvaluationContext;
  results: Result[];
}

/** Walks packets that come in from the network. `input` null: by an interface that is not known. */
export function receive(
  namespace: Namespace,
  packets: PacketSet,
  input: string | null,
  mark: Bits = ZERO,
): PacketClass[] {
  const trip = start(namespace);
  for (const flow of atHook(
    'prerouting',
    [flowOf(packets, { in: input, mark, passedConntrack: false })],
    trip,
  )) {
    for (const routedFlow of routed(flow, namespace, trip.context)) arrive(routedFlow, trip);
  }
  return partition(trip.results);
}

/** Walks packets that this namespace's own sockets send; their source has been chosen (see `sourceFor`). */
export function send(namespace: Namespace, packets: PacketSet): PacketClass[] {
  const trip = start(namespace);
  const flow = flowOf(packets, { in: '', passedConntrack: false });
  for (const routedFlow of routed(flow, namespace, trip.context)) {
    if (routedFlow.route === null) notRouted(routedFlow.flow, trip);
    else depart(routedFlow, trip);
  }
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
  const [routedFlow, ...more] = routed(flowOf(packets, { in: '' }), namespace, context);
  if (!routedFlow?.route || more.length > 0) return null;
  if (routedFlow.route.source) return routedFlow.route.source;
  const { destination } = routedFlow.flow;
  if (routedFlow.route.type === 'local') return onlyAddress(destination.translated);
  const masqueraded = context.masquerade(outward(routedFlow));
  return typeof masqueraded === 'string' ? null : onlyAddress(masqueraded);
}

function start(namespace: Namespace): Trip {
  return { namespace, context: evaluationContext(namespace), results: [] };
}

function finish(verdict: NodeVerdict, flows: readonly Flow[], trip: Trip): void {
  for (const flow of flows) trip.results.push({ flow, verdict });
}

const NO_ROUTE: Site = { kind: 'routing', action: 'drop' };

const notRouted = (flow: Flow, trip: Trip): void => finish('unroutable', [withStep(flow, NO_ROUTE)], trip);

/** Returns the flows that pass a hook. */
function atHook(hook: Hook, flows: Flow[], trip: Trip, between?: HookOptions['between']): Flow[] {
  const { ruleset } = trip.namespace;
  const options: HookOptions = { ruleset, context: trip.context, ...(between ? { between } : {}) };
  const { on, dropped, unknown } = passHook(hook, flows, options);
  finish('dropped', dropped, trip);
  finish('unknown', unknown, trip);
  return on;
}

/** The route types of packets for this host; broadcasts are, too: net/ipv4/route.c, ip_route_input_slow (brd_input). */
const TO_THE_HOST: ReadonlySet<string> = new Set(['local', 'broadcast', 'multicast', 'anycast']);

/** Walks a flow after PREROUTING. */
function arrive({ flow, route, hop }: Routed, trip: Trip): void {
  if (route === null) notRouted(flow, trip);
  else if (TO_THE_HOST.has(route.type)) deliver(flow, trip);
  else if (route.type !== 'unicast') finish('unknown', [flow], trip);
  else forward(by(hop, flow), trip);
}

function deliver(flow: Flow, trip: Trip): void {
  const { services, virtualConntrack } = trip.namespace;
  for (const local of atHook('input', [flow], trip, [-Infinity, IPVS_INPUT])) {
    const { untouched, taken, refused } = schedule('input', local, services, virtualConntrack, trip.context);
    finish('refused', refused, trip);
    finish('delivered', atHook('input', untouched, trip, [IPVS_INPUT, Infinity]), trip);
    for (const one of taken) passOn(one, trip);
  }
}

/**
 * Sends packets that IPVS took as if they were locally generated, toward the real server whatever address they bear.
 */
function passOn(flow: Flow, trip: Trip): void {
  const { destination } = flow;
  // biome-ignore lint/style/noNonNullAssertion: only what IPVS took comes here
  const toward = { ...destination, translated: addressSet(flow.ipvs!.server.address), identity: false };
  for (const { flow: part, route, hop } of routed(
    { ...flow, destination: toward },
    trip.namespace,
    trip.context,
  )) {
    const sent = { ...by(hop, part), destination };
    if (route === null) notRouted(sent, trip);
    else if (route.type === 'local') finish('delivered', [sent], trip);
    else for (const one of atHook('output', [sent], trip)) emit(one, trip);
  }
}

const by = (hop: NextHop | null, flow: Flow): Flow => ({
  ...flow,
  out: hop?.device ?? null,
  gateway: hop?.via ?? null,
});

const NOT_FORWARDED: Site = { kind: 'forwarding', hook: 'forward', action: 'drop' };

function forward(flow: Flow, trip: Trip): void {
  const family = flow.source.translated.v4.length > 0 ? 4 : 6;
  if (trip.namespace.forwards[family] === false) {
    finish('dropped', [withStep(flow, NOT_FORWARDED)], trip);
    return;
  }
  for (const one of atHook('forward', [flow], trip)) emit(one, trip);
}

/** Walks POSTROUTING, and out. Rules there see the interface that packets came in by only since 5.7. */
function emit(flow: Flow, trip: Trip, verdict: NodeVerdict = 'forwarded'): void {
  const leaving = { ...flow, in: flow.in === '' ? '' : null };
  finish(verdict, atHook('postrouting', [leaving], trip), trip);
}

/** Walks the OUTPUT hook with IPVS in it; packets that are translated or marked there are rerouted. */
function depart(routedFlow: Routed, trip: Trip): void {
  const { services, virtualConntrack } = trip.namespace;
  const first = outward(routedFlow);
  for (const flow of atHook('output', [first], trip, [-Infinity, IPVS_OUTPUT])) {
    const { untouched, taken, refused } = schedule('output', flow, services, virtualConntrack, trip.context);
    finish('refused', refused, trip);
    for (const one of taken) passOn(one, trip);
    for (const one of atHook('output', untouched, trip, [IPVS_OUTPUT, Infinity])) {
      const routes = one.reroute ? rerouted(one, trip) : [{ ...routedFlow, flow: one }];
      for (const last of routes) {
        if (last.route === null) notRouted(last.flow, trip);
        else emit(outward(last), trip, last.route.type === 'local' ? 'delivered' : 'forwarded');
      }
    }
  }
}

function rerouted(flow: Flow, trip: Trip): Routed[] {
  const routes = routed({ ...flow, mark: flow.reroute ?? flow.mark }, trip.namespace, trip.context);
  return routes.map((routedFlow) => ({ ...routedFlow, flow: { ...routedFlow.flow, mark: flow.mark } }));
}

/** Returns the flow with its interface: packets for the host itself leave by lo, whatever device the route names. */
const outward = ({ flow, route, hop }: Routed): Flow =>
  route?.type === 'local' ? { ...flow, out: 'lo', gateway: null } : by(hop, flow);

/** Walks POSTROUTING alone for packets that leave by `out`; the hooks before it are not walked. */
export function leave(
  options: HookOptions,
  packets: PacketSet,
  about: Pick<Flow, 'out' | 'mark' | 'connmark' | 'fromStart'>,
): PacketClass[] {
  const { on, dropped, unknown } = passHook('postrouting', [flowOf(packets, about)], options);
  const results: Result[] = [
    ...on.map((flow): Result => ({ flow, verdict: 'passed' })),
    ...dropped.map((flow): Result => ({ flow, verdict: 'dropped' })),
    ...unknown.map((flow): Result => ({ flow, verdict: 'unknown' })),
  ];
  return partition(results, decidedAlike);
}
