/** The owners of each address of a fleet, and the receivers of packets that another sends. */
import { type Address, printAddress } from '../address-text.ts';
import { type AddressSet, addressSet, contains, difference, prefixSet, unionOf } from '../addresses.ts';
import { greaterOf } from '../interface-settings.ts';
import { type Interface, type InterfaceAddress, interfaceNamed } from '../interfaces.ts';
import { type Doubt, unknown } from '../walk/flow.ts';
import { findLinks, interfacesOn, type Link, type Links, linkOf, mayLeadOut } from './links.ts';
import { distinctNodes, type NetnsNode } from './nodes.ts';

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
  /** The owners by the address as a number: one of 32 bits never equals one of 128, which is a bigint. */
  owners: ReadonlyMap<Address['value'], readonly AddressOwner[]>;
  /** Every address of the fleet, without 127.0.0.0/8 and ::1. */
  own: AddressSet;
}

const LOOPBACK = unionOf([
  prefixSet({ family: 4, value: 0x7f000000 }, 8),
  addressSet({ family: 6, value: 1n }),
]);

export function topologyOf(all: readonly NetnsNode[]): Topology {
  const nodes = distinctNodes(all);
  const links = findLinks(nodes);
  const owners = new Map<Address['value'], AddressOwner[]>();
  for (const node of nodes) {
    for (const device of node.net.interfaces) {
      const link = linkOf(links, node, device);
      for (const address of device.addresses) {
        const key = address.address.value;
        const known = owners.get(key);
        const owner = { node, device, address, link };
        if (known) known.push(owner);
        else owners.set(key, [owner]);
      }
    }
  }
  const own = [...owners.values()].flatMap(([first]) => (first ? addressSet(first.address.address) : []));
  return { nodes, links, owners, own: difference(unionOf(own), LOOPBACK) };
}

export function ownersOf({ owners }: Topology, address: Address): readonly AddressOwner[] {
  return owners.get(address.value) ?? [];
}

/** The node that gets a packet, and the interface by which it comes in. */
export interface Neighbour {
  node: NetnsNode;
  /** The interface; null: not known. */
  input: string | null;
  /** The reason why it is not sure that packets get there; null: it is. */
  doubt: Doubt | null;
}

/**
 * Returns the nodes that answer when `from` asks by its interface `out` for the neighbour `next`. None: nobody of the
 * fleet. Several: the same address is on more than one of them.
 */
export function neighboursOf(topology: Topology, from: NetnsNode, out: string, next: Address): Neighbour[] {
  const link = topology.links.get(from)?.get(out);
  if (!link) return [];
  const all = ownersOf(topology, next);
  if (all.length === 0) return [];
  const owners = all.filter(({ node }) => node !== from);
  const onSegment = owners.filter((one) => one.link.segment === link.segment && one.link.kind !== 'silent');
  if (onSegment.length > 0) return onSegment.map(toNeighbour);
  const forOthers = owners.flatMap((one) => answersElsewhere(topology, one, link));
  if (forOthers.length > 0) return forOthers;
  const far = isTunnel(from, out, next) ? farEnd(owners, out) : [];
  if (far.length > 0) return far;
  // an address that many have for themselves is asked of nobody
  if (!mayLeadOut(link) || owners.length < all.length) return [];
  const doubt = unknown(`whether ${out} of ${from.name} leads to ${printAddress(next)}, which others have`);
  return owners.filter((one) => mayLeadOut(one.link)).map((one) => ({ ...toNeighbour(one), doubt }));
}

const toNeighbour = ({ node, device }: AddressOwner): Neighbour => ({
  node,
  input: device.name,
  doubt: null,
});

/**
 * Tells whether a host answers elsewhere: with arp_ignore 0 it does on every interface for all of its addresses
 * (net/ipv4/arp.c, arp_ignore).
 */
function answersElsewhere({ links }: Topology, { node, address }: AddressOwner, link: Link): Neighbour[] {
  if (address.scope === 'host') return [];
  const inputs = interfacesOn(links, node, link.segment);
  const ignoring = (value: number | null) =>
    inputs.find((name) => effective(node, 'arp_ignore', name) === value);
  const input = ignoring(0);
  if (input !== undefined) return [{ node, input, doubt: null }];
  const maybe = ignoring(null);
  if (maybe === undefined) return [];
  const doubt = unknown(
    `whether ${node.name} answers for ${printAddress(address.address)} on ${maybe}: arp_ignore`,
  );
  return [{ node, input: maybe, doubt }];
}

/** Returns the value of a setting in force on an interface; null where it is not known. */
export function effective(
  { net }: NetnsNode,
  key: Parameters<typeof greaterOf>[1],
  device: string,
): number | null {
  const { values } = greaterOf(net.settings, key, device);
  const [only = null] = values;
  return values.length === 1 ? only : null;
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
  return [{ node, input: named ? out : null, doubt: null }];
}
