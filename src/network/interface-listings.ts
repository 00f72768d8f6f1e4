/**
 * Reads what other commands than `ip address` print of interfaces, as far as it goes: `ip -o address`, `ip -br address`,
 * and ifconfig (net-tools 1.60 and 2.10, busybox). What they leave out is as if it were not there: who keeps such a text
 * has to say that it is a part.
 */
import { type Address, parseAddress } from './address-text.ts';

/** An interface, as they tell it. */
export interface BareLink {
  name: string;
  peer: string | null;
  flags: string[];
}

/** An address, as they tell it. */
export interface BareAddress {
  address: Address;
  prefix: number;
  scope: string;
}

/** `eth0@if7        UP             10.0.0.1/24 fe80::1/64`: iproute2 4.17 and later. */
const BRIEF =
  /^([\w.-]+)(?:@([\w.-]+))?\s+(UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|TESTING|NOTPRESENT)(?:\s+(.*))?$/;

export function readBrief(row: string): { link: BareLink; addresses: BareAddress[] } | null {
  const [, name = '', peer, state = '', rest = ''] = BRIEF.exec(row) ?? [];
  if (name === '') return null;
  // loopback and tunnels are UNKNOWN while they are up
  const up = state === 'DOWN' || state === 'NOTPRESENT' ? [] : ['UP'];
  const addresses = rest
    .split(/\s+/)
    .filter((word) => /^[\da-fA-F.:]+\/\d+$/.test(word))
    .flatMap((word) => addressOf(...(word.split('/') as [string, string])));
  return { link: bareLink(name, peer ?? null, up), addresses };
}

/** `eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500`, `eth0      Link encap:Ethernet  HWaddr 02:...` */
export function readIfconfigLink(row: string): BareLink | null {
  const [, name, flags = ''] = /^(\S+): flags=\d+<([^>]*)>/.exec(row) ?? [];
  if (name !== undefined) return bareLink(name, null, flags.split(','));
  const old = /^(\S+)\s+Link encap:/.exec(row)?.[1];
  return old === undefined ? null : bareLink(old, null, []);
}

/** `          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1` */
export const readIfconfigFlags = (row: string): string[] =>
  /^\s+((?:[A-Z]+ )+) *MTU:\d+/.exec(row)?.[1]?.trim().split(' ') ?? [];

/** `inet 10.0.0.1  netmask 255.255.255.0  broadcast ...`, `inet addr:10.0.0.1  Bcast:...  Mask:255.255.255.0` */
export function readIfconfigAddress(row: string): BareAddress[] {
  const [, address = '', mask = ''] =
    /^\s*inet (?:addr:)?([\d.]+)\b.*?(?:netmask |Mask:)([\d.]+)/.exec(row) ?? [];
  if (address !== '') return addressOf(address, String(lengthOf(mask)));
  const [, six = '', length = ''] =
    /^\s*inet6 (?:addr: ?)?([\da-fA-F:]+)(?:\/|\s+prefixlen )(\d+)/.exec(row) ?? [];
  return addressOf(six, length);
}

/** The bits of a mask: 24 of 255.255.255.0. */
const lengthOf = (mask: string) =>
  mask.split('.').reduce((bits, part) => bits + Number(part).toString(2).replaceAll('0', '').length, 0);

function bareLink(name: string, peer: string | null, flags: string[]): BareLink {
  // an alias is another address of its interface: eth0:1
  const plain = name.replace(/:.*$/, '');
  const loopback = plain === 'lo' && !flags.includes('LOOPBACK') ? ['LOOPBACK'] : [];
  return { name: plain, peer, flags: [...flags, ...loopback] };
}

function addressOf(text: string, length: string): BareAddress[] {
  const address = parseAddress(text);
  if (!address || length === '') return [];
  const local = address.family === 4 ? /^127\./.test(text) : text === '::1';
  const link = address.family === 6 && /^fe[89ab]/i.test(text);
  return [{ address, prefix: Number(length), scope: local ? 'host' : link ? 'link' : 'global' }];
}
