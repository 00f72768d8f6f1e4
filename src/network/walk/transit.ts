/** Walks the hooks that packets pass once it is known where they go: INPUT, FORWARD, POSTROUTING, IPVS, the loopback. */
import { addressSet } from '../addresses.ts';
import type { Flow } from './flow.ts';
import { routed } from './routing.ts';
import { atHook, by, endUnrouted, finish, type Trip } from './trip.ts';
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
 * Those for a real server on this host go on where they were taken (ip_vs_xmit.c, ip_vs_nat_send_or_cont).
 */
export function passOn(flow: Flow, hook: 'input' | 'output', trip: Trip): void {
  const { destination } = flow;
  // biome-ignore lint/style/noNonNullAssertion: only what IPVS took comes here
  const toward = { ...destination, translated: addressSet(flow.ipvs!.server.address), identity: false };
  for (const decision of routed({ ...flow, destination: toward }, trip.namespace, trip.context)) {
    if (decision.kind !== 'route') {
      endUnrouted({ ...decision, flow: { ...decision.flow, destination } }, trip);
      continue;
    }
    const sent = { ...by(decision.hop, decision.flow), destination };
    if (decision.route.type !== 'local') for (const one of atHook('output', [sent], trip)) emit(one, trip);
    else if (hook === 'input') deliverBehindIpvs({ ...sent, out: null, gateway: null }, trip);
    else for (const one of atHook('output', [sent], trip, [IPVS_OUTPUT, Infinity])) loopBack(one, trip);
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
export function loopBack(flow: Flow, trip: Trip): void {
  for (const left of leave({ ...flow, out: 'lo', gateway: null }, trip)) {
    const back = atHook('prerouting', [{ ...left, in: 'lo', out: null }], trip);
    for (const one of back) deliver(one, trip);
  }
}

function leave(flow: Flow, trip: Trip): Flow[] {
  return atHook('postrouting', [{ ...flow, in: flow.in === '' ? '' : null }], trip);
}
