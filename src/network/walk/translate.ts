/**
 * The effect of a translating rule on a flow. linux 6.1: net/netfilter/nf_nat_core.c (get_unique_tuple,
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
} from '../addresses.ts';
import type { Ranges } from '../ranges.ts';
import { assertNever } from '../rule-parts.ts';
import type { Action, Randomness, Side } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { byAddress, byPort, type Division, type Flow } from './flow.ts';
import { allocationBy } from './port-allocation.ts';
import type { Translation } from './step.ts';

type Translating = Extract<Action, { kind: 'masquerade' | 'translate' | 'netmap' | 'redirect' }>;

/**
 * Tells whether the rule passes the packets by, which only one of a table of inet can do: it translates to addresses of
 * the other family (linux 6.1, net/netfilter/nft_nat.c, nft_nat_inet_eval).
 */
export function isAboutOtherFamily(flow: Flow, action: Translating): boolean {
  const goal =
    action.kind === 'translate' ? action.addresses : action.kind === 'netmap' ? action.network : null;
  return goal !== null && isEmpty(intersection(goal, familyOf(flow)));
}

/** Returns the flow, or the classes of it that fare differently, with the translation made. */
export function translated(flow: Flow, action: Translating, side: Side, context: EvaluationContext): Flow[] {
  const goal = goalOf(flow, action, context);
  if (goal === null) return toPorts(flow, side, portsOf(action));
  if (goal.kind === 'netmap') return [mapped(flow, side, goal)];
  if (goal.kind === 'unknown') return [set(flow, side, goal)];
  const { ports, random } = portsOf(action);
  if (goal.kind === 'pool') return toPool(flow, side, goal.set, { ports, random });
  if (side === 'source') return [allocatePort(set(flow, side, goal), side, { ports, random })];
  return toDestination(flow, goal, { ports, random });
}

/** Returns the addresses that the rule sends packets to; null: it changes ports alone. */
function goalOf(flow: Flow, action: Translating, context: EvaluationContext): Translation | null {
  switch (action.kind) {
    case 'netmap':
      return { kind: 'netmap', network: action.network, bits: action.bits };
    case 'masquerade':
      return toSet(context.masquerade(flow), flow);
    case 'translate':
      return action.addresses && toSet(action.addresses, flow);
    case 'redirect': {
      const address = context.redirect(flow);
      return toSet(typeof address === 'string' ? address : addressSet(address), flow);
    }
    default:
      return assertNever(action);
  }
}

function toSet(goal: AddressSet | string, flow: Flow): Translation {
  if (typeof goal === 'string') return { kind: 'unknown', reason: goal };
  const known = intersection(goal, familyOf(flow));
  return onlyAddress(known) ? { kind: 'address', set: known } : { kind: 'pool', set: known, isIn: false };
}

interface NewPorts {
  ports: Ranges<number> | null;
  random: Randomness;
}

const portsOf = (action: Translating): NewPorts =>
  action.kind === 'netmap' ? { ports: null, random: 'no' } : action;

const familyOf = ({ source }: Flow): AddressSet => (source.translated.v4.length > 0 ? ALL4 : ALL6);

function toDestination(flow: Flow, goal: Translation & { kind: 'address' }, ports: NewPorts): Flow[] {
  const { inside, outside } = divided(byAddress(flow, 'destination', goal.set), flow);
  const moved = listed(outside).map((part) => set(part, 'destination', goal));
  return [...listed(inside), ...moved].flatMap((part) => toPorts(part, 'destination', ports));
}

/**
 * Translates ports. A destination's port stays where no other is wanted (nf_nat_l4proto_unique_tuple: "If it's dst
 * rewrite, can't change port"), and where it is the one that is. Where several are, it is one of them: its own stays only
 * as long as no other connection has the tuple (get_unique_tuple: nf_nat_used_tuple).
 */
function toPorts(flow: Flow, side: Side, ports: NewPorts): Flow[] {
  if (side === 'source') return [allocatePort(flow, side, ports)];
  if (ports.ports === null) return [flow];
  if (ports.random !== 'no' || !isOne(ports.ports)) return [allocatePort(flow, side, ports)];
  const { inside, outside } = divided(byPort(flow, side, ports.ports), flow);
  return [...listed(inside), ...listed(outside).map((part) => allocatePort(part, side, ports))];
}

const isOne = (ports: Ranges<number>) => ports.length === 2 && ports[0] === ports[1];

const listed = (flow: Flow | null) => (flow ? [flow] : []);

/**
 * Allocates from a pool, by a hash of source and destination. A source that is in the pool already, with a port that is,
 * keeps both while no other connection has the tuple, unless the port is to be allocated anew (get_unique_tuple: "try
 * the original tuple first"; NF_NAT_RANGE_PROTO_RANDOM_ALL is --random as well).
 */
function toPool(flow: Flow, side: Side, pool: AddressSet, { ports, random }: NewPorts): Flow[] {
  const allocated = (part: Flow, isIn: boolean) =>
    toPorts(set(part, side, { kind: 'pool', set: pool, isIn }), side, { ports, random });
  if (side === 'destination' || random !== 'no') return allocated(flow, false);
  const { inside, outside } = divided(byAddress(flow, side, pool), flow);
  const there = inside && ports ? divided(byPort(inside, side, ports), inside) : { inside, outside: null };
  const moved = [...listed(there.outside), ...listed(outside)];
  return [
    ...listed(there.inside).flatMap((part) => allocated(part, true)),
    ...moved.flatMap((part) => allocated(part, false)),
  ];
}

/** Divides a flow; one that can't be divided is allocated as a whole: the pool holds the addresses it may keep, too. */
function divided(division: Division, flow: Flow): { inside: Flow | null; outside: Flow | null } {
  if (division === 'yes') return { inside: flow, outside: null };
  if (division === 'no' || division.kind === 'doubt') return { inside: null, outside: flow };
  return division;
}

function mapped(flow: Flow, side: Side, { network, bits }: Translation & { kind: 'netmap' }): Flow {
  const known = intersection(network, familyOf(flow));
  if (!onlyAddress(flow[side].translated)) return set(flow, side, { kind: 'netmap', network: known, bits });
  return set(flow, side, { kind: 'address', set: netmapped(flow[side].translated, known, bits) });
}

/** Returns the one address of `set`, its leading bits replaced by those of the network. */
export function netmapped(set: AddressSet, network: AddressSet, bits: number): AddressSet {
  const address = onlyAddress(set);
  if (!address) return network;
  if (address.family === 4) {
    const length = 2 ** (32 - bits);
    // biome-ignore lint/style/noNonNullAssertion: callers give a network of the address's family
    const base = Math.floor(network.v4[0]! / length) * length;
    return addressSet({ family: 4, value: base + (address.value % length) });
  }
  const mask = (1n << BigInt(128 - bits)) - 1n;
  // biome-ignore lint/style/noNonNullAssertion: callers give a network of the address's family
  return addressSet({ family: 6, value: (network.v6[0]! & ~mask) | (address.value & mask) });
}

function set(flow: Flow, side: Side, translation: Translation): Flow {
  // to the address that it has already
  if (translation.kind === 'address' && equals(translation.set, flow[side].translated)) return flow;
  const translated = {
    original: flow[side].original,
    translated: translatedTo(translation, flow),
    identity: false,
  };
  return { ...flow, [side]: translated, translations: { ...flow.translations, [side]: translation } };
}

function translatedTo(translation: Translation, flow: Flow): AddressSet {
  switch (translation.kind) {
    case 'netmap':
      return translation.network;
    case 'unknown':
      return familyOf(flow);
    case 'address':
    case 'pool':
      return translation.set;
    default:
      return assertNever(translation);
  }
}

/** Allocates a port. A source's is kept where it can be; whether it can depends on other connections. */
function allocatePort(flow: Flow, side: Side, { ports, random }: NewPorts): Flow {
  const field = side === 'source' ? 'sourcePort' : 'destinationPort';
  const translated = ports ?? ANY_PORT;
  const allocated = { ...flow, [field]: { original: flow[field].original, translated, identity: false } };
  return side === 'source' ? { ...allocated, allocation: allocationBy(random, ports) } : allocated;
}

const ANY_PORT: Ranges<number> = [0, 65535];
