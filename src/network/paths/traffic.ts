/** The traffic among the namespaces of a fleet, through the routers among them. */
import { groupedBy } from '../../grouped-by.ts';
import { addressIndex } from '../address-index.ts';
import type { Address } from '../address-text.ts';
import {
  type AddressSet,
  addressSet,
  contains,
  difference,
  intersection,
  isEmpty,
  NONE,
  onlyAddress,
  union,
  unionOf,
} from '../addresses.ts';
import { TCP } from '../fields.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { type Neighbour, neighboursOf, type Topology } from '../topology/topology.ts';
import type { Hop } from '../trace/trace.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import { afterwards, translatedSet } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { receive } from '../walk/walk.ts';
import { type DeparturesToward, departuresToward } from './alike-senders.ts';
import { type Departure, findDepartures } from './departures.ts';

export interface Traffic {
  /** The departures of senders, and those that routers of the fleet have passed on. */
  departures: readonly Departure[];
  /** The same, found by where they go. Of very many that are alike, some stand for the rest. */
  toward: DeparturesToward;
  /** Who gets the packets of a departure that has a next router; none: nobody of the fleet. */
  routers: ReadonlyMap<Departure, readonly Neighbour[]>;
  /** The arrivals at a namespace of the fleet that is their router. */
  byRouter: ReadonlyMap<NetnsNode, readonly Arrival[]>;
  /** The destinations for which a router passes a departure on, as another one. */
  passedOn: ReadonlyMap<Departure, AddressSet>;
}

interface Arrival {
  departure: Departure;
  input: string | null;
}

/** The most routers in a row. */
const MAX_ROUTERS = 4;

/**
 * Returns the traffic of the whole fleet toward any of `targets`.
 *
 * @param alike the number of hosts of one kind from which on the others are counted
 */
export function traceTraffic(topology: Topology, targets: AddressSet, alike: number): Traffic {
  const departures: Departure[] = [];
  const routersOf = new Map<Departure, readonly Neighbour[]>();
  const byRouter = new Map<NetnsNode, Arrival[]>();
  const passedOn = new Map<Departure, AddressSet>();
  let latest = topology.nodes.flatMap((node) => findDepartures(node, targets));
  for (let routers = 0; latest.length > 0; routers++) {
    departures.push(...latest);
    for (const departure of latest) {
      const { from, out, gateway } = departure;
      if (gateway !== null) routersOf.set(departure, neighboursOf(topology, from, out, gateway));
    }
    const arrivals = latest.flatMap((departure) => arrivalsOf(departure, routersOf.get(departure) ?? []));
    latest = [];
    for (const [router, arrived] of groupedBy(arrivals, (one) => one.router)) {
      byRouter.set(router, [...(byRouter.get(router) ?? []), ...arrived]);
      if (routers < MAX_ROUTERS) latest.push(...through(router, arrived, passedOn));
    }
  }
  return {
    departures,
    toward: departuresToward(topology, { departures, routers: routersOf, passedOn }, targets, alike),
    routers: routersOf,
    byRouter,
    passedOn,
  };
}

export const departuresByDestination = (departures: readonly Departure[]) =>
  addressIndex(departures, ({ destinations }) => destinations);

const arrivalsOf = (
  departure: Departure,
  routers: readonly Neighbour[],
): (Arrival & { router: NetnsNode })[] =>
  routers.flatMap(({ node, input, doubt }) => (doubt ? [] : [{ departure, input, router: node }]));

/** Passes all that comes in by one interface together. */
function through(
  router: NetnsNode,
  arrived: readonly Arrival[],
  passedOn: Map<Departure, AddressSet>,
): Departure[] {
  const own = ownAddresses(router.net);
  return [...groupedBy(arrived, ({ input }) => input)].flatMap(([input, group]) => {
    const departures = group
      .map(({ departure }) => departure)
      .filter(({ hops }) => !hops.some(({ node }) => node === router));
    const byDestination = departuresByDestination(departures);
    const sources = unionOf(departures.map(({ leaves }) => addressSet(leaves)));
    const destinations = difference(unionOf(departures.map((one) => one.destinations)), own);
    if (isEmpty(sources) || isEmpty(destinations)) return [];
    const sent = packets(sources, destinations, { protocol: [TCP, TCP] });
    return receive(router.net, sent, input).flatMap(({ packets: before, outcomes }) =>
      outcomes.flatMap((outcome) => {
        // packets sent elsewhere from here on have this router for their NAT gateway
        if (outcome.verdict !== 'forwarded' || outcome.destination || outcome.server || outcome.out === null)
          return [];
        const hop: Hop = {
          node: router,
          entry: { kind: 'received', input },
          before,
          outcome,
          after: afterwards(before, outcome),
        };
        return byDestination.meeting(before.destination).flatMap((one) => passed(one, hop, passedOn));
      }),
    );
  });
}

function passed(departure: Departure, hop: Hop, passedOn: Map<Departure, AddressSet>): Departure[] {
  const { node, before, outcome } = hop;
  const destinations = intersection(departure.destinations, before.destination);
  if (!contains(before.source, departure.leaves) || isEmpty(destinations)) return [];
  passedOn.set(departure, union(passedOn.get(departure) ?? NONE, destinations));
  const leaves = onlyAddress(translatedSet(addressSet(departure.leaves), outcome.source));
  if (!leaves) return [];
  const { gateway } = outcome;
  const doubts = [...departure.doubts, ...outcome.doubts];
  const hops = [...departure.hops, hop];
  // biome-ignore lint/style/noNonNullAssertion: the caller leaves out outcomes without an interface
  return [{ ...departure, from: node, hops, leaves, destinations, out: outcome.out!, gateway, doubts }];
}

/** Returns who first gets the packets of a departure to one address; `far`: by a router that is not of the fleet. */
export function firstStops(
  topology: Topology,
  { routers }: Traffic,
  departure: Departure,
  target: Address,
): { stops: readonly Neighbour[]; far: boolean } {
  const { from, out, gateway } = departure;
  if (gateway === null) return { stops: neighboursOf(topology, from, out, target), far: false };
  const stops = routers.get(departure) ?? [];
  return { stops, far: stops.length === 0 };
}
