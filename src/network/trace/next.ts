/** The nodes of the fleet that get next the packets that a namespace sends out. */
import { type Address, printAddress } from '../address-text.ts';
import {
  type AddressSet,
  addressSet,
  difference,
  firstAddress,
  intersection,
  onlyAddress,
  size,
} from '../addresses.ts';
import { interfaceNamed } from '../interfaces.ts';
import { mayLeadOut } from '../topology/links.ts';
import { missingFor, type NetnsNode } from '../topology/nodes.ts';
import { type Neighbour, neighboursOf, ownersOf, type Topology } from '../topology/topology.ts';
import { byChance, type Doubt, unknown } from '../walk/flow.ts';
import type { Outcome } from '../walk/outcomes.ts';
import type { PacketSet } from '../walk/packets.ts';

export interface NextStop {
  /** The next node; null: nobody of the fleet. */
  stop: Neighbour | null;
  /** The destinations of the packets that go there. */
  destination: AddressSet;
  doubts: Doubt[];
}

/** The most addresses of a pool that are followed one by one. */
const MAX_POOL = 16;

/**
 * Returns null where next hops are too many to follow. `packets`: as they leave. `chosen`: true where their destinations
 * are what NAT may have chosen from, for each packet one of them.
 */
export function nextStops(
  topology: Topology,
  from: NetnsNode,
  outcome: Outcome,
  packets: PacketSet,
  chosen: boolean,
): NextStop[] | null {
  const parts = chosen ? null : eachOwned(topology, from, outcome, packets.destination);
  if (parts) return parts;
  const targets = targetsOf(outcome, packets);
  if (targets === null) return null;
  const chance = targets.length === 1 ? [] : [byChance(`which of ${targets.length} addresses was chosen`)];
  return targets.flatMap((target) => {
    const destination = targets.length === 1 ? packets.destination : addressSet(target);
    const stops = stopsAt(topology, from, outcome, target, destination);
    return stops.map(({ stop, doubts }) => ({ stop, destination, doubts: [...chance, ...doubts] }));
  });
}

/** Divides packets that go to several addresses by whoever of the fleet has these; null where all have one next hop. */
function eachOwned(
  topology: Topology,
  from: NetnsNode,
  outcome: Outcome,
  destination: AddressSet,
): NextStop[] | null {
  const { gateway, server, out } = outcome;
  if (server || out === null || onlyAddress(destination)) return null;
  if (gateway && neighboursOf(topology, from, out, gateway).length > 0) return null;
  const owned = addressesIn(intersection(destination, topology.own));
  const stops = owned.flatMap((one) => {
    const set = addressSet(one);
    return stopsAt(topology, from, outcome, gateway ?? one, set).map((stop) => ({
      ...stop,
      destination: set,
    }));
  });
  const rest = difference(destination, topology.own);
  const some = firstAddress(rest);
  if (some === null) return stops;
  const doubts = unseenBeyond(topology, from, out, gateway ?? some);
  return [...stops, { stop: null, destination: rest, doubts }];
}

/** Returns the addresses that the next frame is for. */
function targetsOf({ gateway, server, destination }: Outcome, packets: PacketSet): Address[] | null {
  if (gateway) return [gateway];
  // direct routing and tunnels leave the destination as it is
  if (server) return [server.address];
  const only = onlyAddress(packets.destination);
  if (only) return [only];
  if (destination?.kind !== 'pool' || size(packets.destination) > BigInt(MAX_POOL)) return null;
  return addressesIn(packets.destination);
}

/** Returns the addresses one by one: for small sets only. */
export function addressesIn(set: AddressSet): Address[] {
  const { v4, v6 } = set;
  const result: Address[] = [];
  for (let i = 0; i < v4.length; i += 2)
    // biome-ignore lint/style/noNonNullAssertion: i is below length, and ranges have two ends
    for (let value = v4[i]!; value <= v4[i + 1]!; value++) result.push({ family: 4, value });
  for (let i = 0; i < v6.length; i += 2)
    // biome-ignore lint/style/noNonNullAssertion: i is below length, and ranges have two ends
    for (let value = v6[i]!; value <= v6[i + 1]!; value++) result.push({ family: 6, value });
  return result;
}

function stopsAt(
  topology: Topology,
  from: NetnsNode,
  outcome: Outcome,
  target: Address,
  destination: AddressSet,
): Omit<NextStop, 'destination'>[] {
  // biome-ignore lint/style/noNonNullAssertion: traces end where an outcome has no interface
  const out = outcome.out!;
  const found = neighboursOf(topology, from, out, target);
  if (found.length > 0) {
    const names = found.map(({ node }) => node.name).join(', ');
    const doubts = found.length > 1 ? [unknown(`who answers for ${printAddress(target)}: ${names}`)] : [];
    return found.map((stop) => ({
      stop: throughTunnel(stop, outcome),
      doubts: stop.doubt ? [stop.doubt, ...doubts] : doubts,
    }));
  }
  const beyond = outcome.gateway ? behindRouter(topology, from, outcome, destination) : null;
  if (!beyond) return [{ stop: null, doubts: unseenBeyond(topology, from, out, target) }];
  const why = `${printAddress(target)} is not in the inventory: it may translate addresses, or drop packets`;
  return [{ stop: throughTunnel(beyond, outcome), doubts: [unknown(why)] }];
}

/** Returns the reasons why an address that nobody was found to have may still be there. */
function unseenBeyond({ nodes, links }: Topology, from: NetnsNode, out: string, target: Address): Doubt[] {
  const kind = links.get(from)?.get(out)?.kind ?? 'silent';
  if (kind === 'silent') return [];
  const inside = kind === 'private';
  const unread = nodes.filter(
    (node) =>
      (!inside || node.host === from.host) &&
      missingFor(node, addressSet(target)).some(({ what, inPart }) => what === 'addresses' && !inPart),
  );
  const names = unread.slice(0, 8).map(({ name }) => name);
  const reasons = [
    ...(kind === 'unknown'
      ? [`where ${out} of ${from.name} leads: its other end is in a namespace that was not seen`]
      : []),
    ...(inside && !from.allSeen
      ? [`not all namespaces of ${from.host} were seen, and one may have ${printAddress(target)}`]
      : []),
    ...(names.length > 0
      ? [`the addresses of ${names.join(', ')} could not be read: ${printAddress(target)} may be there`]
      : []),
  ];
  return reasons.map(unknown);
}

/** Returns whoever of the fleet alone has the address: a router that is not in the inventory leads there. */
function behindRouter(
  topology: Topology,
  from: NetnsNode,
  { server }: Outcome,
  destinations: AddressSet,
): Neighbour | null {
  const destination = server?.address ?? onlyAddress(destinations);
  return destination ? onlyDoor(topology, destination, from) : null;
}

/**
 * Returns the node where packets for an address come in from afar, if only one of the fleet has it where others can
 * reach it.
 */
export function onlyDoor(topology: Topology, address: Address, from: NetnsNode): Neighbour | null {
  const doors = ownersOf(topology, address).filter(({ link, node }) => mayLeadOut(link) && node !== from);
  const [door] = doors;
  return door && new Set(doors.map(({ node }) => node)).size === 1
    ? { node: door.node, input: door.device.name, doubt: null }
    : null;
}

/**
 * Returns the real server's tunnel interface, where packets that IPVS tunnels come out (ipip; linux net/ipv4/ipip.c).
 */
function throughTunnel(stop: Neighbour, { server }: Outcome): Neighbour {
  if (server?.forwarding !== 'tunnel') return stop;
  const name = server.address.family === 4 ? 'tunl0' : 'ip6tnl0';
  return interfaceNamed(stop.node.net.interfaces, name) ? { ...stop, input: name } : stop;
}
