/** All that packets, their sender and their receiver notice of their way: two ways that nobody can tell apart are one fate. */
import { type AddressSet, equals, onlyAddress, setKey } from '../addresses.ts';
import { type Ranges, same } from '../ranges.ts';
import { assertNever } from '../rule-parts.ts';
import type { Disposition, Hop, Trace } from '../trace/trace.ts';
import type { PacketSet } from '../walk/packets.ts';
import type { Translation } from '../walk/step.ts';
import { netmapped } from '../walk/translate.ts';

/** The parts of a fate, as texts that are equal for equal ones. Of packets that are dropped nobody notices where. */
export interface Fate {
  ending: Disposition;
  /** The namespace that they end in, and the address and port there. */
  server: string;
  /** The source that is seen there. */
  source: string;
  /** The place where they leave the fleet: from which namespace, and to whom. */
  exit: string;
}

type Side = 'source' | 'destination';

type Way = Pick<Trace, 'ending' | 'hops' | 'stop'>;

/** @param packets those of the way's origin that are meant: what becomes of a field what it was has been kept */
export function fateOf({ ending, hops, stop }: Way, packets: PacketSet): Fate {
  const last = hops.at(-1);
  const nothing = { server: '', source: '', exit: '' };
  switch (ending) {
    case 'dropped':
      return { ending, ...nothing };
    case 'undecided':
      return { ending, ...nothing, exit: stop?.node.name ?? '' };
    case 'delivered':
      return {
        ending,
        ...seen(hops, packets),
        server: `${last?.node.name} ${target(hops, packets)}`,
        exit: '',
      };
    case 'exits-fleet': {
      const { out = '', gateway = null, server = null } = last?.outcome ?? {};
      const next = (gateway ?? server?.address)?.value ?? 'link';
      return {
        ending,
        ...seen(hops, packets),
        server: target(hops, packets),
        exit: `${last?.node.name} ${out} ${next}`,
      };
    }
    default:
      return assertNever(ending);
  }
}

export const fateKey = (way: Way, packets: PacketSet): string =>
  Object.values(fateOf(way, packets)).join(' | ');

const seen = (hops: readonly Hop[], { source }: PacketSet) => ({
  source: addressKey(whatBecame(hops, 'source', source), source),
});

const target = (hops: readonly Hop[], { destination, destinationPort }: PacketSet): string =>
  `${addressKey(whatBecame(hops, 'destination', destination), destination)} ${portKey(portsOf(hops), destinationPort)}`;

/** Of one address, NETMAP makes one address, whether a rule that stands before it told that one apart or none did. */
function whatBecame(hops: readonly Hop[], side: Side, own: AddressSet): Translation | null {
  const [first, ...more] = hops.flatMap(({ outcome }) => outcome[side] ?? []);
  if (first?.kind !== 'netmap' || more.length > 0 || !onlyAddress(own)) return more.at(-1) ?? first ?? null;
  return { kind: 'address', set: netmapped(own, first.network, first.bits) };
}

/** Kept; or what it became, which does not depend on how finely the packets were told apart. */
function addressKey(translation: Translation | null, own: AddressSet): string {
  switch (translation?.kind) {
    case undefined:
      return 'kept';
    case 'address':
    case 'pool':
      return onlyAddress(own) && equals(own, translation.set) ? 'kept' : setKey(translation.set);
    case 'netmap':
      return `${setKey(translation.network)} of ${translation.bits} bits`;
    case 'unknown':
      return 'not known';
  }
}

const portKey = (ports: Ranges<number> | null, own: Ranges<number>): string =>
  ports === null || (isOne(ports) && same(ports, own)) ? 'kept' : ports.join('-');

const isOne = (ports: Ranges<number>) => ports.length === 2 && ports[0] === ports[1];

const lastOf = (hops: readonly Hop[], side: Side): Translation | null =>
  hops.flatMap(({ outcome }) => outcome[side] ?? []).at(-1) ?? null;

const portsOf = (hops: readonly Hop[]): Ranges<number> | null =>
  hops.map(({ outcome }) => outcome.ports.destination).findLast((ports) => ports !== null) ?? null;

/**
 * Returns the packets that have already what they are given: a rule that gives 10.0.0.1 to what came from 10.0.0.1 does
 * nothing that could be noticed.
 */
export function alreadySo({ hops }: Way, packets: PacketSet): PacketSet[] {
  const result: PacketSet[] = [];
  for (const side of ['source', 'destination'] as const) {
    const translation = lastOf(hops, side);
    const known = translation?.kind === 'address' || translation?.kind === 'pool';
    if (known && onlyAddress(translation.set)) result.push({ ...packets, [side]: translation.set });
  }
  const ports = portsOf(hops);
  if (ports !== null && isOne(ports)) result.push({ ...packets, destinationPort: ports });
  return result;
}
