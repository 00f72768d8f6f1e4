/** The owners of each address of a fleet, and the receivers of packets that another sends. */
import { type Address, printAddress } from '../address-text.ts';
import { type AddressSet, addressSet, contains, difference, prefixSet, unionOf } from '../addresses.ts';
import { type Interface, type InterfaceAddress, interfaceNamed } from '../interfaces.ts';
import { findLinks, interfacesOn, type Link, type Links, linkOf } from './links.ts';
import type { NetnsNode } from './nodes.ts';

/** An address on an interface of a namespace. */
export interface AddressOwner {
  node: NetnsNode;
  device: Interface;
  address: InterfaceAddress;
  link: Link;
}

export interface Topology {
  nodes: readonly NetnsNode[];
  links: Links;
  /** The owners by the address as text. */
  owners: ReadonlyMap<string, readonly AddressOwner[]>;
  /** Every address of the fleet, without 127.0.0.0/8 and ::1. */
  own: AddressSet;
}

const LOOPBACK = unionOf([
  prefixSet({ family: 4, value: 0x7f000000 }, 8),
  addressSet({ family: 6, value: 1n }),
]);

export function topologyOf(nodes: readonly NetnsNode[]): Topology {
  const links = findLinks(nodes);
  const owners = new Map<string, AddressOwner[]>();
  for (const node of nodes) {
    for (const device of node.net.interfaces) {
      const link = linkOf(links, node, device);
      for (const address of device.addresses) {
        const key = printAddress(address.address);
        const known = owners.get(key);
        const owner = { node, device, address, link };
        if (known) known.push(owner);
        else owners.set(key, [owner]);
      }
    }
  }
  const all = [...owners.values()].flatMap(([first]) => (first ? addressSet(first.address.address) : []));
  return { nodes, links, owners, own: difference(unionOf(all), LOOPBACK) };
}

export function ownersOf({ owners }: Topology, address: Address): readonly AddressOwner[] {
  return owners.get(printAddress(address)) ?? [];
}

/** The node that gets a packet, and the interface by which it comes in. */
export interface Neighbour {
  node: NetnsNode;
  /** The interface; null: not known. */
  input: string | null;
}

/**
 * Returns the nodes that answer when `from` asks by its interface `out` for the neighbour `next`. None: nobody of the
 * fleet. Several: the same address is on more than one of them.
 */
export function neighboursOf(topology: Topology, from: NetnsNode, out: string, next: Address): Neighbour[] {
  const link = topology.links.get(from)?.get(out);
  if (!link) return [];
  const owners = ownersOf(topology, next).filter(({ node }) => node !== from);
  const onSegment = owners.filter((one) => one.link.segment === link.segment && one.link.kind !== 'silent');
  if (onSegment.length > 0) return onSegment.map(toNeighbour);
  const forOthers = owners.flatMap((one) => answersElsewhere(topology, one, link));
  if (forOthers.length > 0) return forOthers;
  return isTunnel(from, out, next) ? farEnd(owners, out) : [];
}

const toNeighbour = ({ node, device }: AddressOwner): Neighbour => ({ node, input: device.name });

/**
 * Tells whether a host answers elsewhere: with arp_ignore 0 it does on every interface for all of its addresses
 * (net/ipv4/arp.c, arp_ignore).
 */
function answersElsewhere({ links }: Topology, { node, address }: AddressOwner, link: Link): Neighbour[] {
  if (address.scope === 'host') return [];
  const inputs = interfacesOn(links, node, link.segment);
  const input = inputs.find((name) => effective(node, 'arp_ignore', name) === 0);
  return input === undefined ? [] : [{ node, input }];
}

/**
 * Returns the greater of `all` and the interface's own in net.ipv4.conf (ip-sysctl.rst); null where it is not known.
 */
export function effective(node: NetnsNode, key: string, device: string): number | null {
  const all = node.sysctls.get(`net.ipv4.conf.all.${key}`);
  // sysctl writes the dots in a name as slashes
  const own = node.sysctls.get(`net.ipv4.conf.${device.replaceAll('.', '/')}.${key}`);
  return all === undefined || own === undefined ? null : Math.max(all, own);
}

/**
 * Tells whether `next` is in no network of the interface: then it is the far end of a tunnel or an overlay (flannel.1,
 * tunl0).
 */
function isTunnel({ net }: NetnsNode, out: string, next: Address): boolean {
  const device = interfaceNamed(net.interfaces, out);
  return !device?.addresses.some(({ address, prefix }) => contains(prefixSet(address, prefix), next));
}

/** Returns the far end of a tunnel: it comes in by the tunnel of the same name, if there is one. */
function farEnd(owners: readonly AddressOwner[], out: string): Neighbour[] {
  const nodes = new Set(owners.flatMap(({ link, node }) => (link.kind === 'public' ? [node] : [])));
  const [node] = nodes;
  if (!node || nodes.size !== 1) return [];
  const named = interfaceNamed(node.net.interfaces, out) !== undefined;
  return [{ node, input: named ? out : null }];
}
