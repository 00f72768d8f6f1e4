/** Tells what becomes of packets otherwise than before, as texts: by cause, worst first. Pure. */
import { createHash } from 'node:crypto';
import { printAddress, printEndpoint } from '../network/address-text.ts';
import {
  type AddressSet,
  ALL,
  ALL4,
  ALL6,
  difference,
  equals,
  intersection,
  intersects,
  isEmpty,
  NONE,
  namedAddresses,
  onlyAddress,
  printAddresses,
  toCidrs,
  union,
  unionOf,
} from '../network/addresses.ts';
import { acts, causesOf, type DifferenceCause, setsJoined } from '../network/reach/causes.ts';
import type { DifferenceKind } from '../network/reach/differences.ts';
import type { FleetDifference } from '../network/reach/fleet-differences.ts';
import { printPackets } from '../network/reach/print-packets.ts';
import type { Reach } from '../network/reach/reach.ts';
import { withoutCounters } from '../network/rule-parts.ts';
import { printReason, printStage } from '../network/trace/step-text.ts';
import { causeOf, type TraceStep } from '../network/trace/steps.ts';
import type { PacketSet } from '../network/walk/packets.ts';

/** The kinds, in the order in which they are shown. */
export const PATH_CHANGE_KINDS = [
  'stops',
  'server',
  'source',
  'way',
  'starts',
  'undecided',
] as const satisfies DifferenceKind[];

/** One cause, and the packets of which it makes something else. */
export interface PathChange {
  /** 12 hex digits, equal where the same becomes of the same packets in another run: a file of --allow names them. */
  id: string;
  kind: DifferenceKind;
  /** The first step that is another on each side; null where the other side only goes on. */
  before: string | null;
  after: string | null;
  /** The number of pairs of a sender and a kind of packets. */
  pairs: number;
  /** The first of these packets; there may be more than are shown. */
  packets: MovedPackets[];
  /** The packets of the cause that are not among these, as a number of lines. */
  more: number;
  /** The reasons why it can't be told; none where it can. */
  doubts: string[];
}

interface MovedPackets {
  /** The namespaces that send them, or by which they come in from outside. */
  from: string[];
  packets: string;
  before: string[];
  after: string[];
}

/** The most lines of packets of one cause. */
const MOST = 8;

/** @param outside the addresses that hosts outside of the fleet may have */
export function pathChanges(differences: readonly FleetDifference[], outside: AddressSet): PathChange[] {
  return causesOf(differences)
    .map((cause) => changeOf(cause, outside))
    .sort(worstFirst);
}

const worstFirst = (a: PathChange, b: PathChange): number =>
  PATH_CHANGE_KINDS.indexOf(a.kind) - PATH_CHANGE_KINDS.indexOf(b.kind) || b.pairs - a.pairs;

function changeOf({ key, differences }: DifferenceCause, outside: AddressSet): PathChange {
  const [first] = differences;
  const { kind } = first;
  const packets = movedIn(differences, outside);
  return {
    id: idOf(key, packets),
    kind,
    ...shownSteps(first),
    pairs: differences.length,
    packets: packets.slice(0, MOST),
    more: Math.max(0, packets.length - MOST),
    doubts: kind === 'undecided' ? doubtsIn(differences) : [],
  };
}

/** All that becomes otherwise is in it: to accept one difference accepts no other. */
const idOf = (key: string, packets: readonly MovedPackets[]): string =>
  createHash('sha256')
    .update(JSON.stringify([key, packets]))
    .digest('hex')
    .slice(0, 12);

/** Shows what acted; of packets that went on only what let them, and of two sides that only go on where they part. */
function shownSteps({
  kind,
  parting: { before, after },
}: FleetDifference): Pick<PathChange, 'before' | 'after'> {
  const letGo = (step: TraceStep) =>
    step.kind === 'ipvs' || ('action' in step && ['accept', 'dnat'].includes(step.action));
  const isShown = (step: TraceStep, wentOn: boolean) => acts(step) && (!wentOn || letGo(step));
  const shown = {
    before: before && isShown(before, kind === 'stops') ? before : null,
    after: after && isShown(after, kind === 'starts') ? after : null,
  };
  const steps = shown.before || shown.after ? shown : { before, after };
  return { before: steps.before && stepText(steps.before), after: steps.after && stepText(steps.after) };
}

function doubtsIn(differences: readonly FleetDifference[]): string[] {
  const reasons = differences.flatMap(({ before, after }) =>
    [...before, ...after].flatMap(({ doubts }) =>
      doubts.flatMap(({ cause, reason }) => (cause === 'unknown' ? [reason] : [])),
    ),
  );
  return [...new Set(reasons)].slice(0, 8);
}

function movedIn(differences: readonly FleetDifference[], outside: AddressSet): MovedPackets[] {
  const shown = differences.map(({ packets, kind, start, before, after }) => ({
    packets,
    from: [startText(start)],
    ends: [endsText(before, kind), endsText(after, kind)],
  }));
  const byEnds = ({ ends }: Shown) => JSON.stringify(ends);
  const bySender = setsJoined(shown, 'destination', (one) => `${one.from} ${byEnds(one)}`).map(together);
  const bySource = setsJoined(bySender, 'source', byEnds).map(together);
  return setsJoined(bySource, 'destination', (one) => `${one.from} ${byEnds(one)}`)
    .map(together)
    .sort((a, b) => Number(isOutside(a, outside)) - Number(isOutside(b, outside)))
    .map(({ packets, from, ends }) => ({
      from,
      packets: printPackets(packets, (set) => printSide(set, outside)),
      before: ends[0] ?? [],
      after: ends[1] ?? [],
    }));
}

interface Shown {
  packets: PacketSet;
  from: string[];
  ends: string[][];
}

const together = ({ packets, items }: { packets: PacketSet; items: Shown[] }): Shown => ({
  packets,
  from: [...new Set(items.flatMap(({ from }) => from))],
  ends: items[0]?.ends ?? [],
});

const isOutside = ({ packets }: Shown, outside: AddressSet): boolean =>
  isEmpty(difference(packets.destination, outside));

/** Addresses, those that nobody of the fleet has by one word: `10.0.0.5, outside but 10.244.0.0/16`. */
function printSide(set: AddressSet, outside: AddressSet): string {
  const own = difference(set, outside);
  const others = intersection(set, outside);
  const families = unionOf([others.v4.length > 0 ? ALL4 : NONE, others.v6.length > 0 ? ALL6 : NONE]);
  const missing = difference(intersection(outside, families), others);
  const inside = isEmpty(own) ? [] : [printAddresses(own, 8)];
  if (isEmpty(others)) return inside.join('');
  if (isEmpty(missing)) return [...inside, 'outside'].join(', ');
  const [these, those] = [wideCidrs(others, outside), wideCidrs(missing, outside)];
  if (these.length > those.length) return [...inside, `outside but ${some(those)}`].join(', ');
  // a virtual address is nobody's own, and no network
  const isNetwork = these.some((cidr) => cidr.includes('/'));
  return [...inside, `${isNetwork ? 'outside in ' : ''}${some(these)}`].join(', ');
}

/** Returns the fewest CIDRs that have these of the outside, and no others of it. */
const wideCidrs = (set: AddressSet, outside: AddressSet): string[] =>
  toCidrs(union(set, difference(ALL, outside))).filter((cidr) => intersects(namedAddresses([cidr]), set));

const some = (texts: readonly string[]): string =>
  texts.length > 6 ? `${texts.slice(0, 6).join(', ')} and ${texts.length - 6} more` : texts.join(', ');

const startText = ({ node, entry }: FleetDifference['start']): string =>
  entry.kind === 'sent' ? node.name : `outside, by ${entry.input ?? 'an interface'} of ${node.name}`;

const endsText = (ways: readonly Reach[], kind: DifferenceKind): string[] =>
  [...new Set(ways.map((one) => endText(one, kind)))].sort();

/** `delivered to s2/db at 10.244.3.27:5432, from 10.244.3.1` */
function endText(reach: Reach, kind: DifferenceKind): string {
  const { disposition, end, decidedBy, trace } = reach;
  switch (disposition) {
    case 'delivered':
      return `delivered to ${end?.name}${atText(reach)}${fromText(reach, kind)}`;
    case 'dropped':
      return `dropped on ${decidedBy.node.name}: ${whyText(decidedBy)}`;
    case 'exits-fleet': {
      if (kind === 'stops' || kind === 'starts') return 'leaves the fleet';
      const { outcome, node } = trace.hops.at(-1) ?? {};
      const router = outcome?.gateway ? ` to ${printAddress(outcome.gateway)}` : '';
      return `leaves the fleet by ${outcome?.out ?? 'an interface'} of ${node?.name}${router}${atText(reach)}${fromText(reach, kind)}`;
    }
    case 'undecided':
      return `not known beyond ${end?.name ?? 'there'}`;
  }
}

/** The destination, where it has become another. */
function atText({ origin, destination, destinationPort, trace }: Reach): string {
  if (trace.hops.every(({ outcome }) => outcome.destination === null && outcome.ports.destination === null))
    return '';
  const [only, [port, high]] = [onlyAddress(destination), destinationPort];
  if (only && port !== undefined && port === high) return ` at ${printEndpoint(only, port)}`;
  return equals(origin.destination, destination) ? '' : ` at ${printAddresses(destination, 4)}`;
}

/** The source, where it has become another; or where that is what the difference is about. */
function fromText({ source, trace }: Reach, kind: DifferenceKind): string {
  if (kind === 'stops' || kind === 'starts') return '';
  const isKept = trace.hops.every(({ outcome }) => outcome.source === null);
  if (!isKept) return `, from ${printAddresses(source, 4)}`;
  return kind === 'source' ? ', from its own address' : '';
}

const whyText = (step: TraceStep): string => {
  const cause = causeOf(step);
  const reason = printReason(step);
  return cause
    ? `${withoutCounters(cause.text)} (${cause.origin}:${cause.line})`
    : reason || printStage(step);
};

/** `router FORWARD: -A FORWARD -j DROP (iptables-legacy-save:14)` */
function stepText(step: TraceStep): string {
  const { node, enters, device } = step;
  if (step.kind === 'entry') return `${node.name}: comes in${device ? ` by ${device}` : ''}`;
  if (step.kind === 'delivered') return `${node.name}: delivered`;
  const place = `${node.name} ${printStage(step)}`;
  const cause = causeOf(step);
  const reason = printReason(step);
  if (cause) return `${place}: ${withoutCounters(cause.text)} (${cause.origin}:${cause.line})`;
  if (step.kind === 'ipvs' && step.action === 'schedule')
    return `${place}: to ${printEndpoint(step.server.address, step.server.port)}`;
  return reason || enters ? `${place}: ${reason || 'comes in'}` : place;
}
