/** The few addresses, ports and marks that drawn rules and packets share, so that they meet often. */
import fc from 'fast-check';

export type Protocol = 6 | 17;
export type Version = 4 | 6;

export const PORTS = [53, 80, 443, 5432];
export const SOURCE_PORTS = [1000, 1001, 2000, 30000, 40000, 40001];
export const MARKS = [0, 1, 2, 0x4000, 0x4001, 0x10000];
export const MASKS = [0xffffffff, 0x4000, 0x1, 0x3, 0xffff, 0x4003];

/** The addresses that most packets are sent from, those of senders and then those of the router's own sockets. */
const sourceOf = (version: Version, i: number) => {
  const [net, at] = i < SENDERS ? [1, i] : [2, i - SENDERS];
  return version === 4
    ? `10.${net}.${at >> 2}.${at & 3}`
    : `fd0${net}::${(at >> 2).toString(16)}:${(at & 3) + 1}`;
};
const SENDERS = 16;
const SOURCES = 20;

/** Addresses of the router's own: those that its interfaces have, and one of the network that is local to it. */
const OWN: Readonly<Record<Version, readonly string[]>> = {
  4: [
    '10.254.0.1',
    '10.254.1.1',
    '10.50.0.1',
    '10.50.0.8',
    '10.51.0.9',
    '10.60.0.1',
    '10.61.0.9',
    '10.2.0.1',
  ],
  6: ['fda0::1', 'fdb0::1', 'fd50::1', 'fd60::1', 'fd02::2'],
};
export const ownAddress = (version: Version) => fc.constantFrom(...OWN[version]);

/** Addresses that nothing leads to unless a rule translates them. */
export const VIRTUAL: Readonly<Record<Version, readonly string[]>> = {
  4: ['10.80.0.1', '10.80.0.2'],
  6: ['fd80::1', 'fd80::2'],
};
export const virtualAddress = (version: Version) => fc.constantFrom(...VIRTUAL[version]);

/**
 * Addresses that no neighbour may have, or that are for all of them. None of IPv6's links as destinations: which address
 * of its interface a redirected packet goes to then, kernels since 6.7 choose otherwise.
 */
const SPECIAL: Readonly<Record<'source' | 'destination', Readonly<Record<Version, readonly string[]>>>> = {
  source: {
    4: ['127.0.0.1', '0.0.0.0', '0.1.2.3', '224.0.0.5', '255.255.255.255', '240.0.0.1', '10.254.0.255'],
    6: ['::1', 'ff02::5', 'fe80::9', '::ffff:10.1.0.1'],
  },
  destination: {
    4: ['127.0.0.1', '0.0.0.0', '255.255.255.255', '10.254.0.255', '10.50.0.255', '240.0.0.1', '224.0.0.1'],
    6: ['::1', '::ffff:10.1.0.1', 'fc00::1'],
  },
};
export const specialAddress = (version: Version, side: 'source' | 'destination') =>
  fc.constantFrom(...SPECIAL[side][version]);

export const LOOPBACK: Readonly<Record<Version, string>> = { 4: '127.0.0.1', 6: '::1' };

/** The source of a socket that binds to none. */
export const UNBOUND: Readonly<Record<Version, string>> = { 4: '0.0.0.0', 6: '::' };

/** Hosts of the networks that the router is in, other than those that packets are mostly sent to. */
const NEIGHBOURS: Readonly<Record<Version, readonly string[]>> = {
  4: ['10.254.0.2', '10.254.1.2', '10.50.0.2', '10.60.0.2', '10.51.0.2'],
  6: ['fda0::2', 'fdb0::2', 'fd50::2', 'fd60::2'],
};
export const neighbour = (version: Version) => fc.constantFrom(...NEIGHBOURS[version]);

const destinationsOf = (version: Version) =>
  [50, 60, 70].flatMap((net) =>
    [100, 101].map((host) => (version === 4 ? `10.${net}.0.${host}` : `fd${net}::${host}`)),
  );

/** Addresses of the senders: 10.1.0.0 to 10.1.3.3. */
export const clientAddress = (version: Version) =>
  fc.integer({ min: 0, max: SENDERS - 1 }).map((i) => sourceOf(version, i));
/** Addresses of the network that is local to the router: 10.2.0.0 to 10.2.0.3. */
export const socketAddress = (version: Version) =>
  fc.integer({ min: SENDERS, max: SOURCES - 1 }).map((i) => sourceOf(version, i));
export const source = (version: Version) =>
  fc.integer({ min: 0, max: SOURCES - 1 }).map((i) => sourceOf(version, i));
export const destination = (version: Version) => fc.constantFrom(...destinationsOf(version));

/** Networks around the sources and the destinations. */
export function network(version: Version, side: 'source' | 'destination'): fc.Arbitrary<string> {
  const base = side === 'source' ? source(version) : destination(version);
  const bits = version === 4 ? [16, 22, 23, 24, 30, 31, 32] : [16, 64, 112, 126, 127, 128];
  return fc.tuple(base, fc.constantFrom(...bits)).map(([address, length]) => `${address}/${length}`);
}

/** Ranges of a few neighbouring sources, or of the two destinations of a network. */
export function range(version: Version, side: 'source' | 'destination'): fc.Arbitrary<string> {
  if (side === 'destination')
    return destination(version).map((high) => `${high.replace(/10[01]$/, '100')}-${high}`);
  const index = fc.integer({ min: 0, max: SOURCES - 1 });
  return fc
    .tuple(index, index)
    .map(([a, b]) => `${sourceOf(version, Math.min(a, b))}-${sourceOf(version, Math.max(a, b))}`);
}

/** Addresses that sources are translated to: elsewhere, and among the sources themselves. */
export const pools = (version: Version): fc.Arbitrary<string> => {
  const elsewhere = version === 4 ? '192.0.2.' : '2001:db8::';
  return fc.oneof(
    fc.integer({ min: 1, max: 9 }).map((i) => `${elsewhere}${i}`),
    fc.integer({ min: 1, max: 5 }).map((i) => `${elsewhere}${i}-${elsewhere}${i + 3}`),
    source(version),
    range(version, 'source'),
  );
};

export const portRange = (ports: number[]): fc.Arbitrary<[number, number]> =>
  fc
    .tuple(fc.constantFrom(...ports), fc.constantFrom(...ports))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);

export const hex = (value: number) => `0x${value.toString(16)}`;
