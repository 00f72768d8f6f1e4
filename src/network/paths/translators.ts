/** Namespaces that give many clients one source address toward a server, without being addressed itself. */

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
import { linkOf, mayLeadOut } from '../topology/links.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { addressesIn } from '../trace/next.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import { afterwards } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { receive } from '../walk/walk.ts';
import { clientTracesFrom, clientTracesThrough, type Served } from './client-traces.ts';
import { type Client, type ClientClass, doubtsOfLink, innerNetworks, memberOf } from './clients.ts';
import type { Departure } from './departures.ts';
import type { Unfollowed } from './services.ts';
import { count, senderOf, sourcesOf } from './sources.ts';
import type { Traffic } from './traffic.ts';

/** More servers than this are not followed, of the whole fleet. */
const MAX_SERVERS = 5000;

/**
 * Returns the paths to servers that see several clocks, or some that are not known, behind an address of a translator:
 * each once, behind the one that hides the most.
 */
export function translatedPaths(
  topology: Topology,
  traffic: Traffic,
): { served: Served[]; unfollowed: Unfollowed[] } {
  const hiding = topology.nodes.flatMap((node) => hidingOf(topology, traffic, node));
  hiding.sort((a, b) => b.clocks + b.unknown - (a.clocks + a.unknown) || b.clocks - a.clocks);
  const served: Served[] = [];
  let left = topology.own;
  let looks = 0;
  for (const { node, passing, servers } of hiding) {
    for (const server of addressesIn(intersection(servers, left))) {
      if (looks++ >= MAX_SERVERS) return { served, unfollowed: [{ node, reason: TOO_MANY }] };
      const found = toward(topology, node, passing, server);
      if (!found || !sourcesOf(found.clientTraces).some(hidesSeveral)) continue;
      served.push(found);
      left = difference(left, addressSet(server));
    }
  }
  return { served, unfollowed: [] };
}

const TOO_MANY = `source addresses are translated toward more than ${MAX_SERVERS} servers; not all were followed`;

const hidesSeveral = ({ clocks, unknown }: { clocks: number; unknown: number }) => clocks + unknown > 1;

/** A translator, the clients that pass it, and the servers that see them from an address of its choice. */
interface Hiding {
  node: NetnsNode;
  passing: Passing[];
  servers: AddressSet;
  clocks: number;
  unknown: number;
}

/** Returns none where all who pass are sure to have one clock: most nodes hide only what runs on themselves. */
function hidingOf(topology: Topology, traffic: Traffic, node: NetnsNode): Hiding[] {
  if (sourceRules(node.net.ruleset).length === 0) return [];
  const passing = passingBy(topology, traffic, node);
  const own: Client = { node, sources: NONE };
  const clients = [
    own,
    ...passing.flatMap(({ clientClass }) => clientClass.members.map(({ client }) => client)),
  ];
  const counted = count(clients.map((client) => senderOf(client)));
  if (!hidesSeveral(counted)) return [];
  const servers = unionOf(passing.map((one) => serversBehind(node, one, topology)));
  return isEmpty(servers) ? [] : [{ node, passing, servers, ...counted }];
}

/** The clients that pass a translator, and their possible destinations. */
interface Passing {
  clientClass: ClientClass;
  departures: readonly Departure[] | null;
  destinations: AddressSet;
}

function passingBy(topology: Topology, traffic: Traffic, node: NetnsNode): Passing[] {
  const own = ownAddresses(node.net);
  const routed = traffic.byRouter.get(node) ?? [];
  const ofFleet = [...groupedBy(routed, ({ input }) => input)].map(([input, entries]): Passing => {
    const departures = entries.map(({ departure }) => departure);
    const clientClass: ClientClass = {
      node,
      input,
      members: departures.map(memberOf),
      sources: unionOf(departures.map(({ leaves }) => addressSet(leaves))),
      doubts: [],
    };
    const destinations = difference(unionOf(departures.map((one) => one.destinations)), own);
    return { clientClass, departures, destinations };
  });
  return [...ofFleet, ...ofFleet.flatMap((one) => otherExternalClients(topology, one))];
}

/**
 * Returns the external clients beside a namespace: where some of the fleet have it for their router, neighbours that
 * are not of the fleet may have, too; but not to what runs on the host itself.
 */
function otherExternalClients(
  topology: Topology,
  { clientClass: { node, input }, destinations }: Passing,
): Passing[] {
  const device = input === null ? undefined : interfaceNamed(node.net.interfaces, input);
  const link = device && linkOf(topology.links, node, device);
  if (!link || !mayLeadOut(link)) return [];
  const near = unionOf(device.addresses.map(({ address, prefix }) => prefixSet(address, prefix)));
  const sources = difference(near, topology.own);
  const others = [near, innerNetworks(topology, node)].reduce(difference, destinations);
  if (isEmpty(sources) || isEmpty(others)) return [];
  const members = [{ client: { node: null, sources }, leaves: null, hops: [] }];
  const doubts = doubtsOfLink(link, `${device.name} of ${node.name}`);
  const clientClass: ClientClass = { node, input, members, sources, doubts };
  return [{ clientClass, departures: null, destinations: others }];
}

/** Returns addresses of the fleet toward which the translator changes the source of those who pass. */
function serversBehind(
  { net }: NetnsNode,
  { clientClass, destinations }: Passing,
  { own }: Topology,
): AddressSet {
  if (isEmpty(destinations)) return destinations;
  const parts = receive(
    net,
    packets(clientClass.sources, destinations, { protocol: [TCP, TCP] }),
    clientClass.input,
  );
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
  node: NetnsNode,
  passing: readonly Passing[],
  server: Address,
): Served | null {
  const fields = { protocol: [TCP, TCP] };
  const clientClasses = passing.flatMap((one) => clientClassToward(one, server));
  const clientTraces = clientClasses.flatMap((clientClass) =>
    clientTracesThrough(topology, clientClass, server, fields),
  );
  const through = clientTraces.flatMap(({ trace }) => trace.hops[0] ?? []);
  const [hop] = through.filter(({ outcome }) => outcome.source !== null);
  if (!hop) return null;
  // packets of the translator itself bear its address there, too
  return {
    address: server,
    port: 0,
    hop,
    clientTraces: [...clientTraces, ...clientTracesFrom(topology, node, server, fields)],
  };
}

function clientClassToward(
  { clientClass, departures, destinations }: Passing,
  server: Address,
): ClientClass[] {
  if (!contains(destinations, server)) return [];
  if (!departures) return [clientClass];
  const some = departures.filter((one) => contains(one.destinations, server));
  const sources = unionOf(some.map(({ leaves }) => addressSet(leaves)));
  return some.length === 0 ? [] : [{ ...clientClass, members: some.map(memberOf), sources }];
}
