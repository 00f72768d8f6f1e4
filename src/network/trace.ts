/**
 * Packets on their way through a fleet: from namespace to namespace, until they reach a socket, are dropped, or leave for
 * where nobody of the fleet is.
 */
import { type Address, printAddress } from './address-text.ts';
import {
  type AddressSet,
  ALL4,
  addressSet,
  difference,
  intersection,
  intersects,
  isEmpty,
  onlyAddress,
  size,
} from './addresses.ts';
import { byChance, type Doubt, unknown } from './flow.ts';
import { ownAddresses } from './namespace.ts';
import { afterwards, type Outcome, type Part } from './outcomes.ts';
import type { PacketSet } from './packets.ts';
import { type Holding, holdersOf, type Neighbour, neighboursOf, type Topology } from './topology.ts';
import type { Station } from './topology-stations.ts';
import { receive, send } from './walk.ts';

/** How packets get into a namespace. `input` null: by an interface that is not known. */
export type Entry = { kind: 'sent' } | { kind: 'received'; input: string | null };

/** What one namespace did with packets. */
export interface Leg {
  station: Station;
  entry: Entry;
  before: PacketSet;
  outcome: Outcome;
  after: PacketSet;
}

/** - `left-fleet`: to where no namespace of the fleet has the address - `undecided`: the doubts say why */
export type Ending = 'delivered' | 'dropped' | 'left-fleet' | 'undecided';

/** Packets that all went the same way. */
export interface Journey {
  /** The sources they started with, as far as they can be told apart by the way they went. */
  origin: AddressSet;
  legs: Leg[];
  ending: Ending;
  /** As they were in the end. */
  packets: PacketSet;
  /** What it hangs on that they went this way: on chance, or on what was not collected. */
  doubts: Doubt[];
  /** Who would not take them in, because they bear an address of its own; null: nobody was so. */
  refusedBy: Station | null;
}

/** A journey that is not over. */
interface Going {
  station: Station;
  entry: Entry;
  packets: PacketSet;
  origin: AddressSet;
  /** Each source is still the packet's own. */
  ownSource: boolean;
  legs: Leg[];
  doubts: Doubt[];
}

/** An IP packet starts with a TTL of 64; no fleet is that deep. */
const MAX_LEGS = 16;
/** More ways than this are not told apart. */
const MAX_JOURNEYS = 2000;
/** Addresses of a pool that are followed one by one. */
const MAX_POOL = 16;

/** All the ways of the packets, each packet on every way that it can take. */
export function follow(topology: Topology, station: Station, entry: Entry, packets: PacketSet): Journey[] {
  const done: Journey[] = [];
  const start: Going = {
    station,
    entry,
    packets,
    origin: packets.source,
    ownSource: true,
    legs: [],
    doubts: [],
  };
  const going = [start];
  for (let next = going.pop(); next; next = going.pop()) {
    if (done.length + going.length > MAX_JOURNEYS) {
      done.push(stopped(next, 'too many different ways to follow them all'));
      continue;
    }
    // the first of several is followed first
    going.push(...pass(topology, next, done).reverse());
  }
  return done;
}

function stopped({ origin, legs, packets, doubts }: Going, reason: string): Journey {
  return {
    origin,
    legs,
    ending: 'undecided',
    packets,
    doubts: [...doubts, unknown(reason)],
    refusedBy: null,
  };
}

/** Through one namespace. What comes to its end is `done`; the rest goes on. */
function pass(topology: Topology, at: Going, done: Journey[]): Going[] {
  if (at.legs.length >= MAX_LEGS) {
    done.push(stopped(at, 'it goes in circles'));
    return [];
  }
  const taken = withoutMartians(at, done);
  if (!taken) return [];
  const { station, entry, packets } = taken;
  const parts =
    entry.kind === 'sent' ? send(station.net, packets) : receive(station.net, packets, entry.input);
  return parts.flatMap((part) =>
    part.outcomes.flatMap((outcome) => leave(topology, afterLeg(taken, part, outcome), outcome, done)),
  );
}

/**
 * What comes in and claims to come from here is dropped (linux net/ipv4/fib_frontend.c, fib_validate_source). Null where
 * nothing is left.
 */
function withoutMartians(at: Going, done: Journey[]): Going | null {
  const { station, entry, packets, origin, ownSource, legs, doubts } = at;
  const own = intersection(ownAddresses(station.net), ALL4);
  if (entry.kind === 'sent' || !intersects(packets.source, own)) return at;
  if (station.setting('net.ipv4.conf.all.accept_local') === 1) return at;
  const part = (source: AddressSet) => ({
    packets: { ...packets, source },
    origin: ownSource ? intersection(origin, source) : origin,
  });
  const refused = part(intersection(packets.source, own));
  done.push({ ...refused, legs, ending: 'dropped', doubts, refusedBy: station });
  const rest = difference(packets.source, own);
  return isEmpty(rest) ? null : { ...at, ...part(rest) };
}

function afterLeg(at: Going, part: Part, outcome: Outcome): Going {
  const { station, entry } = at;
  const after = afterwards(part.packets, outcome);
  const leg: Leg = { station, entry, before: part.packets, outcome, after };
  return {
    ...at,
    packets: after,
    origin: at.ownSource ? intersection(at.origin, part.packets.source) : at.origin,
    ownSource: at.ownSource && outcome.source === null,
    legs: [...at.legs, leg],
    doubts: [...at.doubts, ...outcome.doubts, ...missingAt(station, outcome)],
  };
}

/** What was not read there and could have changed the outcome. */
function missingAt({ name, missing }: Station, { verdict }: Outcome): Doubt[] {
  const sockets = verdict === 'delivered';
  return missing
    .filter(({ what }) => !(sockets && what === 'routes'))
    .map(({ what, reason }) => unknown(`the ${NOUNS[what]} of ${name} could not be read: ${reason}`));
}

const NOUNS = {
  addresses: 'addresses',
  routes: 'routes',
  nat: 'nat rules',
  ipvs: 'virtual services',
} as const;

const ENDINGS: Partial<Record<Outcome['verdict'], Ending>> = {
  delivered: 'delivered',
  dropped: 'dropped',
  refused: 'dropped',
  unroutable: 'dropped',
  unknown: 'undecided',
};

/** On to the next namespace, or to the end. */
function leave(topology: Topology, at: Going, outcome: Outcome, done: Journey[]): Going[] {
  const { station, origin, legs, packets, doubts } = at;
  const ending = ENDINGS[outcome.verdict];
  if (ending || outcome.out === null) {
    done.push({ origin, legs, ending: ending ?? 'undecided', packets, doubts, refusedBy: null });
    return [];
  }
  const targets = targetsOf(outcome, packets);
  if (targets === null) {
    done.push(stopped(at, `several next hops of ${station.name}, of which each packet takes one`));
    return [];
  }
  return targets.flatMap((target) => {
    const chosen = targets.length === 1 ? [] : [byChance(`which of ${targets.length} addresses was chosen`)];
    const packet =
      targets.length === 1 || !isPool(outcome) ? packets : { ...packets, destination: addressSet(target) };
    const later = { ...at, packets: packet, doubts: [...doubts, ...chosen] };
    const neighbours = neighboursOf(topology, station, outcome.out!, target);
    if (neighbours.length > 0) return arrive(later, target, neighbours);
    const beyond = outcome.gateway ? behindRouter(topology, later, outcome.gateway, outcome) : null;
    if (beyond) return [beyond];
    const { origin, legs } = later;
    done.push({ origin, legs, ending: 'left-fleet', packets: packet, doubts: later.doubts, refusedBy: null });
    return [];
  });
}

/** A router that is not in the inventory leads to whoever of the fleet alone has the address. */
function behindRouter(topology: Topology, at: Going, router: Address, { server }: Outcome): Going | null {
  const destination = server?.address ?? onlyAddress(at.packets.destination);
  const holders = destination ? holdersOf(topology, destination) : [];
  const doors = holders.filter(({ wire, station }) => wire.kind === 'public' && station !== at.station);
  if (new Set(doors.map(({ station }) => station)).size !== 1) return null;
  const [{ station, device }] = doors as [Holding];
  const why = `${printAddress(router)} is not in the inventory: it may translate addresses, or drop packets`;
  return {
    ...at,
    station,
    entry: { kind: 'received', input: throughTunnel(station, at.legs.at(-1)!.outcome) ?? device.name },
    doubts: [...at.doubts, unknown(why)],
  };
}

const isPool = ({ destination, gateway }: Outcome) => gateway === null && destination?.kind === 'pool';

/** The addresses that the next frame is for; null when they are too many to follow. */
function targetsOf({ gateway, server, destination }: Outcome, packets: PacketSet): Address[] | null {
  if (gateway) return [gateway];
  // direct routing and tunnels leave the destination as it is
  if (server) return [server.address];
  const only = onlyAddress(packets.destination);
  if (only) return [only];
  if (destination?.kind !== 'pool' || size(packets.destination) > BigInt(MAX_POOL)) return null;
  return addressesIn(packets.destination);
}

/** One by one: for small sets only. */
export function addressesIn(set: AddressSet): Address[] {
  const { v4, v6 } = set;
  const result: Address[] = [];
  for (let i = 0; i < v4.length; i += 2)
    for (let value = v4[i]!; value <= v4[i + 1]!; value++) result.push({ family: 4, value });
  for (let i = 0; i < v6.length; i += 2)
    for (let value = v6[i]!; value <= v6[i + 1]!; value++) result.push({ family: 6, value });
  return result;
}

function arrive(at: Going, target: Address, neighbours: readonly Neighbour[]): Going[] {
  const names = neighbours.map(({ station }) => station.name).join(', ');
  const several = neighbours.length > 1 ? [unknown(`who answers for ${printAddress(target)}: ${names}`)] : [];
  return neighbours.map(({ station, input }) => ({
    ...at,
    station,
    entry: { kind: 'received', input: throughTunnel(station, at.legs.at(-1)!.outcome) ?? input },
    doubts: [...at.doubts, ...several],
  }));
}

/** What IPVS sends through a tunnel comes out of the real server's tunnel interface (ipip; linux net/ipv4/ipip.c). */
function throughTunnel({ net }: Station, { server }: Outcome): string | null {
  if (server?.forwarding !== 'tunnel') return null;
  const name = server.address.family === 4 ? 'tunl0' : 'ip6tnl0';
  return net.interfaces.some((one) => one.name === name) ? name : null;
}

/** Nothing that was not collected could have changed it. */
export const isCertain = ({ doubts }: Pick<Journey, 'doubts'>) =>
  doubts.every(({ cause }) => cause === 'chance');

/** The one source address that arrives; null when it can't be told. */
export function arrivesFrom({ packets }: Journey): Address | null {
  return onlyAddress(packets.source);
}
