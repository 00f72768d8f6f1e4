/**
 * The interfaces that share a segment: a frame sent by one of them reaches the others. Within a kernel they are found by
 * bridges and by both ends of a veth pair; between hosts by addresses of one network.
 */

import { groupedBy } from '../../grouped-by.ts';
import { onceFor } from '../../once-for.ts';
import { printAddress } from '../address-text.ts';
import { prefixSet, toCidrs } from '../addresses.ts';
import type { Interface } from '../interfaces.ts';
import { findLeads, type Lead } from './leads.ts';
import type { NetnsNode } from './nodes.ts';
import { joinWithinKernels } from './pairs.ts';
import { type End, endsOf, join, type Segment, segmentOf } from './segments.ts';

/** The link that an interface is on. */
export interface Link {
  /** A number, equal for interfaces of one segment. */
  segment: number;
  /**
   * - `silent`: nowhere; it holds addresses that no neighbour asks for (lo, dummy0, kube-ipvs0, tunl0)
   * - `private`: to other namespaces of its host
   * - `public`: out of the host
   * - `unknown`: to a namespace that was not seen, which may be of another host or of this one
   */
  kind: 'silent' | 'private' | 'public' | 'unknown';
}

/** Tells whether others than the host itself may be on the link. */
export const mayLeadOut = ({ kind }: Link): boolean => kind === 'public' || kind === 'unknown';

/** Links by node and name of the interface. */
export type Links = ReadonlyMap<NetnsNode, ReadonlyMap<string, Link>>;

/** Returns the link that an interface of a node is on. */
export function linkOf(links: Links, node: NetnsNode, { name }: Interface): Link {
  // biome-ignore lint/style/noNonNullAssertion: linksOf numbers each interface of each node of the fleet
  return links.get(node)!.get(name)!;
}

/** Returns the interfaces that a node has on a segment, by name. */
export function interfacesOn(links: Links, node: NetnsNode, segment: number): readonly string[] {
  const own = links.get(node);
  return own === undefined ? [] : (bySegment(own).get(segment) ?? []);
}

const bySegment = onceFor((own: ReadonlyMap<string, Link>): ReadonlyMap<number, readonly string[]> => {
  const groups = groupedBy(own, ([, link]) => link.segment);
  return new Map([...groups].map(([segment, entries]) => [segment, entries.map(([name]) => name)]));
});

export function findLinks(nodes: readonly NetnsNode[]): Links {
  const ends = endsOf(nodes);
  const found = joinWithinKernels(ends);
  const silent = new Set(ends.filter(({ device }) => isSilent(device)));
  const heard = ends.filter((end) => !silent.has(end));
  const leads = findLeads(heard, found);
  const leadOf = (end: End): Lead => leads.get(segmentOf(end)) ?? 'in';
  const outer = heard.filter((end) => leadOf(end) !== 'in');
  const out = new Set(outer.filter((end) => leadOf(end) === 'out'));
  for (const end of joinByNetworks(outer)) out.add(end);
  const segmentsOut = new Set([...out].map(segmentOf));
  const segmentsUnknown = new Set(outer.map(segmentOf));
  return numbered(ends, (end) => {
    if (silent.has(end)) return 'silent';
    if (segmentsOut.has(segmentOf(end))) return 'public';
    return segmentsUnknown.has(segmentOf(end)) ? 'unknown' : 'private';
  });
}

/** Tells whether the interface has no ARP, and is no tunnel to somebody. */
function isSilent({ flags, name }: Interface): boolean {
  const noArp = flags.includes('NOARP') && !flags.includes('POINTOPOINT');
  return flags.includes('LOOPBACK') || noArp || name === 'kube-ipvs0';
}

/**
 * Hosts with addresses of one network share a segment. Where several have the very same address and no other there
 * (docker0's 172.17.0.1, QEMU's 10.0.2.15), each has a network of its own.
 *
 * @returns the ends that share a segment with another host, and so lead out
 */
function joinByNetworks(ends: readonly End[]): End[] {
  const members = new Map<string, Map<Segment, { end: End; addresses: Set<string> }>>();
  for (const end of ends) {
    for (const { address, prefix } of end.device.addresses) {
      if (prefix >= (address.family === 4 ? 32 : 128)) continue;
      if (address.family === 6 && isLinkLocal(address.value)) continue;
      const network = toCidrs(prefixSet(address, prefix)).join();
      const groups = members.get(network) ?? new Map();
      const group = groups.get(segmentOf(end)) ?? { end, addresses: new Set() };
      group.addresses.add(printAddress(address));
      members.set(network, groups.set(segmentOf(end), group));
    }
  }
  const shared: End[] = [];
  for (const groups of members.values()) {
    const bySignature = groupedBy(groups.values(), ({ addresses }) => [...addresses].sort().join());
    const [first, ...others] = [...bySignature.values()].flatMap((same) => (same.length === 1 ? same : []));
    if (!first) continue;
    for (const { end } of others) {
      join(first.end, end);
      if (end.node.host !== first.end.node.host) shared.push(end);
    }
  }
  return shared;
}

const isLinkLocal = (value: bigint) => value >> 118n === 0x3fan;

function numbered(ends: readonly End[], kindOf: (end: End) => Link['kind']): Links {
  const links = new Map<NetnsNode, Map<string, Link>>();
  let next = 0;
  for (const end of ends) {
    const root = segmentOf(end);
    if (root.number < 0) root.number = next++;
    const own = links.get(end.node) ?? new Map<string, Link>();
    links.set(end.node, own.set(end.device.name, { segment: root.number, kind: kindOf(end) }));
  }
  return links;
}
