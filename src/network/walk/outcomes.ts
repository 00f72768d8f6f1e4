/** The result of a walk: the packets in classes, and the possible outcomes of each. */

import type { Address } from '../address-text.ts';
import type { AddressSet } from '../addresses.ts';
import * as addresses from '../addresses.ts';
import { PORTS } from '../fields.ts';
import type { RealServer } from '../ipvs.ts';
import { type Ranges, same } from '../ranges.ts';
import { assertNever } from '../rule-parts.ts';
import type { Rule } from '../ruleset.ts';
import { type Doubt, doubted, type Flow, firstPackets, rewriteOf, unchained, unknown } from './flow.ts';
import { common, type PacketSet, without } from './packets.ts';
import { allocationByEither } from './port-allocation.ts';
import { changesSource, type Rewrite, type Translation, type WalkStep } from './step.ts';
import { netmapped } from './translate.ts';

/** A possible outcome for packets in a namespace. */
export interface Outcome extends Rewrite {
  /**
   * `passed`: through the hook that was walked. `forwarded`: out by an interface. `delivered`: to this namespace's own
   * sockets. `unroutable`: no route, or one that refuses. `refused`: a virtual service without real servers.
   * `unknown`: not followed further; the doubts say why.
   */
  verdict: 'passed' | 'forwarded' | 'delivered' | 'dropped' | 'unroutable' | 'refused' | 'unknown';
  out: string | null;
  mark: Flow['mark'];
  tracked: boolean;
  /** The next router; null: the destination is on the link, or was not looked for. */
  gateway: Address | null;
  /** The real server that IPVS sends them to. */
  server: RealServer | null;
  /** The steps that affected them, in order. */
  steps: WalkStep[];
  /** The doubts on which it hangs that this is the outcome and not another; none when it is sure. */
  doubts: Doubt[];
}

/**
 * Packets that all have the same possible outcomes. Classes share no packet, unless there were too many to make them
 * disjoint: those have an outcome `unknown`.
 */
export interface PacketClass {
  packets: PacketSet;
  /** The outcomes: one when it is sure. Never none. */
  outcomes: Outcome[];
}

export type NodeVerdict = Outcome['verdict'];

function outcomeOf(flow: Flow, verdict: NodeVerdict): Outcome {
  return {
    verdict,
    out: flow.out,
    ...rewriteOf(flow),
    mark: flow.mark,
    tracked: flow.tracked,
    gateway: flow.gateway,
    server: flow.ipvs?.server ?? null,
    steps: unchained(flow.steps),
    doubts: unchained(flow.doubts),
  };
}

/** Returns the packets as they are behind it. Where a pool or a network was chosen from, all that could be. */
export function afterwards(packets: PacketSet, { source, destination, ports }: Rewrite): PacketSet {
  return {
    source: translatedSet(packets.source, source),
    destination: translatedSet(packets.destination, destination),
    protocol: packets.protocol,
    sourcePort: ports.source ?? packets.sourcePort,
    destinationPort: ports.destination ?? packets.destinationPort,
  };
}

/** Returns the translated addresses; all of the family where they are not known. */
export function translatedSet(set: AddressSet, translation: Translation | null): AddressSet {
  if (translation === null) return set;
  switch (translation.kind) {
    case 'netmap':
      return netmapped(set, translation.network, translation.bits);
    case 'unknown':
      return set.v4.length > 0 ? addresses.ALL4 : addresses.ALL6;
    case 'address':
    case 'pool':
      return translation.set;
    default:
      return assertNever(translation);
  }
}

export interface Result {
  flow: Flow;
  verdict: NodeVerdict;
}

/** The most doubtful classes, to one address, that are compared: beyond, the outcome of their packets is unknown. */
const MAX_DOUBTFUL = 1000;
const TOO_MUCH = unknown('too many doubtful cases to tell them apart');

/**
 * Sorts results into classes that share no packet. Flows in doubt overlap: where all possible outcomes of a packet are
 * the same, there is no doubt.
 */
export function partition(results: readonly Result[], same: Same = alike): PacketClass[] {
  const sure: PacketClass[] = [];
  const doubtful: Result[] = [];
  for (const result of results) {
    if (result.flow.doubts === null) sure.push(partOf(result));
    else doubtful.push(result);
  }
  const disjoint = groupedByDestination(doubtful).map(
    (group) => makeDisjoint(group, same) ?? group.map(widen),
  );
  return [...sure, ...disjoint.flat()];
}

/** Groups results that share no packet, since they share no destination: of thousands, each is compared with few. */
function groupedByDestination(doubtful: readonly Result[]): Result[][] {
  const spans = doubtful.map((result) => ({ result, ...addresses.spanOf(result.flow.destination.original) }));
  spans.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const groups: Result[][] = [];
  let group: Result[] = [];
  let reach = -1n;
  for (const { result, from, to } of spans) {
    if (from > reach) {
      group = [];
      groups.push(group);
    }
    group.push(result);
    if (to > reach) reach = to;
  }
  return groups;
}

const partOf = ({ flow, verdict }: Result): PacketClass => ({
  packets: firstPackets(flow),
  outcomes: [outcomeOf(flow, verdict)],
});

/** Returns null when there are too many. */
function makeDisjoint(doubtful: readonly Result[], same: Same): PacketClass[] | null {
  let cells: PacketClass[] = [];
  for (const result of doubtful) {
    cells = refine(cells, partOf(result));
    if (cells.length > MAX_DOUBTFUL) return null;
  }
  return cells.map((cell) => resolve(cell, same));
}

function widen({ flow, verdict }: Result): PacketClass {
  const outcomes = [outcomeOf(flow, verdict), outcomeOf(doubted(flow, TOO_MUCH), 'unknown')];
  return { packets: firstPackets(flow), outcomes };
}

/** Adds a class to others, cutting both where they overlap. */
function refine(cells: readonly PacketClass[], { packets, outcomes }: PacketClass): PacketClass[] {
  const result: PacketClass[] = [];
  let rest: PacketSet[] = [packets];
  for (const cell of cells) {
    const both = common(cell.packets, packets);
    if (!both) {
      result.push(cell);
      continue;
    }
    result.push(...without(cell.packets, packets).map((outside) => ({ ...cell, packets: outside })));
    result.push({ packets: both, outcomes: [...cell.outcomes, ...outcomes] });
    rest = rest.flatMap((piece) => without(piece, cell.packets));
  }
  return [...result, ...rest.map((piece) => ({ packets: piece, outcomes }))];
}

function resolve({ packets, outcomes }: PacketClass, same: Same): PacketClass {
  const different: Outcome[] = [];
  for (const outcome of outcomes) {
    const index = different.findIndex((other) => same(other, outcome));
    // biome-ignore lint/style/noNonNullAssertion: the index is one of its own
    if (index >= 0) different[index] = withSourcePortsOf(different[index]!, outcome);
    else different.push(outcome);
  }
  const [first] = different;
  const sure = different.length === 1 && first?.verdict !== 'unknown' ? first : undefined;
  return { packets, outcomes: sure ? [{ ...sure, doubts: [] }] : different };
}

/** Widens an outcome to another that is the same but for the source's port. */
function withSourcePortsOf(one: Outcome, { ports: { source }, allocation }: Outcome): Outcome {
  const widened = { ...one, allocation: allocationByEither(one.allocation, allocation) };
  return samePorts(one.ports.source, source)
    ? widened
    : { ...widened, ports: { ...one.ports, source: PORTS } };
}

type Same = (a: Outcome, b: Outcome) => boolean;

/** True when a rule of the same kind decided, too. */
export const decidedAlike: Same = (a, b) => alike(a, b) && decisionOf(a)?.action === decisionOf(b)?.action;

/** Returns the rule of nat that decided about the source. */
export function decisionOf({
  steps,
}: Outcome): { rule: Rule; action: 'masquerade' | 'snat' | 'accept' } | null {
  for (const step of steps.toReversed()) {
    if (step.kind !== 'rule' || step.type !== 'nat') continue;
    const { rule, action } = step;
    if (action === 'accept' || changesSource(action)) return { rule, action };
  }
  return null;
}

/** Returns the rules that changed the source, or its port. */
export const sourceRulesIn = ({ steps }: Outcome): Rule[] =>
  steps.flatMap((step) => (step.kind === 'rule' && changesSource(step.action) ? [step.rule] : []));

/** Tells whether outcomes are the same in all that another host, or a socket, could notice. */
function alike(a: Outcome, b: Outcome): boolean {
  if (a.verdict !== b.verdict) return false;
  if (a.verdict === 'dropped' || a.verdict === 'unroutable') return true;
  return (
    a.out === b.out &&
    sameGateway(a.gateway, b.gateway) &&
    a.server === b.server &&
    sameTranslation(a.source, b.source) &&
    sameTranslation(a.destination, b.destination) &&
    samePorts(a.ports.destination, b.ports.destination)
  );
}

const sameGateway = (a: Address | null, b: Address | null) =>
  a === null || b === null ? a === b : a.family === b.family && a.value === b.value;

const samePorts = (a: Ranges<number> | null, b: Ranges<number> | null) =>
  a === null || b === null ? a === b : same(a, b);

function sameTranslation(a: Translation | null, b: Translation | null): boolean {
  if (a === null || b === null) return a === b;
  switch (a.kind) {
    case 'unknown':
      return b.kind === a.kind;
    case 'netmap':
      return b.kind === a.kind && a.bits === b.bits && addresses.equals(a.network, b.network);
    case 'address':
    case 'pool':
      return b.kind === a.kind && addresses.equals(a.set, b.set);
    default:
      return assertNever(a);
  }
}
