/** The packets of which a cause makes something else, in words: what became of them before, and after. */
import type { Line } from '../model.ts';
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
import { setsJoined } from '../network/reach/causes.ts';
import type { DifferenceKind } from '../network/reach/differences.ts';
import type { FleetDifference } from '../network/reach/fleet-differences.ts';
import { printDestination, printPackets } from '../network/reach/print-packets.ts';
import type { Reach } from '../network/reach/reach.ts';
import { withoutCounters } from '../network/rule-parts.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { printReason, printStage } from '../network/trace/step-text.ts';
import { causeOf, type TraceStep } from '../network/trace/steps.ts';
import type { PacketSet } from '../network/walk/packets.ts';
import type { DrawnChange } from './path-drawings.ts';

/** Finds where a line that stands behind a step is shown to stand. */
export type PlaceOf = (node: NetnsNode, line: Place) => Place;
type Place = Pick<Line, 'origin' | 'line'>;

export const whereItIs: PlaceOf = (_, line) => line;

/** Packets alike, who sends them, and where they end. */
export interface MovedPackets {
  /** The namespaces that send them, or by which they come in from outside. */
  from: string[];
  packets: string;
  before: string[];
  after: string[];
  /** The ways of the first of them, where drawings were asked for. */
  drawn?: DrawnChange;
}

/** Packets in words, and the first of the differences that they are of. */
export interface Moved {
  words: MovedPackets;
  source: string;
  destination: string;
  of: FleetDifference;
}

export function movedIn(
  differences: readonly [FleetDifference, ...FleetDifference[]],
  outside: AddressSet,
  placeOf: PlaceOf,
): Moved[] {
  const shown = differences.map((of): Shown => {
    const { packets, kind, start, before, after } = of;
    const ends = [endsText(before, kind, whereItIs), endsText(after, kind, placeOf)];
    return { packets, from: [startText(start)], ends, of };
  });
  const byEnds = ({ ends }: Shown) => JSON.stringify(ends);
  const bySender = setsJoined(shown, 'destination', (one) => `${one.from} ${byEnds(one)}`).map(together);
  const bySource = setsJoined(bySender, 'source', byEnds).map(together);
  return setsJoined(bySource, 'destination', (one) => `${one.from} ${byEnds(one)}`)
    .map(together)
    .sort((a, b) => Number(isOutside(a, outside)) - Number(isOutside(b, outside)))
    .map(({ packets, from, ends, of }) => {
      const print = (set: AddressSet) => printSide(set, outside);
      const words = {
        from,
        packets: printPackets(packets, print),
        before: ends[0] ?? [],
        after: ends[1] ?? [],
      };
      const [source, destination] = [print(packets.source), printDestination(packets, print)];
      return { words, source, destination, of };
    });
}

interface Shown {
  packets: PacketSet;
  from: string[];
  ends: string[][];
  of: FleetDifference;
}

const together = ({ packets, items }: { packets: PacketSet; items: [Shown, ...Shown[]] }): Shown => ({
  packets,
  from: [...new Set(items.flatMap(({ from }) => from))],
  ends: items[0].ends,
  of: items[0].of,
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

const endsText = (ways: readonly Reach[], kind: DifferenceKind, placeOf: PlaceOf): string[] =>
  [...new Set(ways.map((one) => endText(one, kind, placeOf)))].sort();

/** `delivered to s2/db at 10.244.3.27:5432, from 10.244.3.1` */
function endText(reach: Reach, kind: DifferenceKind, placeOf: PlaceOf): string {
  const { disposition, end, decidedBy, trace } = reach;
  switch (disposition) {
    case 'delivered':
      return `delivered to ${end?.name}${atText(reach)}${fromText(reach, kind)}`;
    case 'dropped':
      return `dropped on ${decidedBy.node.name}: ${whyText(decidedBy, placeOf)}`;
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

const whyText = (step: TraceStep, placeOf: PlaceOf): string => {
  const cause = causeOf(step);
  return cause ? causeText(step, cause, placeOf) : printReason(step) || printStage(step);
};

/** `-A FORWARD -j DROP (iptables-legacy-save:14)` */
export function causeText({ node }: TraceStep, cause: Line, placeOf: PlaceOf): string {
  const { origin, line } = placeOf(node, cause);
  return `${withoutCounters(cause.text)} (${origin}:${line})`;
}
