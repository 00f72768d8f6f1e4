/** Joins packet sets that differ in their sources alone. */
import { groupedBy } from '../grouped-by.ts';
import { setKey, unionOf } from '../network/addresses.ts';
import type { PacketSet } from '../network/walk/packets.ts';

export const joinedSources = (sets: readonly PacketSet[]): PacketSet[] =>
  [...groupedBy(sets, keyOf).values()].map(([first, ...more]) => ({
    ...first,
    source: unionOf([first, ...more].map(({ source }) => source)),
  }));

const keyOf = ({ destination, protocol, sourcePort, destinationPort }: PacketSet): string =>
  [setKey(destination), protocol.join(), sourcePort.join(), destinationPort.join()].join(' ');
