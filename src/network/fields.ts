/** Values that rules of every kind are written with: protocols, ports, marks, interfaces. */
import { wordTable } from '../word-table.ts';
import { canonical, has, NUMBERS, type Ranges } from './ranges.ts';
import { CONNECTION_STATES, type ConnectionState, type InterfacePattern, type Match } from './ruleset.ts';

export const PORTS: Ranges<number> = [0, 65535];
export const PROTOCOLS: Ranges<number> = [0, 255];

/** IANA's protocol numbers, by the names in Debian's /etc/protocols, nft and iptables. */
const PROTOCOL_NUMBERS = wordTable<number>({
  ip: 0,
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  ospf: 89,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  mh: 135,
  'mobility-header': 135,
  udplite: 136,
  mptcp: 262,
  dccp: 33,
});

/** Returns null for a name that is not known. */
export function protocolNumber(token: string): number | null {
  if (/^\d+$/.test(token)) return Number(token);
  return PROTOCOL_NUMBERS[token.toLowerCase()] ?? null;
}

export const TCP = 6;
export const UDP = 17;

/** The protocols that rules and people call by a name. */
export const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [132, 'sctp'],
]);

/** Protocols whose header begins with two ports. */
export const WITH_PORTS: Ranges<number> = canonical(
  NUMBERS,
  [TCP, UDP, 33, 132, 136].map((number) => [number, number]),
);
export const hasPorts = (protocol: number) => has(WITH_PORTS, protocol);

/** Parses `80`, `80:90`, `80-90`, `:90`, `80:`; null when it is none of these. */
export function parsePortRange(text: string): [number, number] | null {
  const match = /^(\d*)(?:([:-])(\d*))?$/.exec(text);
  if (!match || (match[1] === '' && !match[2])) return null;
  const low = match[1] === '' ? 0 : Number(match[1]);
  const high = match[2] === undefined ? low : match[3] === '' ? 65535 : Number(match[3]);
  return low <= high && high <= 65535 ? [low, high] : null;
}

/** Parses a list of ports and ranges, with commas. */
export function parsePorts(text: string): Ranges<number> | null {
  const pairs = text.split(',').map(parsePortRange);
  return pairs.every((pair) => pair !== null) ? canonical(NUMBERS, pairs as [number, number][]) : null;
}

/** Parses `0x4000/0x4000`, `16384`; the mask is all ones where none is given. Null when it is no number. */
export function parseMark(text: string): { value: number; mask: number } | null {
  const parts = text.split('/').map(parseNumber);
  const [value, mask] = parts;
  if (parts.length > 2 || value == null || mask === null) return null;
  return { value, mask: mask ?? 0xffffffff };
}

export function parseNumber(text: string): number | null {
  if (!/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return null;
  const value = Number(text);
  return value <= 0xffffffff ? value : null;
}

/** Parses `eth0`, or `eth+` and `eth*` for all that begin with `eth`. */
export function parseInterface(text: string, wildcard: '+' | '*'): InterfacePattern {
  return text.endsWith(wildcard) ? { name: text.slice(0, -1), prefix: true } : { name: text, prefix: false };
}

export const interfaceMatches = (patterns: readonly InterfacePattern[], name: string) =>
  patterns.some((pattern) => (pattern.prefix ? name.startsWith(pattern.name) : name === pattern.name));

/** Reads connection states; null where one of the tokens is none. */
export function readStates(tokens: readonly string[]): ConnectionState[] | null {
  const states = tokens.flatMap((token) =>
    CONNECTION_STATES.filter((state) => state === token.toUpperCase()),
  );
  return states.length === tokens.length ? states : null;
}

/** Returns a match that always holds, or never. */
export const constant = (value: boolean): Match => ({ kind: 'any', rows: [[]], not: !value });

// JavaScript's bit operators give signed numbers
export const and32 = (a: number, b: number) => (a & b) >>> 0;
export const xor32 = (a: number, b: number) => (a ^ b) >>> 0;
export const or32 = (a: number, b: number) => (a | b) >>> 0;
export const not32 = (a: number) => ~a >>> 0;
