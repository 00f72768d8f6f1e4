/**
 * The interfaces of one kernel that share a segment: ports of a bridge or bond, both ends of a veth pair, macvlan and
 * ipvlan with what they stand on. `ip address` does not say of what kind a device is, only where its other end or the
 * device below it is: `veth1@veth0` in the same namespace, `eth0@if7` by its index in another one (IFLA_LINK and
 * IFLA_LINK_NETNSID, linux net/core/rtnetlink.c).
 */
import { groupedBy } from '../../grouped-by.ts';
import { type End, join } from './segments.ts';

/**
 * Joins those ends, and returns the ones whose other end, or the device below them, is known to be in a namespace that
 * was seen.
 */
export function joinWithinKernels(ends: readonly End[]): ReadonlySet<End> {
  const found = new Set<End>();
  // a host and the containers on it may all be in the inventory
  for (const own of groupedBy(ends, ({ node }) => node.kernel.boot).values()) joinWithinKernel(own, found);
  return found;
}

function joinWithinKernel(ends: readonly End[], found: Set<End>): void {
  const named = new Map(ends.map((end) => [nameOf(end, end.device.name), end]));
  const indexed = groupedBy(ends, ({ device }) => device.index);
  for (const end of ends) {
    const { master, peer } = end.device;
    const bridge = master === null ? undefined : named.get(nameOf(end, master));
    if (bridge && !isRoutingDomain(bridge)) join(end, bridge);
    const beside = peer === null ? undefined : named.get(nameOf(end, peer));
    if (beside?.device.peer === end.device.name) join(end, beside);
    if (!isPair(end)) continue;
    const other = otherEnd(end, indexed);
    if (other) found.add(other);
    const beyond = other ?? deviceBelow(end, indexed);
    if (!beyond) continue;
    join(end, beyond);
    found.add(end);
  }
}

const nameOf = ({ node }: End, device: string) => `${node.name} ${device}`;

/** A VRF's ports share routing tables, and no segment (Documentation/networking/vrf.rst); bridges and bonds have ARP. */
const isRoutingDomain = ({ device: { flags } }: End) => flags.includes('NOARP');

/** Tells whether an interface is one end of a pair, or a child of an interface, in another namespace. */
export const isPair = ({ device: { peer } }: Pick<End, 'device'>): boolean =>
  peer !== null && /^if\d+$/.test(peer);

type Indexed = ReadonlyMap<number, readonly End[]>;

const atPeer = ({ device: { peer } }: End, indexed: Indexed): readonly End[] =>
  indexed.get(Number(peer?.slice(2))) ?? [];

/**
 * Returns the other end of a veth pair: each names the other. Indexes repeat among namespaces, so of several the one in
 * the host's own namespace counts, from which containers are made, or none.
 */
function otherEnd(end: End, indexed: Indexed): End | undefined {
  const back = `if${end.device.index}`;
  const all = atPeer(end, indexed).filter(({ node, device }) => node !== end.node && device.peer === back);
  const made = all.filter(({ node }) => node.init && node.host === end.node.host);
  const [only, ...others] = made.length > 0 ? made : all;
  return others.length === 0 ? only : undefined;
}

/**
 * Returns the device in the host's own namespace that a macvlan or ipvlan stands on, which names nobody; or another
 * device, as long as no namespace was left out that may have the other end.
 */
function deviceBelow(end: End, indexed: Indexed): End | undefined {
  const { node } = end;
  if (node.init) return undefined;
  const below = atPeer(end, indexed).find((one) => one.node.init && one.node.host === node.host);
  return below && (!isPair(below) || node.allSeen) ? below : undefined;
}
