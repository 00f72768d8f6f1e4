/** Namespaces that give many clients one source address toward a server, without being asked for it by its address. */
import type { Address } from './address-text.ts';
import {
  type AddressSet,
  addressSet,
  contains,
  difference,
  intersection,
  isEmpty,
  prefixSet,
  size,
  unionOf,
} from './addresses.ts';
import { TCP } from './fields.ts';
import { ownAddresses } from './namespace.ts';
import { sourceRules } from './nat-rules.ts';
import { afterwards } from './outcomes.ts';
import { packets } from './packets.ts';
import { type Crowd, innerNetworks, memberOf } from './paths-clients.ts';
import type { Unfollowed } from './paths-services.ts';
import { sourcesOf } from './paths-sources.ts';
import { type Served, waysFrom, waysThrough } from './paths-ways.ts';
import type { Topology } from './topology.ts';
import type { Departure, Traffic } from './topology-departures.ts';
import { groupedBy } from './topology-groups.ts';
import type { Station } from './topology-stations.ts';
import { addressesIn } from './trace.ts';
import { receive } from './walk.ts';

/** Servers that are followed for one translator. */
const MAX_SERVERS = 256;

/** Passers-by of a translator: who they are, and where they may go. */
interface Passing {
  crowd: Crowd;
  departures: readonly Departure[] | null;
  destinations: AddressSet;
}

/** Servers that see several clocks, or some that are not known, behind an address of a translator. */
export function translatedPaths(
  topology: Topology,
  traffic: Traffic,
  spread: number,
): { served: Served[]; unfollowed: Unfollowed[] } {
  const served: Served[] = [];
  const unfollowed: Unfollowed[] = [];
  for (const station of topology.stations) {
    if (sourceRules(station.net.ruleset).length === 0) continue;
    const passing = passingBy(topology, traffic, station);
    const servers = unionOf(passing.map((one) => serversBehind(station, one, topology)));
    if (size(servers) > BigInt(MAX_SERVERS)) {
      const reason = `addresses are translated toward more than ${MAX_SERVERS} servers; not all were followed`;
      unfollowed.push({ station, reason });
    }
    for (const server of addressesIn(servers).slice(0, MAX_SERVERS)) {
      const found = toward(topology, station, passing, server);
      if (found && sourcesOf(found.ways, spread).some(({ clocks, unknown }) => clocks + unknown > 1))
        served.push(found);
    }
  }
  return { served, unfollowed };
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
  const device = station.net.interfaces.find(({ name }) => name === input);
  if (!device || topology.wires.get(station)!.get(device.name)!.kind !== 'public') return [];
  const near = unionOf(device.addresses.map(({ address, prefix }) => prefixSet(address, prefix)));
  const sources = difference(near, topology.own);
  const others = [near, innerNetworks(topology, station)].reduce(difference, destinations);
  if (isEmpty(sources) || isEmpty(others)) return [];
  const members = [{ client: { station: null, sources }, leaves: null }];
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
