/** Namespaces that give many clients one source address toward a server, without being asked for it by its address. */

import { groupedBy } from '../../grouped-by.ts';
import type { Address } from '../address-text.ts';
import {
  type AddressSet,
  addressSet,
  contains,
  difference,
  intersection,
  isEmpty,
  NONE,
  prefixSet,
  unionOf,
} from '../addresses.ts';
import { TCP } from '../fields.ts';
import { interfaceNamed } from '../interfaces.ts';
import { sourceRules } from '../nat-rules.ts';
import type { Station } from '../topology/stations.ts';
import type { Topology } from '../topology/topology.ts';
import { addressesIn } from '../trace/next.ts';
import { ownAddresses } from '../walk/namespace.ts';
import { afterwards } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { receive } from '../walk/walk.ts';
import { type Client, type Crowd, innerNetworks, memberOf } from './clients.ts';
import type { Departure } from './departures.ts';
import type { Unfollowed } from './services.ts';
import { count, senderOf, sourcesOf } from './sources.ts';
import type { Traffic } from './traffic.ts';
import { type Served, waysFrom, waysThrough } from './ways.ts';

/** More servers than this are not followed, of the whole fleet. */
const MAX_SERVERS = 5000;

/**
 * Servers that see several clocks, or some that are not known, behind an address of a translator: each once, behind the
 * one that hides the most.
 */
export function translatedPaths(
  topology: Topology,
  traffic: Traffic,
  spread: number,
): { served: Served[]; unfollowed: Unfollowed[] } {
  const hiding = topology.stations.flatMap((station) => hidingOf(topology, traffic, station));
  hiding.sort((a, b) => b.clocks + b.unknown - (a.clocks + a.unknown) || b.clocks - a.clocks);
  const served: Served[] = [];
  let left = topology.own;
  let looks = 0;
  for (const { station, passing, servers } of hiding) {
    for (const server of addressesIn(intersection(servers, left))) {
      if (looks++ >= MAX_SERVERS) return { served, unfollowed: [{ station, reason: TOO_MANY }] };
      const found = toward(topology, station, passing, server);
      if (!found || !sourcesOf(found.ways, spread).some(hidesSeveral)) continue;
      served.push(found);
      left = difference(left, addressSet(server));
    }
  }
  return { served, unfollowed: [] };
}

const TOO_MANY = `source addresses are translated toward more than ${MAX_SERVERS} servers; not all were followed`;

const hidesSeveral = ({ clocks, unknown }: { clocks: number; unknown: number }) => clocks + unknown > 1;

/** A translator, who passes it, and the servers that see them from an address of its choice. */
interface Hiding {
  station: Station;
  passing: Passing[];
  servers: AddressSet;
  clocks: number;
  unknown: number;
}

/** None where all who pass are sure to have one clock: most nodes hide only what runs on themselves. */
function hidingOf(topology: Topology, traffic: Traffic, station: Station): Hiding[] {
  if (sourceRules(station.net.ruleset).length === 0) return [];
  const passing = passingBy(topology, traffic, station);
  const own: Client = { station, sources: NONE };
  const clients = [own, ...passing.flatMap(({ crowd }) => crowd.members.map(({ client }) => client))];
  const counted = count(clients.map((client) => senderOf(client, null)));
  if (!hidesSeveral(counted)) return [];
  const servers = unionOf(passing.map((one) => serversBehind(station, one, topology)));
  return isEmpty(servers) ? [] : [{ station, passing, servers, ...counted }];
}

/** Passers-by of a translator: who they are, and where they may go. */
interface Passing {
  crowd: Crowd;
  departures: readonly Departure[] | null;
  destinations: AddressSet;
}

function passingBy(topology: Topology, traffic: Traffic, station: Station): Passing[] {
  const own = ownAddresses(station.net);
  const routed = traffic.byRouter.get(station) ?? [];
  const ofFleet = [...groupedBy(routed, ({ input }) => input)].map(([input, entries]): Passing => {
    const departures = entries.map(({ departure }) => departure);
    const crowd: Crowd = {
      station,
      input,
      members: departures.map(memberOf),
      sources: unionOf(departures.map(({ leaves }) => addressSet(leaves))),
      doubts: [],
    };
    const destinations = difference(unionOf(departures.map((one) => one.destinations)), own);
    return { crowd, departures, destinations };
  });
  return [...ofFleet, ...ofFleet.flatMap((one) => strangersBeside(topology, one))];
}

/**
 * Where some of the fleet have this namespace for their router, neighbours that are not of the fleet may have, too; but
 * not to what runs on the host itself.
 */
function strangersBeside(
  topology: Topology,
  { crowd: { station, input }, destinations }: Passing,
): Passing[] {
  const device = input === null ? undefined : interfaceNamed(station.net.interfaces, input);
  if (!device || topology.wires.get(station)!.get(device.name)!.kind !== 'public') return [];
  const near = unionOf(device.addresses.map(({ address, prefix }) => prefixSet(address, prefix)));
  const sources = difference(near, topology.own);
  const others = [near, innerNetworks(topology, station)].reduce(difference, destinations);
  if (isEmpty(sources) || isEmpty(others)) return [];
  const members = [{ client: { station: null, sources }, leaves: null, legs: [] }];
  const crowd: Crowd = { station, input, members, sources, doubts: [] };
  return [{ crowd, departures: null, destinations: others }];
}

/** Addresses of the fleet toward which the translator changes the source of those who pass. */
function serversBehind({ net }: Station, { crowd, destinations }: Passing, { own }: Topology): AddressSet {
  if (isEmpty(destinations)) return destinations;
  const parts = receive(net, packets(crowd.sources, destinations, { protocol: [TCP, TCP] }), crowd.input);
  return unionOf(
    parts.flatMap(({ outcomes, packets: set }) =>
      outcomes
        .filter(
          ({ verdict, source, destination, server }) =>
            verdict === 'forwarded' && source !== null && destination === null && server === null,
        )
        .map((outcome) => intersection(afterwards(set, outcome).destination, own)),
    ),
  );
}

function toward(
  topology: Topology,
  station: Station,
  passing: readonly Passing[],
  server: Address,
): Served | null {
  const fields = { protocol: [TCP, TCP] };
  const crowds = passing.flatMap((one) => crowdToward(one, server));
  const ways = crowds.flatMap((crowd) => waysThrough(topology, crowd, server, fields));
  const through = ways.flatMap(({ journey }) => journey.legs[0] ?? []);
  const [leg] = through.filter(({ outcome }) => outcome.source !== null);
  if (!leg) return null;
  // what the translator itself sends there bears its address, too
  return { address: server, port: 0, leg, ways: [...ways, ...waysFrom(topology, station, server, fields)] };
}

function crowdToward({ crowd, departures, destinations }: Passing, server: Address): Crowd[] {
  if (!contains(destinations, server)) return [];
  if (!departures) return [crowd];
  const some = departures.filter((one) => contains(one.destinations, server));
  const sources = unionOf(some.map(({ leaves }) => addressSet(leaves)));
  return some.length === 0 ? [] : [{ ...crowd, members: some.map(memberOf), sources }];
}
