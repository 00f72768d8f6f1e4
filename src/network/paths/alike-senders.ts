/**
 * Hosts of a fleet whose packets come from behind routers that nobody sees, and are alike to whoever gets them: of very
 * many, some are followed, and the rest are counted. Otherwise the clients of all services grow with a fleet's square.
 */
import { groupedBy } from '../../grouped-by.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import type { Address } from '../address-text.ts';
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  contains,
  difference,
  inFewRanges,
  intersection,
  intersects,
  NONE,
  unionOf,
} from '../addresses.ts';
import { ownersOf, type Topology } from '../topology/topology.ts';
import { sourceRulesIn } from '../walk/outcomes.ts';
import type { Departure } from './departures.ts';

/** Of more hosts of a kind than these, the rest are counted. */
export const MOST_ALIKE = 64;

/** The departures of further hosts, which are like one that is followed. */
export interface Counted {
  /** The number of these hosts. */
  hosts: number;
  /** Addresses that they come from, and others. */
  among: AddressSet;
  /** Tells whether each of them comes from one of these addresses. */
  allIn(sources: AddressSet): boolean;
  /** Those that do, each by itself. */
  listed(sources: AddressSet): Departure[];
}

interface FarDeparture {
  departure: Departure;
  /** Null: it stands for itself alone. */
  counted: Counted | null;
}

/** Returns the departures toward an address, in the order in which they were found. */
export type DeparturesToward = (target: Address) => FarDeparture[];

/** Traffic: the departures, the fleet's routers that get them, and for which destinations these pass them on. */
interface Followed {
  departures: readonly Departure[];
  routers: ReadonlyMap<Departure, readonly unknown[]>;
  passedOn: ReadonlyMap<Departure, AddressSet>;
}

/** @param targets all that is asked for; @param most hosts of a kind that are followed each */
export function departuresToward(
  topology: Topology,
  traffic: Followed,
  targets: AddressSet,
  most: number,
): DeparturesToward {
  const { departures } = traffic;
  const byHost = groupedBy(departures, ({ node, source }) => `${source.family} ${node.kernel.boot}`);
  const hosts = [...byHost.values()].map((some) => hostOf(some, traffic, targets));
  const kinds = [...groupedBy(hosts, ({ kind }) => kind).values()].filter(({ length }) => length > most);
  const alike = kinds.map(hostClassOf);
  const counted = new Set(kinds.flat().flatMap((host) => host.departures));
  const single = addressIndex(
    departures.filter((one) => !counted.has(one)),
    ({ destinations }) => destinations,
  );
  const position = new Map(alike.length === 0 ? [] : departures.map((one, i) => [one, i]));
  return (target) => {
    const found = single.meeting(addressSet(target)).map(alone);
    const owners = ownersOf(topology, target).map(({ node }) => node.kernel.boot);
    const ofKinds = alike.flatMap((hostClass) => towardOf(hostClass, target, owners, most));
    if (ofKinds.length === 0) return found;
    const place = ({ departure }: FarDeparture) => position.get(departure) ?? 0;
    return [...found, ...ofKinds].sort((a, b) => place(a) - place(b));
  };
}

const alone = (departure: Departure): FarDeparture => ({ departure, counted: null });

/** A host, as those see it who are far. */
interface Host {
  boot: string;
  family: 4 | 6;
  departures: readonly Departure[];
  ways: readonly Way[];
  /** Equal for hosts that are alike. */
  kind: string;
  /** The targets that it does not send to like others of its kind. */
  apart: AddressSet;
}

/** Departures that are alike, toward different addresses. */
interface Way {
  key: string;
  departures: Departure[];
  destinations: AddressSet;
}

function hostOf(departures: readonly Departure[], traffic: Followed, targets: AddressSet): Host {
  // biome-ignore lint/style/noNonNullAssertion: a group has at least one
  const { node, source } = departures[0]!;
  const isFar = (one: Departure) =>
    one.gateway !== null && (traffic.routers.get(one) ?? []).length === 0 && !traffic.passedOn.has(one);
  const ways = waysOf(departures.filter(isFar));
  const near = departures
    .filter((one) => !isFar(one))
    .map((one) => difference(one.destinations, traffic.passedOn.get(one) ?? NONE));
  const all = intersection(targets, source.family === 4 ? ALL4 : ALL6);
  return {
    boot: node.kernel.boot,
    family: source.family,
    departures,
    ways,
    kind: JSON.stringify([source.family, ways.map(({ key }) => key)]),
    apart: unionOf([...near, ...ways.map(({ destinations }) => difference(all, destinations))]),
  };
}

function waysOf(departures: readonly Departure[]): Way[] {
  const ways: Way[] = [];
  for (const one of departures) {
    const key = likeness(one);
    const way = ways.find((other) => other.key === key && !intersects(other.destinations, one.destinations));
    if (way === undefined) {
      ways.push({ key, departures: [one], destinations: one.destinations });
      continue;
    }
    way.departures.push(one);
    way.destinations = unionOf([way.destinations, one.destinations]);
  }
  return ways.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Prints all that tells a departure from others but for its host, addresses, and where it goes. */
function likeness({ node, source, leaves, hops, translation, doubts }: Departure): string {
  const textsOf = (rules: readonly { text: string }[]) => rules.map(({ text }) => text);
  return JSON.stringify([
    node.kernel.release,
    node.timestamps,
    source.value === leaves.value,
    textsOf(translation.rules),
    translation.allocation,
    hops.map(({ outcome }) => [textsOf(sourceRulesIn(outcome)), outcome.allocation]),
    doubts.map(({ cause, reason }) => [cause, reason]),
  ]);
}

/** Hosts that are alike. */
interface HostClass {
  hosts: readonly Host[];
  family: 4 | 6;
  byApart: AddressIndex<Host>;
  byBoot: ReadonlyMap<string, Host>;
  /** Of each way: who comes from where. */
  ways: readonly { among: AddressSet; bySource: AddressIndex<{ host: Host; departure: Departure }> }[];
}

function hostClassOf(hosts: readonly Host[]): HostClass {
  const [first] = hosts as [Host, ...Host[]];
  const ways = first.ways.map((_, i) => {
    const all = hosts.flatMap((host) =>
      // biome-ignore lint/style/noNonNullAssertion: hosts of a kind have the same ways
      host.ways[i]!.departures.map((departure) => ({ host, departure })),
    );
    const among = inFewRanges(unionOf(all.map(({ departure }) => addressSet(departure.leaves))), MOST_RANGES);
    return { among, bySource: addressIndex(all, ({ departure }) => addressSet(departure.leaves)) };
  });
  const byBoot = new Map(hosts.map((host) => [host.boot, host]));
  return { hosts, family: first.family, byApart: addressIndex(hosts, ({ apart }) => apart), byBoot, ways };
}

/** The ranges that all sources of a kind are followed in. */
const MOST_RANGES = 8;

function towardOf(
  hostClass: HostClass,
  target: Address,
  owners: readonly string[],
  most: number,
): FarDeparture[] {
  if (hostClass.family !== target.family) return [];
  const apart = new Set([
    ...hostClass.byApart.meeting(addressSet(target)),
    ...owners.flatMap((boot) => hostClass.byBoot.get(boot) ?? []),
  ]);
  const followed: Host[] = [];
  for (const host of hostClass.hosts) {
    if (followed.length === most) break;
    if (!apart.has(host)) followed.push(host);
  }
  const known = new Set([...apart, ...followed]);
  const last = followed.at(-1);
  return [...known].flatMap((host) => {
    if (apart.has(host))
      return host.departures.filter(({ destinations }) => contains(destinations, target)).map(alone);
    return host.ways.flatMap((way, i) =>
      way.departures
        .filter(({ destinations }) => contains(destinations, target))
        .map((departure) => ({
          departure,
          counted: host === last ? countedOn(hostClass, i, target, known) : null,
        })),
    );
  });
}

function countedOn(
  hostClass: HostClass,
  i: number,
  target: Address,
  known: ReadonlySet<Host>,
): Counted | null {
  const hosts = hostClass.hosts.length - known.size;
  const way = hostClass.ways[i];
  if (hosts === 0 || way === undefined) return null;
  const { among, bySource } = way;
  const rest = (set: AddressSet) =>
    bySource
      .meeting(set)
      .filter(({ host, departure }) => !known.has(host) && contains(departure.destinations, target))
      .map(({ departure }) => departure);
  return {
    hosts,
    among,
    allIn: (sources) => rest(difference(among, sources)).length === 0,
    listed: (sources) => rest(intersection(among, sources)),
  };
}
