/** A packet that is sent: the first of its connection. */

import { parseAddress } from '../../../src/network/address-text.ts';
import { ALL4, ALL6, addressSet } from '../../../src/network/addresses.ts';
import type { PacketSet } from '../../../src/network/walk/packets.ts';
import { packets } from '../../../src/network/walk/packets.ts';
import type { Device } from './layout.ts';
import type { Protocol, Version } from './universe.ts';

export interface SentPacket {
  id: number;
  /** The router's interface that it comes in by; '' for one of the router's own sockets. */
  in: Device | '';
  protocol: Protocol;
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
}

export const versionOf = ({ source }: Pick<SentPacket, 'source'>): Version => (source.includes(':') ? 6 : 4);

const one = (text: string) => addressSet(parseAddress(text)!);

export function setOf({ protocol, source, sourcePort, destination, destinationPort }: SentPacket): PacketSet {
  return packets(one(source), one(destination), {
    protocol: [protocol, protocol],
    sourcePort: [sourcePort, sourcePort],
    destinationPort: [destinationPort, destinationPort],
  });
}

/** All packets there are: those sent are a sample of them. */
export function everyPacket(version: Version): PacketSet {
  const whole = version === 4 ? ALL4 : ALL6;
  return packets(whole, whole);
}
