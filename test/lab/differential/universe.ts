/** The few addresses, ports and marks that drawn rules and packets share, so that they meet often. */
import fc from 'fast-check';

export type Protocol = 6 | 17;
export type Version = 4 | 6;

export const PORTS = [53, 80, 443, 5432];
export const SOURCE_PORTS = [1000, 1001, 2000, 30000, 40000, 40001];
export const MARKS = [0, 1, 2, 0x4000, 0x4001, 0x10000];
export const MASKS = [0xffffffff, 0x4000, 0x1, 0x3, 0xffff, 0x4003];

/** Addresses that packets are sent from: 10.1.0.0 to 10.1.3.3 of the sender, 10.2.0.0 to 10.2.0.3 of the router itself. */
const sourceOf = (version: Version, i: number) => {
  const [net, at] = i < SENDERS ? [1, i] : [2, i - SENDERS];
  return version === 4
    ? `10.${net}.${at >> 2}.${at & 3}`
    : `fd0${net}::${(at >> 2).toString(16)}:${(at & 3) + 1}`;
};
const SENDERS = 16;
const SOURCES = 20;

/** Whether a packet with this source starts at the router. */
export const isOwn = (address: string) => /^(10\.2\.|fd02:)/.test(address);
export const OWN: Readonly<Record<Version, string>> = { 4: '10.2.0.0/24', 6: 'fd02::/64' };

const destinationsOf = (version: Version) =>
  [50, 60, 70].flatMap((net) =>
    [100, 101].map((host) => (version === 4 ? `10.${net}.0.${host}` : `fd${net}::${host}`)),
  );

export const LISTEN: [string, number][] = [4, 6].flatMap((version) =>
  destinationsOf(version as Version).flatMap((address) =>
    PORTS.map((port): [string, number] => [address, port]),
  ),
);

export const source = (version: Version) =>
  fc.integer({ min: 0, max: SOURCES - 1 }).map((i) => sourceOf(version, i));
export const destination = (version: Version) => fc.constantFrom(...destinationsOf(version));

/** Networks around the sources and the destinations. */
export function network(version: Version, side: 'source' | 'destination'): fc.Arbitrary<string> {
  const base = side === 'source' ? source(version) : destination(version);
  const bits = version === 4 ? [16, 22, 23, 24, 30, 31, 32] : [16, 64, 112, 126, 127, 128];
  return fc.tuple(base, fc.constantFrom(...bits)).map(([address, length]) => `${address}/${length}`);
}

/** Ranges of a few neighbouring sources. */
export function range(version: Version): fc.Arbitrary<string> {
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
    range(version),
  );
};

export const portRange = (ports: number[]): fc.Arbitrary<[number, number]> =>
  fc
    .tuple(fc.constantFrom(...ports), fc.constantFrom(...ports))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);

export const hex = (value: number) => `0x${value.toString(16)}`;
