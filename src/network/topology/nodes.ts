/** The namespaces of a fleet: the facts known of each that bear on the path of packets. */
import { groupedBy } from '../../grouped-by.ts';
import type { Problem } from '../../model.ts';
import { type Address, printAddress } from '../address-text.ts';
import { type AddressSet, addressSet, prefixSet } from '../addresses.ts';
import type { Kernel } from '../clocks.ts';
import type { Interface } from '../interfaces.ts';
import type { Route } from '../routes.ts';
import { fullBudget } from '../walk/budget.ts';
import type { Namespace } from '../walk/namespace.ts';

export interface NetnsNode {
  host: string;
  namespace: string;
  /** The node's name: `m1` for a host's own namespace, `s2/rmt50-master` for others. */
  name: string;
  /** True for the host's own namespace. */
  init: boolean;
  /** The kernel's number for the namespace; '' where it is not known. */
  inode: string;
  /** True when all namespaces of its host were listed, and the devices in each of them are known. */
  allSeen: boolean;
  net: Namespace;
  kernel: Kernel;
  /** The value of net.ipv4.tcp_timestamps; null: not known. */
  timestamps: number | null;
  /** The seconds for which conntrack holds a connection in TIME_WAIT, with its ports; null: not known. */
  portsHeld: number | null;
  /** The sockets that listen for TCP connections; null where they are not known. */
  listeners: { list: readonly { address: Address; port: number }[]; isWhole: boolean } | null;
  /** The place where it was read: a path, or a command. */
  origins: { uptime: string };
  /** The facts that could not be read, and why; in `net` they are absent. */
  missing: readonly Missing[];
}

/**
 * Leaves out what another host of the same kernel has shown already: a container that is in the inventory itself, beside
 * the host that it runs on. It counts as the host that it is by itself.
 */
export function distinctNodes(nodes: readonly NetnsNode[]): NetnsNode[] {
  const groups = groupedBy(nodes, ({ kernel, inode }) => `${kernel.boot} ${inode}`);
  const kept = new Set([...groups.values()].flatMap(shownOnce));
  return nodes.filter((node) => node.inode === '' || kept.has(node));
}

/** Numbers of namespaces repeat where a kernel has none for them, or was copied with all that it holds. */
function shownOnce(sameNumber: NetnsNode[]): NetnsNode[] {
  if (sameNumber.length === 1) return sameNumber;
  return [...groupedBy(sameNumber, devicesOf).values()].flatMap((same) => {
    const ordered = [...same].sort((a, b) => Number(b.init) - Number(a.init));
    const others = ordered.findIndex(({ host }) => host !== ordered[0]?.host);
    return others < 0 ? ordered : ordered.slice(0, others);
  });
}

const devicesOf = ({ net }: NetnsNode): string =>
  net.interfaces
    .map(({ index, name, addresses }) =>
      [index, name, ...addresses.map(({ address }) => printAddress(address))].join(' '),
    )
    .join('\n');

/** A node before anything is followed through it: plain values, as one process can hand them to another. */
export type Unbudgeted<T extends { net: Namespace }> = Omit<T, 'net'> & { net: Omit<T['net'], 'budget'> };

/** Gives the nodes of one host what may be spent on following packets through its rules. */
export function withBudget(nodes: readonly Unbudgeted<NetnsNode>[]): NetnsNode[] {
  const budget = fullBudget();
  return nodes.map((node) => ({ ...node, net: { ...node.net, budget } }));
}

export interface Missing {
  what: 'addresses' | 'routes' | 'nat' | 'ipvs';
  reason: string;
  /** The problem of the answer that would tell all of it. */
  problem?: Problem;
  /** True when the rest of it is known: a reason for doubt, and not the end of what is certain. */
  inPart?: boolean;
  /** The only family that it is missing for. */
  family?: 4 | 6;
}

/** Returns what could not be read there and may matter to packets to these addresses. */
export function missingFor({ missing }: Pick<NetnsNode, 'missing'>, { v4, v6 }: AddressSet): Missing[] {
  return missing.filter(({ family }) => family === undefined || (family === 4 ? v4 : v6).length > 0);
}

/**
 * Adds the local routes that the kernel makes of addresses (net/ipv4/fib_frontend.c, fib_add_ifaddr), for listings of
 * `ip route` that leave the table `local` out.
 */
export function withLocalRoutes(routes: readonly Route[], interfaces: readonly Interface[]): Route[] {
  const listed = new Set(routes.flatMap(({ table, family }) => (table === 'local' ? [family] : [])));
  const added: Route[] = [];
  for (const { name, flags, addresses } of interfaces) {
    if (!flags.includes('UP')) continue;
    for (const { address, prefix, tentative } of addresses) {
      if (listed.has(address.family) || tentative) continue;
      added.push(localRoute(address, address.family === 4 ? 32 : 128, name));
      // the kernel takes all of 127.0.0.0/8 for local, of other networks the one address
      if (flags.includes('LOOPBACK') && address.family === 4) added.push(localRoute(address, prefix, name));
    }
  }
  return [...routes, ...added];
}

/** Returns the route by which packets for an address of this namespace are delivered. */
export function localRoute(address: Address, bits: number, device: string): Route {
  const host = bits === 32 || bits === 128;
  return {
    family: address.family,
    table: 'local',
    type: 'local',
    destination: host ? addressSet(address) : prefixSet(address, bits),
    bits,
    from: prefixSet(address.family === 4 ? address : { family: 6, value: 0n }, 0),
    tos: 0,
    metric: 0,
    hops: [{ via: null, device, weight: 1 }],
    source: address,
    scope: 'host',
    protocol: 'kernel',
    encap: null,
    flags: [],
    text: 'a route that the address brings',
    line: 0,
  };
}
