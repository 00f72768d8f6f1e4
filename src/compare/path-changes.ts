/** Tells what becomes of packets otherwise than before, as texts: by cause, worst first. Pure. */
import { createHash } from 'node:crypto';
import { printEndpoint } from '../network/address-text.ts';
import type { AddressSet } from '../network/addresses.ts';
import { acts, causesOf, type DifferenceCause } from '../network/reach/causes.ts';
import type { DifferenceKind } from '../network/reach/differences.ts';
import type { FleetDifference } from '../network/reach/fleet-differences.ts';
import { printReason, printStage } from '../network/trace/step-text.ts';
import { causeOf, type TraceStep } from '../network/trace/steps.ts';
import { causeText, type MovedPackets, movedIn, type PlaceOf, whereItIs } from './moved-packets.ts';
import { drawnChange } from './path-drawings.ts';

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

/** The most lines of packets of one cause. */
const MOST = 8;

/** How changes are shown. */
export interface ChangeShowing {
  /** Whether ways are drawn, too. */
  isDrawn: boolean;
  /** Finds where a line of the later side stands: in the file that proposes it. */
  placeOf: PlaceOf;
}

/** @param outside the addresses that hosts outside of the fleet may have */
export function pathChanges(
  differences: readonly FleetDifference[],
  outside: AddressSet,
  showing: ChangeShowing,
): PathChange[] {
  return causesOf(differences)
    .map((cause) => changeOf(cause, outside, showing))
    .sort(worstFirst);
}

const worstFirst = (a: PathChange, b: PathChange): number =>
  PATH_CHANGE_KINDS.indexOf(a.kind) - PATH_CHANGE_KINDS.indexOf(b.kind) || b.pairs - a.pairs;

function changeOf(
  { key, differences }: DifferenceCause,
  outside: AddressSet,
  { isDrawn, placeOf }: ChangeShowing,
): PathChange {
  const [first] = differences;
  const { kind } = first;
  const moved = movedIn(differences, outside, placeOf);
  const packets = moved.map(({ words }) => words);
  return {
    id: idOf(key, packets),
    kind,
    ...shownSteps(first, placeOf),
    pairs: differences.length,
    packets: moved
      .slice(0, MOST)
      .map(({ words, source, destination, of }) =>
        isDrawn ? { ...words, drawn: drawnChange(of, { from: words.from, source, destination }) } : words,
      ),
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
function shownSteps(
  { kind, parting: { before, after } }: FleetDifference,
  placeOf: PlaceOf,
): Pick<PathChange, 'before' | 'after'> {
  const letGo = (step: TraceStep) =>
    step.kind === 'ipvs' || ('action' in step && ['accept', 'dnat'].includes(step.action));
  const isShown = (step: TraceStep, wentOn: boolean) => acts(step) && (!wentOn || letGo(step));
  const shown = {
    before: before && isShown(before, kind === 'stops') ? before : null,
    after: after && isShown(after, kind === 'starts') ? after : null,
  };
  const steps = shown.before || shown.after ? shown : { before, after };
  return {
    before: steps.before && stepText(steps.before, whereItIs),
    after: steps.after && stepText(steps.after, placeOf),
  };
}

function doubtsIn(differences: readonly FleetDifference[]): string[] {
  const reasons = differences.flatMap(({ before, after }) =>
    [...before, ...after].flatMap(({ doubts }) =>
      doubts.flatMap(({ cause, reason }) => (cause === 'unknown' ? [reason] : [])),
    ),
  );
  return [...new Set(reasons)].slice(0, 8);
}

/** `router FORWARD: -A FORWARD -j DROP (iptables-legacy-save:14)` */
function stepText(step: TraceStep, placeOf: PlaceOf): string {
  const { node, enters, device } = step;
  if (step.kind === 'entry') return `${node.name}: comes in${device ? ` by ${device}` : ''}`;
  if (step.kind === 'delivered') return `${node.name}: delivered`;
  const place = `${node.name} ${printStage(step)}`;
  const cause = causeOf(step);
  const reason = printReason(step);
  if (cause) return `${place}: ${causeText(step, cause, placeOf)}`;
  if (step.kind === 'ipvs' && step.action === 'schedule')
    return `${place}: to ${printEndpoint(step.server.address, step.server.port)}`;
  return reason || enters ? `${place}: ${reason || 'comes in'}` : place;
}
