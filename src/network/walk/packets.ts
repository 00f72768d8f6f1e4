/** Packet sets: the product of addresses, protocols and ports. Everything a set of clients may send to a service. */

import type { AddressSet } from '../addresses.ts';
import * as addresses from '../addresses.ts';
import { PORTS, PROTOCOLS } from '../fields.ts';
import * as ranges from '../ranges.ts';
import { NUMBERS, type Ranges } from '../ranges.ts';

/** All packets whose every field lies in the set given for it. */
export interface PacketSet {
  source: AddressSet;
  destination: AddressSet;
  protocol: Ranges<number>;
  sourcePort: Ranges<number>;
  destinationPort: Ranges<number>;
}

/** Returns the packets from `source` to `destination`, of any protocol and port where none is given. */
export function packets(
  source: AddressSet,
  destination: AddressSet,
  fields: Partial<Omit<PacketSet, 'source' | 'destination'>> = {},
): PacketSet {
  return { source, destination, protocol: PROTOCOLS, sourcePort: PORTS, destinationPort: PORTS, ...fields };
}

type Numbers = 'protocol' | 'sourcePort' | 'destinationPort';
const NUMBER_FIELDS: readonly Numbers[] = ['protocol', 'sourcePort', 'destinationPort'];
const ADDRESS_FIELDS = ['source', 'destination'] as const;
export const FIELDS: readonly (keyof PacketSet)[] = [...ADDRESS_FIELDS, ...NUMBER_FIELDS];

function overlap(a: PacketSet, b: PacketSet): boolean {
  return (
    ADDRESS_FIELDS.every((field) => addresses.intersects(a[field], b[field])) &&
    NUMBER_FIELDS.every((field) => ranges.intersects(a[field], b[field]))
  );
}

/** Returns the packets in both; null when there are none. */
export function common(a: PacketSet, b: PacketSet): PacketSet | null {
  if (!overlap(a, b)) return null;
  return {
    source: addresses.intersection(a.source, b.source),
    destination: addresses.intersection(a.destination, b.destination),
    protocol: ranges.intersection(a.protocol, b.protocol),
    sourcePort: ranges.intersection(a.sourcePort, b.sourcePort),
    destinationPort: ranges.intersection(a.destinationPort, b.destinationPort),
  };
}

/** Returns the packets of `a` that are not in `b`, as sets that share no packet. */
export function without(a: PacketSet, b: PacketSet): PacketSet[] {
  if (!overlap(a, b)) return [a];
  const result: PacketSet[] = [];
  let rest = a;
  for (const field of ADDRESS_FIELDS) {
    const outside = addresses.difference(rest[field], b[field]);
    if (!addresses.isEmpty(outside)) result.push({ ...rest, [field]: outside });
    rest = { ...rest, [field]: addresses.intersection(rest[field], b[field]) };
  }
  for (const field of NUMBER_FIELDS) {
    const outside = ranges.difference(NUMBERS, rest[field], b[field]);
    if (outside.length > 0) result.push({ ...rest, [field]: outside });
    rest = { ...rest, [field]: ranges.intersection(rest[field], b[field]) };
  }
  return result;
}
