/** Walks the hooks that packets pass once it is known where they go: INPUT, FORWARD, POSTROUTING, IPVS, the loopback. */
import { type AddressSet, addressSet } from '../addresses.ts';
import type { Flow } from './flow.ts';
import { ZERO } from './marks.ts';
import { withoutLoopbackSource } from './martians.ts';
import { type Routed, routed, UNSPECIFIED } from './routing.ts';
import { atHook, by, endUnrouted, finish, outward, type Trip } from './trip.ts';
import { schedule } from './virtual-services.ts';

/**
 * The priority of IPVS (ip_vs_core.c): it looks at packets for this host just before nat does at LOCAL_IN, just after
 * it at LOCAL_OUT.
 */
const IPVS_INPUT = 99;
export const IPVS_OUTPUT = -98;

/** Walks packets for this host: INPUT with IPVS in it. */
export function deliver(flow: Flow, trip: Trip): void {
  const { services, virtualConntrack } = trip.namespace;
  for (const local of atHook('input', [flow], trip, [-Infinity, IPVS_INPUT])) {
    const { untouched, taken, refused } = schedule('input', local, services, virtualConntrack, trip.context);
    finish('refused', refused, trip);
    for (const one of untouched) deliverBehindIpvs(one, trip);
    for (const one of taken) passOn(one, 'input', trip);
  }
}

function deliverBehindIpvs(flow: Flow, trip: Trip): void {
  finish('delivered', atHook('input', [flow], trip, [IPVS_INPUT, Infinity]), trip);
}

/**
 * Sends packets that IPVS took as if they were locally generated, toward the real server whatever address they bear.
 * Neither their source nor their mark has a say in that (ip_vs_xmit.c, do_output_route4, __ip_vs_route_output_v6). Those
 * for a real server on this host go on where they were taken (ip_vs_nat_send_or_cont).
 */
export function passOn(flow: Flow, hook: 'input' | 'output', trip: Trip): void {
  const { source, destination, mark, in: input } = flow;
  for (const decision of routed(towardServer(flow), trip.namespace, trip.context)) {
    const bearing = { ...decision.flow, source, destination, mark, in: input };
    if (decision.kind !== 'route') {
      endUnrouted({ kind: decision.kind, flow: bearing }, trip);
      continue;
    }
    const sent = by(decision.hop, bearing);
    if (decision.route.type !== 'local') sendOn({ ...decision, flow: sent }, trip);
    else if (hook === 'input') deliverBehindIpvs({ ...sent, out: null, gateway: null }, trip);
    else for (const one of atHook('output', [sent], trip, [IPVS_OUTPUT, Infinity])) loopBack(one, trip);
  }
}

function towardServer(flow: Flow): Flow {
  // biome-ignore lint/style/noNonNullAssertion: only what IPVS took comes here
  const { address } = flow.ipvs!.server;
  const of = (translated: AddressSet) => ({ original: translated, translated, identity: true });
  const [source, destination] = [of(UNSPECIFIED[address.family]), of(addressSet(address))];
  return { ...flow, source, destination, mark: ZERO, in: '' };
}

function sendOn(decision: Departing, trip: Trip): void {
  const { flow } = decision;
  for (const one of atHook('output', [{ ...flow, in: '', routedBy: ZERO, reroute: 'no' }], trip)) {
    const sent = { ...one, in: flow.in };
    if (one.reroute === 'no') emit(sent, trip);
    else for (const last of rerouted(sent, trip)) leaveBy(last, trip);
  }
}

/** Walks POSTROUTING, and out. Rules there see the interface that packets came in by only since 5.7. */
export function emit(flow: Flow, trip: Trip): void {
  finish('forwarded', leave(flow, trip), trip);
}

/**
 * Walks packets of this host to itself: out by lo and in again. They keep their route, mark and connection
 * (drivers/net/loopback.c, loopback_xmit), so that nothing validates their source and nat is not evaluated again.
 */
function loopBack(flow: Flow, trip: Trip): void {
  for (const left of leave({ ...flow, out: 'lo', gateway: null }, trip)) {
    const back = atHook('prerouting', [{ ...left, in: 'lo', out: null }], trip);
    for (const one of back) deliver(one, trip);
  }
}

function leave(flow: Flow, trip: Trip): Flow[] {
  return atHook('postrouting', [{ ...flow, in: flow.in === '' ? '' : null }], trip);
}

/** Packets that leave, and the route by which. */
type Departing = Extract<Routed, { kind: 'route' }>;

export function leaveBy(decision: Departing, trip: Trip): void {
  if (decision.route.type === 'local') loopBack(outward(decision), trip);
  else emit(outward(decision), trip);
}

/** Routes packets once more that OUTPUT has changed. */
export function rerouted(flow: Flow, trip: Trip): Departing[] {
  const decisions = routed({ ...flow, mark: flow.routedBy, in: '' }, trip.namespace, trip.context);
  return decisions.flatMap((decision) =>
    sendable({ ...decision, flow: { ...decision.flow, mark: flow.mark, in: flow.in } }, trip),
  );
}

/** Returns the way where there is one: packets from 127.0.0.1 have none to another host. */
export function sendable(decision: Routed, trip: Trip): Departing[] {
  if (decision.kind !== 'route') {
    endUnrouted(decision, trip);
    return [];
  }
  if (decision.route.type === 'local') return [decision];
  const { on, dropped } = withoutLoopbackSource(decision.flow, decision.hop?.device ?? null, trip.namespace);
  finish('dropped', dropped, trip);
  return on.map((flow) => ({ ...decision, flow }));
}
