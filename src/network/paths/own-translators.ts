/** Paths of clients whose own namespace gives their connections other source ports: nobody else need be on the way. */
import { type Address, printAddress } from '../address-text.ts';
import { addressSet, NONE } from '../addresses.ts';
import { TCP } from '../fields.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { losesPorts } from '../walk/port-allocation.ts';
import { type ClientTrace, clientTracesFrom, type Served } from './client-traces.ts';
import type { Departure } from './departures.ts';
import { senderOf, sourcesOf } from './sources.ts';
import { departuresByDestination, type Traffic } from './traffic.ts';

/** The most clients of one server that are followed: what is true of these is so of others. */
const MOST_CLIENTS = 8;

/**
 * Returns one path for each server that compares the timestamps of such clients, where these may begin anew with each
 * port.
 */
export function ownTranslatedPaths(topology: Topology, { departures }: Traffic): Served[] {
  const mixed = departuresByDestination(departures.filter(isMixed));
  return topology.nodes.filter(mayCompareStamps).flatMap((server) => {
    const traces: ClientTrace[] = [];
    const followed = new Set<NetnsNode>();
    let address: Address | null = null;
    for (const own of addressesOf(server)) {
      for (const { node } of mixed.meeting(addressSet(own))) {
        if (node === server || followed.has(node) || followed.size >= MOST_CLIENTS) continue;
        followed.add(node);
        address ??= own;
        traces.push(...clientTracesFrom(topology, node, own, { protocol: [TCP, TCP] }));
      }
    }
    const delivered = traces.filter(({ trace }) => trace.ending === 'delivered');
    return address === null ? [] : servedBy(address, delivered);
  });
}

const mayCompareStamps = ({ timestamps, listeners }: NetnsNode): boolean =>
  timestamps !== 0 && (listeners === null || !listeners.isWhole || listeners.list.length > 0);

/** Tells whether stamps of different offsets may leave by one port: not once routers have passed them on. */
const isMixed = ({ node, hops, translation: { allocation } }: Departure): boolean =>
  hops.length === 0 &&
  allocation !== null &&
  losesPorts(allocation) !== false &&
  senderOf({ node, sources: NONE }).byPort !== false;

function addressesOf({ net }: NetnsNode): Address[] {
  const loopback = net.interfaces.filter(({ flags }) => flags.includes('LOOPBACK'));
  const own = net.interfaces.filter((one) => !loopback.includes(one)).flatMap(({ addresses }) => addresses);
  return [...new Map(own.map(({ address }) => [printAddress(address), address])).values()];
}

/** Takes the namespace behind the worst source for the NAT gateway. */
function servedBy(address: Address, clientTraces: ClientTrace[]): Served[] {
  const [worst] = sourcesOf(clientTraces);
  const hops = clientTraces.flatMap(({ trace }) => trace.hops[0] ?? []);
  const hop = hops.find(({ node }) => node === worst?.senders[0]?.client.node) ?? hops[0];
  return hop === undefined ? [] : [{ address, port: 0, hop, clientTraces }];
}
