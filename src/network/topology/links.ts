/**
 * The interfaces that share a segment: a frame sent by one of them reaches the others. Within a host they are found by
 * bridges and by both ends of a veth pair; between hosts by addresses of one network.
 */

import { groupedBy } from '../../grouped-by.ts';
import { printAddress } from '../address-text.ts';
import { prefixSet, toCidrs } from '../addresses.ts';
import { type Interface, isInnerBridge } from '../interfaces.ts';
import type { NetnsNode } from './nodes.ts';

/** The link that an interface is on. */
export interface Link {
  /** A number, equal for interfaces of one segment. */
  segment: number;
  /**
   * - `silent`: nowhere; it holds addresses that no neighbour asks for (lo, dummy0, kube-ipvs0, tunl0)
   * - `private`: to other namespaces of its host
   * - `public`: out of the host
   */
  kind: 'silent' | 'private' | 'public';
}

/** Links by node and name of the interface. */
export type Links = ReadonlyMap<NetnsNode, ReadonlyMap<string, Link>>;

const BY_SEGMENT = new WeakMap<ReadonlyMap<string, Link>, ReadonlyMap<number, readonly string[]>>();

/** Returns the link that an interface of a node is on. */
export function linkOf(links: Links, node: NetnsNode, { name }: Interface): Link {
  // biome-ignore lint/style/noNonNullAssertion: linksOf numbers each interface of each node of the fleet
  return links.get(node)!.get(name)!;
}

/** Returns the interfaces that a node has on a segment, by name. */
export function interfacesOn(links: Links, node: NetnsNode, segment: number): readonly string[] {
  const own = links.get(node);
  if (!own) return [];
  const known = BY_SEGMENT.get(own) ?? bySegment(own);
  BY_SEGMENT.set(own, known);
  return known.get(segment) ?? [];
}

function bySegment(own: ReadonlyMap<string, Link>): Map<number, string[]> {
  const groups = groupedBy(own, ([, link]) => link.segment);
  return new Map([...groups].map(([segment, entries]) => [segment, entries.map(([name]) => name)]));
}

interface End {
  node: NetnsNode;
  device: Interface;
  group: Group;
}

/** Interfaces known to be on one segment; `into` once it has been joined to another. */
interface Group {
  into: Group | null;
  number: number;
}

export function findLinks(nodes: readonly NetnsNode[]): Links {
  const ends = nodes.flatMap((node) =>
    node.net.interfaces.map((device): End => ({ node, device, group: { into: null, number: -1 } })),
  );
  joinWithinHosts(ends);
  const silent = new Set(ends.filter(({ device }) => isSilent(device)));
  const bridges = new Map(nodes.map((node) => [node, mastersIn(node)]));
  // biome-ignore lint/style/noNonNullAssertion: each end is of one of these nodes
  const isLeadingOut = (end: End) => !silent.has(end) && leadsOut(end, bridges.get(end.node)!);
  const leadOut = new Set(ends.filter(isLeadingOut).map(rootOf));
  const outer = ends.filter((end) => !silent.has(end) && leadOut.has(rootOf(end)));
  joinByNetworks(outer);
  const outerRoots = new Set(outer.map(rootOf));
  return numbered(ends, (end) => {
    if (silent.has(end)) return 'silent';
    return outerRoots.has(rootOf(end)) ? 'public' : 'private';
  });
}

function rootOf(end: End): Group {
  let root = end.group;
  while (root.into) root = root.into;
  // the next look takes one step, however long the row of bridges was
  // biome-ignore lint/style/noNonNullAssertion: all but the root are joined into another
  for (let at = end.group; at !== root; ) [at.into, at] = [root, at.into!];
  return root;
}

function join(a: End, b: End): void {
  const [rootA, rootB] = [rootOf(a), rootOf(b)];
  if (rootA !== rootB) rootB.into = rootA;
}

/** Tells whether the interface has no ARP, and is no tunnel to somebody. */
function isSilent({ flags, name }: Interface): boolean {
  const noArp = flags.includes('NOARP') && !flags.includes('POINTOPOINT');
  return flags.includes('LOOPBACK') || noArp || name === 'kube-ipvs0';
}

const mastersIn = ({ net }: NetnsNode): ReadonlySet<string> =>
  new Set(net.interfaces.flatMap(({ master }) => master ?? []));

function leadsOut({ node, device }: End, masters: ReadonlySet<string>): boolean {
  if (!node.init || isInnerBridge(device)) return false;
  if (isPair(device)) return false;
  // the ports of a bridge decide for it
  return !masters.has(device.name);
}

/** True for one end of a pair, or a child of an interface in another namespace. */
const isPair = ({ peer }: Interface) => peer !== null && /^if\d+$/.test(peer);

function joinWithinHosts(ends: readonly End[]): void {
  for (const own of groupedBy(ends, ({ node }) => node.host).values()) {
    const init = new Map(own.flatMap((end) => (end.node.init ? [[end.device.index, end]] : [])));
    const named = new Map(own.map((end) => [`${end.node.namespace} ${end.device.name}`, end]));
    for (const end of own) {
      const { master, peer } = end.device;
      const bridge = master === null ? undefined : named.get(`${end.node.namespace} ${master}`);
      if (bridge) join(end, bridge);
      if (end.node.init || peer === null || !isPair(end.device)) continue;
      const other = init.get(Number(peer.slice(2)));
      // the other end of a pair names this one; what macvlan and ipvlan stand on names nobody
      if (other && (!isPair(other.device) || other.device.peer === `if${end.device.index}`)) join(end, other);
    }
  }
}

/**
 * Hosts with addresses of one network share a segment. Where several have the very same address and no other there
 * (docker0's 172.17.0.1, QEMU's 10.0.2.15), each has a network of its own.
 */
function joinByNetworks(ends: readonly End[]): void {
  const members = new Map<string, Map<Group, { end: End; addresses: Set<string> }>>();
  for (const end of ends) {
    for (const { address, prefix } of end.device.addresses) {
      if (prefix >= (address.family === 4 ? 32 : 128)) continue;
      if (address.family === 6 && isLinkLocal(address.value)) continue;
      const network = toCidrs(prefixSet(address, prefix)).join();
      const groups = members.get(network) ?? new Map();
      const group = groups.get(rootOf(end)) ?? { end, addresses: new Set() };
      group.addresses.add(printAddress(address));
      members.set(network, groups.set(rootOf(end), group));
    }
  }
  for (const groups of members.values()) {
    const bySignature = groupedBy(groups.values(), ({ addresses }) => [...addresses].sort().join());
    const [first, ...others] = [...bySignature.values()].flatMap((same) => (same.length === 1 ? same : []));
    if (first) for (const { end } of others) join(first.end, end);
  }
}

const isLinkLocal = (value: bigint) => value >> 118n === 0x3fan;

function numbered(ends: readonly End[], kindOf: (end: End) => Link['kind']): Links {
  const links = new Map<NetnsNode, Map<string, Link>>();
  let next = 0;
  for (const end of ends) {
    const root = rootOf(end);
    if (root.number < 0) root.number = next++;
    const own = links.get(end.node) ?? new Map<string, Link>();
    links.set(end.node, own.set(end.device.name, { segment: root.number, kind: kindOf(end) }));
  }
  return links;
}
