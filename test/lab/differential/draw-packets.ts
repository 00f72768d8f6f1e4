/** Draws the packets that are sent through a case: one connection each. */
import fc from 'fast-check';
import { DEVICES, type Device, type RouterKind } from './layout.ts';
import type { SentPacket } from './packet.ts';
import {
  clientAddress,
  destination,
  LOOPBACK,
  neighbour,
  ownAddress,
  PORTS,
  type Protocol,
  SOURCE_PORTS,
  socketAddress,
  specialAddress,
  UNBOUND,
  type Version,
  virtualAddress,
} from './universe.ts';

type Drawn = Omit<SentPacket, 'id'>;

export const PACKETS = 40;

export const drawPackets = (kind: RouterKind, version: Version): fc.Arbitrary<Drawn[]> => {
  const other = version === 4 ? 6 : 4;
  const packet = fc.oneof(
    { weight: 6, arbitrary: forwarded(version) },
    { weight: 2, arbitrary: generated(kind, version) },
    { weight: 1, arbitrary: forwarded(other) },
  );
  return fc.uniqueArray(packet, { minLength: PACKETS, maxLength: PACKETS, comparator: mayShareConnection });
};

/** The source of a socket that binds to none is the kernel's choice: it may be that of any other packet. */
const mayShareConnection = (a: Drawn, b: Drawn) =>
  a.protocol === b.protocol &&
  a.sourcePort === b.sourcePort &&
  (a.source === b.source || isUnbound(a) || isUnbound(b));

const isUnbound = ({ in: input, source }: Drawn) => input === '' && Object.values(UNBOUND).includes(source);

const ports = {
  protocol: fc.constantFrom<Protocol>(17, 17, 6),
  sourcePort: fc.constantFrom(...SOURCE_PORTS),
  destinationPort: fc.constantFrom(...PORTS),
};

const somewhere = (version: Version, special: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 14, arbitrary: destination(version) },
    { weight: 2, arbitrary: virtualAddress(version) },
    { weight: 2, arbitrary: ownAddress(version) },
    { weight: 1, arbitrary: neighbour(version) },
    { weight: 1, arbitrary: clientAddress(version) },
    { weight: 1, arbitrary: special },
  );

function forwarded(version: Version): fc.Arbitrary<Drawn> {
  const devices = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Device>('in0') },
    { weight: 1, arbitrary: fc.constantFrom(...DEVICES) },
  );
  const from = fc.oneof(
    { weight: 24, arbitrary: clientAddress(version) },
    { weight: 2, arbitrary: destination(version) },
    { weight: 2, arbitrary: neighbour(version) },
    { weight: 1, arbitrary: ownAddress(version) },
    { weight: 1, arbitrary: specialAddress(version, 'source') },
  );
  return fc.record({
    in: devices,
    source: from,
    destination: somewhere(version, specialAddress(version, 'destination')),
    ...ports,
  });
}

function generated(kind: RouterKind, version: Version): fc.Arbitrary<Drawn> {
  const bound = kind === 'ruled' ? socketAddress(version) : ownAddress(version);
  const to = somewhere(version, fc.constant(LOOPBACK[version]));
  const about = { in: fc.constant<''>(''), destination: to, ...ports };
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ ...about, source: bound }) },
    { weight: 1, arbitrary: fc.record({ ...about, source: ownAddress(version) }) },
    // of TCP, wire.py could not tell which packet is whose
    {
      weight: 1,
      arbitrary: fc.record({
        ...about,
        source: fc.constant(UNBOUND[version]),
        protocol: fc.constant<Protocol>(17),
      }),
    },
  );
}
