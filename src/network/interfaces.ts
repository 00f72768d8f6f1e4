/** Reads `ip address` (iproute2 3 to 6, and busybox): the interfaces of a namespace with their addresses, in order. */

import { groupedBy } from '../grouped-by.ts';
import { onceFor } from '../once-for.ts';
import { type Address, parseAddress } from './address-text.ts';
import {
  type BareAddress,
  type BareLink,
  readBrief,
  readIfconfigAddress,
  readIfconfigFlags,
  readIfconfigLink,
} from './interface-listings.ts';

export interface Interface {
  name: string;
  index: number;
  /** The flags: `UP`, `LOOPBACK`, ... */
  flags: string[];
  /** The bridge or bond that it belongs to. */
  master: string | null;
  /**
   * The other end of the pair, or the lower device: `if7` (by index, in another namespace), `eth0`; null for neither.
   */
  peer: string | null;
  /** True when an XDP program sees what comes in before the kernel does. */
  xdp: boolean;
  /** The addresses in the kernel's order: the primary address of a network stands before its secondaries. */
  addresses: InterfaceAddress[];
}

export interface InterfaceAddress {
  address: Address;
  prefix: number;
  /** The scope: `global`, `link`, `host`, `site`, or a number. */
  scope: string;
  /** True when another address of the same network comes before it. */
  secondary: boolean;
  /** True when not usable yet, or no longer to be chosen (IPv6). */
  tentative: boolean;
  deprecated: boolean;
  /** The other end of a point-to-point link. */
  peer: Address | null;
  text: string;
  origin: string;
  line: number;
}

/** The bridges that programs make for what runs on the host. */
const INNER_BRIDGE =
  /^(docker(0|_gwbridge)|br-[0-9a-f]{12}|cni\d+|cni-podman\d+|cbr0|kube-bridge|(vir|lxc|lxd|incus)br\d+|(podman|nerdctl)\d+)$/;

export const isInnerBridge = ({ name }: Pick<Interface, 'name'>): boolean => INNER_BRIDGE.test(name);

/** The ends of containers and of libvirt's machines, as their programs name them, of which the other is elsewhere. */
const isEndOfInner = ({ name, peer }: Interface): boolean =>
  /^vnet\d+$/.test(name) || (/^veth/.test(name) && /^if\d+$/.test(peer ?? ''));

/** Returns the bridges for what runs on the host: by their names, and others that have no ports but such ends. */
export function innerBridges(interfaces: readonly Interface[]): Interface[] {
  const ports = groupedBy(interfaces, ({ master }) => master);
  const hasOnlySuch = ({ name }: Interface) => ports.get(name)?.every(isEndOfInner) ?? false;
  return interfaces.filter((one) => isInnerBridge(one) || hasOnlySuch(one));
}

/** Tells whether neighbours on the interface are asked for, and answered, by ARP. */
export const speaksArp = ({ flags }: Pick<Interface, 'flags'>): boolean =>
  flags.includes('BROADCAST') && !flags.includes('NOARP') && !flags.includes('LOOPBACK');

const byName = onceFor(
  (interfaces: readonly Interface[]): ReadonlyMap<string, Interface> =>
    new Map(interfaces.map((one) => [one.name, one])),
);

/** Returns an interface by name; hosts have thousands of them, and each packet that leaves by one looks it up. */
export function interfaceNamed(interfaces: readonly Interface[], name: string): Interface | undefined {
  return byName(interfaces).get(name);
}

/**
 * Returns the names of VRF devices and of the interfaces that belong to one. A VRF is a master without ARP
 * (drivers/net/vrf.c, vrf_setup): a bridge is no MASTER, and a bond has ARP.
 */
export function vrfMembers(interfaces: readonly Interface[]): string[] {
  const devices = new Set(
    interfaces.flatMap(({ name, flags }) =>
      flags.includes('MASTER') && flags.includes('NOARP') ? [name] : [],
    ),
  );
  return interfaces.flatMap(({ name, master }) =>
    devices.has(name) || (master !== null && devices.has(master)) ? [name] : [],
  );
}

/** Throws on a text that is no such listing. */
export function parseIpAddress(text: string, origin: string): Interface[] {
  const interfaces: Interface[] = [];
  const named = (link: BareLink): Interface => {
    const known = interfaces.find(({ name }) => name === link.name);
    if (known) return known;
    // listings without details show no XDP
    const made = { index: 0, master: null, xdp: false, addresses: [], ...link };
    interfaces.push(made);
    return made;
  };
  for (const [i, raw] of text.split('\n').entries()) {
    if (raw.trim() === '') continue;
    const at = { text: raw.trim(), origin, line: i + 1 };
    const link = readLink(raw);
    const brief = link ? null : readBrief(raw);
    const [, name, address = ''] = ONE_LINE.exec(raw) ?? [];
    const other =
      link || brief ? null : name === undefined ? readIfconfigLink(raw) : { name, peer: null, flags: ['UP'] };
    const last = interfaces.at(-1);
    if (link) interfaces.push(link);
    else if (brief) named(brief.link).addresses.push(...brief.addresses.map((one) => bare(one, at)));
    else if (other && name !== undefined) named(other).addresses.push(...(readAddress(address, at) ?? []));
    // the addresses below an alias are of the interface that has it: it is the last again
    else if (other) {
      const one = named(other);
      interfaces.push(...interfaces.splice(interfaces.indexOf(one), 1));
    } else if (last && /^\s/.test(raw)) {
      last.addresses.push(
        ...(readAddress(raw.trim(), at) ?? readIfconfigAddress(raw).map((one) => bare(one, at))),
      );
      last.flags.push(...readIfconfigFlags(raw));
    } else throw new Error(`${origin}:${i + 1}: no line of ip address: ${raw.slice(0, 80)}`);
  }
  return interfaces;
}

type At = Pick<InterfaceAddress, 'text' | 'origin' | 'line'>;

/** An address of which no more is known. */
const bare = (one: BareAddress, at: At): InterfaceAddress => ({
  ...one,
  secondary: false,
  tentative: false,
  deprecated: false,
  peer: null,
  ...at,
});

/** `2: eth0    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0\       valid_lft forever ...`, as -o prints it. */
const ONE_LINE = /^\d+: ([^@:\s]+)\S*\s+(inet6? .*)$/;

/** `7: vcni@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master cni0 state UP ...` */
function readLink(line: string): Interface | null {
  const match = /^(\d+): ([^@:\s]+)(?:@([^:]+))?: <([^>]*)>(.*)$/.exec(line);
  if (!match) return null;
  const [, index, name = '', peer, flags = '', rest = ''] = match;
  const master = / master (\S+)/.exec(rest)?.[1] ?? null;
  return {
    index: Number(index),
    name,
    flags: flags.split(','),
    master,
    peer: peer ?? null,
    // `xdp/id:45`, `xdpgeneric/id:45`, `prog/xdp id 45`
    xdp: / (xdp\w*\/id:|prog\/xdp )/.test(rest),
    addresses: [],
  };
}

/** `inet 10.244.3.1/24 brd 10.244.3.255 scope global secondary cni0`, `inet 10.8.0.1 peer 10.8.0.2/32 scope global tun0` */
function readAddress(line: string, at: At): InterfaceAddress[] | null {
  const match = /^inet6? ([0-9a-fA-F.:]+)(?:\/(\d+))?(?: peer ([0-9a-fA-F.:]+)(?:\/(\d+))?)?(.*)$/.exec(line);
  const address = parseAddress(match?.[1] ?? '');
  if (!match || !address) return null;
  const [, , length, peer, peerLength, rest = ''] = match;
  const prefix = length ?? peerLength ?? (address.family === 4 ? 32 : 128);
  const tokens = new Set(rest.split(' '));
  // `inet 10.0.0.1  netmask 255.255.255.0` is of ifconfig
  if (/^ +(?:netmask|prefixlen) /.test(rest)) return null;
  const one = {
    address,
    prefix: Number(prefix),
    scope: / scope (\S+)/.exec(rest)?.[1] ?? 'global',
    // `temporary` addresses of IPv6 carry the same flag in the kernel, and ip prints one or the other
    secondary: tokens.has('secondary'),
    tentative: tokens.has('tentative') || tokens.has('dadfailed'),
    deprecated: tokens.has('deprecated'),
    peer: peer ? parseAddress(peer) : null,
    ...at,
  };
  return [one];
}
