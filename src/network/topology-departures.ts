/** How what a namespace's own sockets send leaves it: toward whom, and with which source address. */
import type { Address } from './address-text.ts';
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  contains,
  intersection,
  isEmpty,
  onlyAddress,
} from './addresses.ts';
import { TCP } from './fields.ts';
import { type Doubt, flowOf, unchained } from './flow.ts';
import { type Namespace, worldOf } from './namespace.ts';
import { translatedSet } from './outcomes.ts';
import { packets } from './packets.ts';
import { type Routed, routed } from './routing.ts';
import { type Neighbour, neighboursOf, type Topology } from './topology.ts';
import type { Station } from './topology-stations.ts';
import { send } from './walk.ts';

export interface Departure {
  station: Station;
  /** The source that the kernel chooses for a socket which binds to none. */
  source: Address;
  /** The source when it has left: another where the namespace's own rules change it. */
  leaves: Address;
  destinations: AddressSet;
  out: string;
  /** The next router; null where the destinations are on the link. */
  gateway: Address | null;
  doubts: readonly Doubt[];
}

const TCP_ONLY = { protocol: [TCP, TCP] };

/** Toward `targets`, without those that never leave the namespace. */
export function departuresOf(station: Station, targets: AddressSet): Departure[] {
  return [ALL4, ALL6].flatMap((family) => {
    const set = intersection(targets, family);
    return isEmpty(set) ? [] : departuresIn(station, set, family);
  });
}

function departuresIn(station: Station, targets: AddressSet, family: AddressSet): Departure[] {
  const { net } = station;
  const ways = routed(flowOf(packets(family, targets, TCP_ONLY), { in: '' }), net, worldOf(net));
  return ways.flatMap((way) => {
    const source = chosenSource(net, way);
    return source ? leaving(station, way, source) : [];
  });
}

function chosenSource(net: Namespace, { flow, route, hop }: Routed): Address | null {
  if (route?.type !== 'unicast' || !hop?.device) return null;
  if (route.source) return route.source;
  const given = worldOf(net).masquerade({ ...flow, out: hop.device, gateway: hop.via });
  return typeof given === 'string' ? null : onlyAddress(given);
}

function leaving(station: Station, { flow, hop }: Routed, source: Address): Departure[] {
  const destinations = flow.destination.now;
  const plain = { station, source, leaves: source, out: hop!.device!, gateway: hop!.via };
  const doubts = unchained(flow.doubts);
  if (!hasRules(station)) return [{ ...plain, destinations, doubts }];
  const parts = send(station.net, packets(addressSet(source), destinations, TCP_ONLY));
  return parts.flatMap((part) =>
    part.outcomes.flatMap((outcome): Departure[] => {
      const leaves = onlyAddress(translatedSet(part.packets.source, outcome.source));
      // what is sent elsewhere from here on has this namespace for its director
      if (outcome.verdict !== 'forwarded' || outcome.destination || outcome.server) return [];
      if (outcome.out === null || leaves === null) return [];
      const { out, gateway } = outcome;
      const reached = part.packets.destination;
      return [{ ...plain, leaves, out, gateway, destinations: reached, doubts: outcome.doubts }];
    }),
  );
}

/** Without rules and virtual services, what leaves is what was sent. */
const hasRules = ({ net }: Station) =>
  net.services.length > 0 ||
  net.ruleset.tables.some(({ chains }) => [...chains.values()].some(({ rules }) => rules.length > 0));

/** What namespaces send, by where it goes first. */
export interface Traffic {
  departures: readonly Departure[];
  /** Those that go to a namespace of the fleet as their router. */
  byRouter: ReadonlyMap<Station, readonly Routing[]>;
}

interface Routing {
  departure: Departure;
  input: string | null;
}

/** Of the whole fleet, toward any of `targets`. */
export function trafficOf(topology: Topology, targets: AddressSet): Traffic {
  const departures = topology.stations.flatMap((station) => departuresOf(station, targets));
  const byRouter = new Map<Station, Routing[]>();
  for (const departure of departures) {
    const { station, out, gateway } = departure;
    for (const router of gateway ? neighboursOf(topology, station, out, gateway) : []) {
      const known = byRouter.get(router.station) ?? [];
      known.push({ departure, input: router.input });
      byRouter.set(router.station, known);
    }
  }
  return { departures, byRouter };
}

/** Who first gets what a departure sends to one address; `far`: by a router that is not of the fleet. */
export function firstStops(
  topology: Topology,
  { station, out, gateway }: Departure,
  target: Address,
): { stops: Neighbour[]; far: boolean } {
  const stops = neighboursOf(topology, station, out, gateway ?? target);
  return { stops, far: stops.length === 0 && gateway !== null };
}

export const goesTo = ({ destinations }: Departure, target: Address) => contains(destinations, target);
