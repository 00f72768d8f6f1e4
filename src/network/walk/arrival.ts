/** Walks packets that come in from a network, from PREROUTING to where they are delivered, forwarded or dropped. */
import { parseAddresses } from '../addresses.ts';
import { forwardingOf, forwardingOf6 } from '../interface-settings.ts';
import { byAddress, doubted, type Flow, unknown, withStep } from './flow.ts';
import { sortMartians, withoutMartians6 } from './martians.ts';
import { bothBranches } from './match.ts';
import { afterRedirect } from './redirects.ts';
import { type Routed, routed } from './routing.ts';
import { inForceAt } from './settings-in-force.ts';
import { validateSource } from './source-validation.ts';
import type { Site } from './step.ts';
import { deliver, emit } from './transit.ts';
import { atHook, by, endUnrouted, finish, type Trip } from './trip.ts';

export function arrive(flow: Flow, trip: Trip): void {
  if (familyOf(flow) === 6) {
    const { on, dropped } = withoutMartians6(flow);
    finish('dropped', dropped, trip);
    for (const one of atHook('prerouting', on, trip)) route(one, trip);
    return;
  }
  for (const one of atHook('prerouting', [flow], trip)) {
    if (trip.anyhow) {
      route(one, trip);
      continue;
    }
    const { on, dropped, broadcast, unaddressed, multicast } = sortMartians(one, trip.namespace);
    finish('dropped', dropped, trip);
    finish(
      'unknown',
      multicast.map((part) => doubted(part, WHO_HAS_JOINED)),
      trip,
    );
    for (const part of broadcast) toTheHost(part, trip);
    for (const part of unaddressed) deliver(part, trip);
    for (const part of on) route(part, trip);
  }
}

const WHO_HAS_JOINED = unknown('who has joined the multicast group');

const familyOf = ({ source }: Flow): 4 | 6 => (source.translated.v4.length > 0 ? 4 : 6);

/** The route types of packets for this host; broadcasts are, too: net/ipv4/route.c, ip_route_input_slow (brd_input). */
const TO_THE_HOST: Readonly<Record<4 | 6, ReadonlySet<string>>> = {
  4: new Set(['local', 'broadcast']),
  6: new Set(['local', 'multicast', 'anycast']),
};

function route(flow: Flow, trip: Trip): void {
  for (const decision of routed(flow, trip.namespace, trip.context)) {
    if (decision.kind !== 'route') endUnrouted(decision, trip);
    else if (TO_THE_HOST[familyOf(flow)].has(decision.route.type)) toTheHost(decision.flow, trip);
    else if (decision.route.type === 'unicast') forward(decision, trip);
    else finish('dropped', [withStep(decision.flow, NO_DESTINATION)], trip);
  }
}

const NO_DESTINATION: Site = {
  kind: 'martian',
  action: 'drop',
  side: 'destination',
  what: 'special',
  setting: null,
};

function toTheHost(flow: Flow, trip: Trip): void {
  for (const one of validated(flow, null, trip)) deliver(one, trip);
}

function forward({ flow, hop }: Extract<Routed, { kind: 'route' }>, trip: Trip): void {
  for (const one of forwardable(by(hop, flow), trip)) {
    for (const part of validated(one, one.out, trip))
      for (const last of atHook('forward', [afterRedirect(part, trip.namespace.ruleset)], trip))
        emit(last, trip);
  }
}

function validated(flow: Flow, out: string | null, trip: Trip): Flow[] {
  if (trip.anyhow || familyOf(flow) === 6) return [flow];
  const { on, dropped } = validateSource(flow, out, trip.namespace, trip.context);
  finish('dropped', dropped, trip);
  return on;
}

/** Returns the packets that are forwarded: linux 6.1, ip_route_input_slow (IN_DEV_FORWARD), ip6_forward. */
function forwardable(flow: Flow, trip: Trip): Flow[] {
  const { namespace, anyhow } = trip;
  if (anyhow) return [flow];
  const read = familyOf(flow) === 4 ? forwardingOf : forwardingOf6;
  const {
    values,
    by: setting,
    unread,
  } = inForceAt(namespace, flow.in, (device) => read(namespace.settings, device));
  const why = unread.length > 0 ? unread.join(', ') : 'which interface packets come in by (forwarding)';
  const part = values.length > 1 ? doubted(flow, unknown(why)) : flow;
  const site: Site = { kind: 'forwarding', hook: 'forward', action: 'drop', on: flow.in, setting };
  if (values.includes(0)) finish('dropped', [withStep(part, site)], trip);
  return values.includes(1) ? withoutLinkLocal(part, trip) : [];
}

// biome-ignore lint/style/noNonNullAssertion: this is a network
const LINK_LOCAL = parseAddresses('fe80::/10')!;

/** Drops packets that may not leave their link (ip6_forward). */
function withoutLinkLocal(flow: Flow, trip: Trip): Flow[] {
  if (flow.in === flow.out) return [flow];
  const { yes, no } = bothBranches(byAddress(flow, 'source', LINK_LOCAL), flow, 'link-local source');
  const site: Site = { kind: 'martian', action: 'drop', side: 'source', what: 'special', setting: null };
  finish(
    'dropped',
    yes.map((one) => withStep(one, site)),
    trip,
  );
  return no;
}
