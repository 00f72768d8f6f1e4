/** Holds what becomes of packets against what an intent expects of them. */
import { reasonsOf } from '../fleet/path-text.ts';
import {
  type AddressSet,
  difference,
  equals,
  intersection,
  intersects,
  isEmpty,
  onlyAddress,
  printAddresses,
} from '../network/addresses.ts';
import { isSettled, type Reach } from '../network/reach/reach.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { printReason, printStage } from '../network/trace/step-text.ts';
import { causeOf } from '../network/trace/steps.ts';
import type { PacketSet } from '../network/walk/packets.ts';
import type { Expectation, SourceExpectation } from './intent.ts';

/** Packets that break an intent; or that may, where it is not certain. */
export interface Breach {
  certain: boolean;
  packets: PacketSet;
  /** Their fate, or the reason why that is not known: `dropped in s2 at FORWARD: -A FORWARD -j DROP`. */
  why: string;
}

/** An expectation with the nodes that its names mean; null: that is not known. */
export interface ResolvedExpectation extends Omit<Expectation, 'via'> {
  via: readonly { text: string; nodes: ReadonlySet<NetnsNode> | null }[];
}

/** Returns the packets of a reach that break the expectation, and those of which that is not known. */
export function breachesOf(reach: Reach, expected: ResolvedExpectation): Breach[] {
  if (isSettled(reach))
    return [ofDelivery(reach, expected), ofSource(reach, expected), ofVia(reach, expected)].flat();
  const reasons = reasonsOf(reach.doubts);
  const why = reasons.length > 0 ? reasons.join('; ') : printReason(reach.decidedBy);
  return [open(reach.origin, `not known: ${why}`)];
}

const broken = (packets: PacketSet, why: string): Breach => ({ certain: true, packets, why });
const open = (packets: PacketSet, why: string): Breach => ({ certain: false, packets, why });

/** What does not arrive has no source, and no clock: it breaks all but the expectation that nothing arrives. */
function ofDelivery(reach: Reach, { delivered }: ResolvedExpectation): Breach[] {
  const { disposition, origin, end, decidedBy } = reach;
  switch (disposition) {
    case 'delivered':
      return delivered === false ? [broken(origin, `delivered to ${end?.name}`)] : [];
    case 'dropped':
      return delivered === false ? [] : [broken(origin, dropped(reach))];
    case 'exits-fleet': {
      const where = `leaves the fleet at ${decidedBy.node.name} ${printReason(decidedBy)}`;
      return delivered === null ? [] : [open(origin, `${where}: what becomes of it there is not known`)];
    }
    case 'undecided':
      return [];
  }
}

function dropped({ decidedBy }: Reach): string {
  const cause = causeOf(decidedBy);
  const reason = decidedBy.kind === 'rule' ? '' : printReason(decidedBy);
  const place = `dropped in ${decidedBy.node.name} at ${printStage(decidedBy)}`;
  return [place, ...(reason === '' ? [] : [reason]), ...(cause === null ? [] : [cause.text])].join(': ');
}

const arrives = ({ disposition }: Reach) => disposition === 'delivered' || disposition === 'exits-fleet';

function ofSource(reach: Reach, { source }: ResolvedExpectation): Breach[] {
  if (source === null || !arrives(reach)) return [];
  const fate = sourceFate(reach);
  if (source.kind === 'addresses') return ofGivenSource(reach, fate, source);
  if (source.kind === fate) return [];
  const seen = fate === 'kept' ? 'its own address' : printAddresses(reach.source, 4);
  const why = `arrives from ${seen}, ${source.kind === 'kept' ? 'not from its own address' : 'not translated'}`;
  return fate === 'unknown'
    ? [open(reach.origin, `arrives from ${seen}: whether that is its own address is not known`)]
    : [broken(reach.origin, why)];
}

type Addresses = Extract<SourceExpectation, { kind: 'addresses' }>;

function ofGivenSource(
  { origin, source: seen }: Reach,
  fate: SourceFate,
  { set, text }: Addresses,
): Breach[] {
  const others = difference(seen, set);
  if (isEmpty(others)) return [];
  // who keeps the own address is told apart by it
  if (fate === 'kept')
    return [broken({ ...origin, source: others }, `arrives from its own address, not from ${text}`)];
  const why = `arrives from ${printAddresses(seen, 4)}, not from ${text}`;
  if (fate === 'translated' && !intersects(seen, set)) return [broken(origin, why)];
  return [
    open(origin, `arrives from one of ${printAddresses(seen, 4)}: whether that is in ${text} is not known`),
  ];
}

type SourceFate = 'kept' | 'translated' | 'unknown';

/** Tells whether the end sees the address that packets were sent from. */
export function sourceFate({ origin, source, trace: { hops } }: Reach): SourceFate {
  const isRewritten = hops.some(({ outcome }) => outcome.source !== null);
  const isSame = onlyAddress(source) !== null && equals(source, origin.source);
  if (!isRewritten || isSame) return 'kept';
  const isKnown = hops.every(({ outcome }) => outcome.source?.kind !== 'unknown');
  return isKnown && isApart(source, origin.source) ? 'translated' : 'unknown';
}

const isApart = (a: AddressSet, b: AddressSet) => isEmpty(intersection(a, b));

function ofVia(reach: Reach, { via }: ResolvedExpectation): Breach[] {
  if (!arrives(reach)) return [];
  const { hops } = reach.trace;
  let at = 0;
  for (const { text, nodes } of via) {
    if (nodes === null) return [open(reach.origin, `which hosts are ${text} is not known`)];
    const next = hops.findIndex(({ node }, i) => i >= at && nodes.has(node));
    if (next === -1) {
      const passed = [...new Set(hops.map(({ node }) => node.name))].join(', ');
      return [broken(reach.origin, `passes ${passed}, and not ${text}${at > 0 ? ' behind them' : ''}`)];
    }
    at = next;
  }
  return [];
}
