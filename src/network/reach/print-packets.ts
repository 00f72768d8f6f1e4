/** Packet sets as people read them: `10.0.1.0/24, 10.0.2.7 → 10.0.0.5:5432/tcp`. */
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  equals,
  firstAddress,
  printAddresses,
} from '../addresses.ts';
import { PORTS, PROTOCOL_NAMES, PROTOCOLS } from '../fields.ts';
import { type Ranges, same } from '../ranges.ts';
import type { PacketSet } from '../walk/packets.ts';

/** IANA's names of further protocols. */
const MORE_NAMES: ReadonlyMap<number, string> = new Map([
  ...PROTOCOL_NAMES,
  [47, 'gre'],
  [50, 'esp'],
  [58, 'icmpv6'],
  [112, 'vrrp'],
]);

/** Prints sources, destinations, ports and protocols; what is not restricted is left out. */
export const printPackets = (set: PacketSet, print: PrintSet = printSet): string =>
  `${printEnd(print(set.source), set.sourcePort)} → ${printDestination(set, print)}`;

type PrintSet = (set: AddressSet) => string;

/** Prints where packets go: `10.0.0.5:5432/tcp`. */
export const printDestination = (
  { destination, destinationPort, protocol }: PacketSet,
  print: PrintSet = printSet,
): string => `${printEnd(print(destination), destinationPort)}${printProtocols(protocol)}`;

function printEnd(addresses: string, ports: Ranges<number>): string {
  if (same(ports, PORTS)) return addresses;
  const numbers = printRanges(ports);
  if (/[,/ ]/.test(addresses)) return `${addresses} port ${numbers}`;
  return addresses.includes(':') ? `[${addresses}]:${numbers}` : `${addresses}:${numbers}`;
}

function printSet(set: AddressSet): string {
  if (equals(set, ALL4)) return 'any IPv4';
  if (equals(set, ALL6)) return 'any IPv6';
  return printAddresses(set, 6);
}

function printProtocols(protocols: Ranges<number>): string {
  if (same(protocols, PROTOCOLS)) return '';
  const numbers = [...protocols.entries()].flatMap(([i, low]) =>
    // biome-ignore lint/style/noNonNullAssertion: ranges are pairs
    i % 2 === 0 ? [[low, protocols[i + 1]!] as const] : [],
  );
  const names = numbers.map(([low, high]) =>
    low === high ? (MORE_NAMES.get(low) ?? `protocol ${low}`) : `protocols ${low}-${high}`,
  );
  return `/${names.join(', ')}`;
}

function printRanges(ranges: Ranges<number>): string {
  const parts: string[] = [];
  for (let i = 0; i < ranges.length; i += 2)
    parts.push(ranges[i] === ranges[i + 1] ? `${ranges[i]}` : `${ranges[i]}-${ranges[i + 1]}`);
  return parts.length > 6 ? `${parts.slice(0, 6).join(',')} and ${parts.length - 6} more` : parts.join(',');
}

/** Returns one packet of a set, as a set: the smallest of each field; the set must not be empty. */
export function smallestPacket(set: PacketSet): PacketSet {
  const first = (ranges: Ranges<number>): Ranges<number> =>
    ranges[0] === undefined ? ranges : [ranges[0], ranges[0]];
  const only = (addresses: AddressSet): AddressSet => {
    const address = firstAddress(addresses);
    return address ? addressSet(address) : addresses;
  };
  return {
    source: only(set.source),
    destination: only(set.destination),
    protocol: first(set.protocol),
    sourcePort: first(set.sourcePort),
    destinationPort: first(set.destinationPort),
  };
}
