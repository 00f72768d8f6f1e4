/** Draws the packets that are sent through a case: one connection each. */
import fc from 'fast-check';
import { DEVICES, type Device } from './layout.ts';
import type { SentPacket } from './packet.ts';
import {
  clientAddress,
  destination,
  neighbour,
  ownAddress,
  PORTS,
  type Protocol,
  SOURCE_PORTS,
  socketAddress,
  type Version,
  virtualAddress,
} from './universe.ts';

type Drawn = Omit<SentPacket, 'id'>;

const PACKETS = 40;

export const drawPackets = (version: Version): fc.Arbitrary<Drawn[]> => {
  const other = version === 4 ? 6 : 4;
  const packet = fc.oneof(
    { weight: 6, arbitrary: forwarded(version) },
    { weight: 2, arbitrary: generated(version) },
    { weight: 1, arbitrary: forwarded(other) },
  );
  const selector = ({ protocol, source, sourcePort }: Drawn) => `${protocol} ${source} ${sourcePort}`;
  return fc.uniqueArray(packet, { minLength: PACKETS, maxLength: PACKETS, selector });
};

const ports = {
  protocol: fc.constantFrom<Protocol>(17, 17, 6),
  sourcePort: fc.constantFrom(...SOURCE_PORTS),
  destinationPort: fc.constantFrom(...PORTS),
};

const somewhere = (version: Version) =>
  fc.oneof(
    { weight: 14, arbitrary: destination(version) },
    { weight: 2, arbitrary: virtualAddress(version) },
    { weight: 2, arbitrary: ownAddress(version) },
    { weight: 1, arbitrary: neighbour(version) },
    { weight: 1, arbitrary: clientAddress(version) },
  );

function forwarded(version: Version): fc.Arbitrary<Drawn> {
  const devices = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Device>('in0') },
    { weight: 1, arbitrary: fc.constantFrom(...DEVICES) },
  );
  const from = fc.oneof(
    { weight: 12, arbitrary: clientAddress(version) },
    { weight: 1, arbitrary: destination(version) },
    { weight: 1, arbitrary: neighbour(version) },
  );
  return fc.record({ in: devices, source: from, destination: somewhere(version), ...ports });
}

function generated(version: Version): fc.Arbitrary<Drawn> {
  const from = fc.oneof(
    { weight: 3, arbitrary: socketAddress(version) },
    { weight: 1, arbitrary: ownAddress(version) },
  );
  return fc.record({
    in: fc.constant<''>(''),
    source: from,
    destination: somewhere(version),
    ...ports,
  });
}
