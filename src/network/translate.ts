/**
 * What a translating rule makes of a flow. linux 6.1: net/netfilter/nf_nat_core.c (get_unique_tuple,
 * find_best_ips_proto, nf_nat_alloc_null_binding), nf_nat_masquerade.c, nf_nat_redirect.c, xt_NETMAP.c.
 */
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  equals,
  intersection,
  isEmpty,
  onlyAddress,
} from './addresses.ts';
import { byAddress, byPort, type Division, type Flow, type Translation } from './flow.ts';
import type { Ranges } from './ranges.ts';
import type { Action, Hook, Side } from './ruleset.ts';
import type { World } from './world.ts';

type Translating = Extract<Action, { kind: 'masquerade' | 'translate' | 'netmap' | 'redirect' }>;

export const translates = (action: Action): action is Translating =>
  action.kind === 'masquerade' ||
  action.kind === 'translate' ||
  action.kind === 'netmap' ||
  action.kind === 'redirect';

/** Which address a rule at this hook changes. */
export const sideAt = (hook: Hook): Side =>
  hook === 'prerouting' || hook === 'output' ? 'destination' : 'source';

/** The flow, or the parts of it that fare differently, with the translation made. */
export function translated(flow: Flow, action: Translating, hook: Hook, world: World): Flow[] {
  const side = sideAt(hook);
  const parts = translatedTo(flow, action, side, world);
  return side === 'source' ? parts : parts.map((part) => noted(flow, part));
}

/** Conntrack notes a new destination (IPS_DST_NAT) where the address or the port has become another. */
function noted(before: Flow, after: Flow): Flow {
  const { destination, destinationPort } = after;
  const sameAddress = destination === before.destination || covers(destination.now, destination.first);
  return sameAddress && destinationPort.linked ? after : { ...after, redirected: true };
}

function translatedTo(flow: Flow, action: Translating, side: Side, world: World): Flow[] {
  if (action.kind === 'netmap') return [mapped(flow, side, action)];
  if (action.kind === 'masquerade')
    return [withPorts(toOne(flow, side, world.masquerade(flow)), side, action)];
  if (action.kind === 'redirect') {
    const goal = world.redirect(flow);
    return [withPorts(toOne(flow, side, typeof goal === 'string' ? goal : addressSet(goal)), side, action)];
  }
  if (action.addresses === null) return [withPorts(flow, side, action)];
  const goal = intersection(action.addresses, familyOf(flow));
  if (isEmpty(goal)) return [set(flow, side, { kind: 'unknown', reason: 'an address of the other family' })];
  if (onlyAddress(goal)) return [withPorts(toOne(flow, side, goal), side, action)];
  return toPool(flow, side, goal, action);
}

const familyOf = ({ source }: Flow): AddressSet => (source.now.v4.length > 0 ? ALL4 : ALL6);

function toOne(flow: Flow, side: Side, goal: AddressSet | string): Flow {
  if (typeof goal === 'string') return set(flow, side, { kind: 'unknown', reason: goal });
  return set(flow, side, { kind: onlyAddress(goal) ? 'address' : 'pool', set: goal });
}

/**
 * A source that is in the pool already, with a port that is, keeps both unless the port is to be drawn anew
 * (get_unique_tuple: "try the original tuple first"; NF_NAT_RANGE_PROTO_RANDOM_ALL is --random as well). For all others a hash of source and destination decides.
 */
function toPool(
  flow: Flow,
  side: Side,
  pool: AddressSet,
  action: Extract<Action, { kind: 'translate' }>,
): Flow[] {
  const drawn = (part: Flow) => withPorts(set(part, side, { kind: 'pool', set: pool }), side, action);
  if (side === 'destination' || action.random !== 'no') return [drawn(flow)];
  const { inside, outside } = divided(byAddress(flow, side, pool), flow);
  const ports =
    inside && action.ports ? divided(byPort(inside, side, action.ports), inside) : { inside, outside: null };
  const kept = ports.inside && set(ports.inside, side, { kind: 'address', set: ports.inside[side].now });
  return [kept ? [kept] : [], ...[ports.outside, outside].map((part) => (part ? [drawn(part)] : []))].flat();
}

/** What can't be divided is drawn as a whole: the pool holds what it may keep, too. */
function divided(division: Division, flow: Flow): { inside: Flow | null; outside: Flow | null } {
  if (division === 'yes') return { inside: flow, outside: null };
  if (division === 'no' || division.kind === 'doubt') return { inside: null, outside: flow };
  return division;
}

function mapped(flow: Flow, side: Side, { network, bits }: Extract<Action, { kind: 'netmap' }>): Flow {
  const known = intersection(network, familyOf(flow));
  if (isEmpty(known)) return set(flow, side, { kind: 'unknown', reason: 'an address of the other family' });
  const only = onlyAddress(flow[side].now);
  if (!only) return set(flow, side, { kind: 'netmap', network: known, bits });
  return set(flow, side, { kind: 'address', set: netmapped(flow[side].now, known, bits) });
}

/** The one address of `set`, its leading bits replaced by those of the network. */
export function netmapped(set: AddressSet, network: AddressSet, bits: number): AddressSet {
  const address = onlyAddress(set);
  if (!address) return network;
  if (address.family === 4) {
    const length = 2 ** (32 - bits);
    const base = Math.floor(network.v4[0]! / length) * length;
    return addressSet({ family: 4, value: base + (address.value % length) });
  }
  const mask = (1n << BigInt(128 - bits)) - 1n;
  return addressSet({ family: 6, value: (network.v6[0]! & ~mask) | (address.value & mask) });
}

function set(flow: Flow, side: Side, translation: Translation): Flow {
  // to the address that it has already
  if (translation.kind === 'address' && equals(translation.set, flow[side].now)) return flow;
  const place = { first: flow[side].first, now: nowOf(translation, flow), linked: false };
  return { ...flow, [side]: place, translated: { ...flow.translated, [side]: translation } };
}

function nowOf(translation: Translation, flow: Flow): AddressSet {
  if (translation.kind === 'netmap') return translation.network;
  return translation.kind === 'unknown' ? familyOf(flow) : translation.set;
}

function withPorts(
  flow: Flow,
  side: Side,
  { ports, random }: { ports: Ranges<number> | null; random: string },
): Flow {
  const field = side === 'source' ? 'sourcePort' : 'destinationPort';
  // a source port is kept where it can be; whether it can depends on other connections
  if (side === 'destination' && ports === null && random === 'no') return flow;
  const now = ports ?? ANY_PORT;
  return { ...flow, [field]: { first: flow[field].first, now, linked: false } };
}

const ANY_PORT: Ranges<number> = [0, 65535];
