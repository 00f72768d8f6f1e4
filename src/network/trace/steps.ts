/** A trace as the steps that affected it, each of them typed: texts are made of them, and never read again. */
import type { Address } from '../address-text.ts';
import { equals } from '../addresses.ts';
import { type InterfaceSetting, printSetting } from '../interface-settings.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { afterwards } from '../walk/outcomes.ts';
import type { PacketSet } from '../walk/packets.ts';
import { changesSource, type Site, type WalkStep } from '../walk/step.ts';
import { type Hop, missingAt, type Stop, type Trace } from './trace.ts';

/** The entry of packets into a namespace, and their end: events of no rule and no table. */
type Passage =
  | { kind: 'entry'; hook: 'prerouting' | 'output' }
  | { kind: 'delivered' }
  /** The packets leave toward where nobody of the fleet is. */
  | { kind: 'exits'; gateway: Address | null }
  /** The rest of the trace is not known. */
  | { kind: 'undecided' }
  | Stop;

/** A step without the packets that come to it and go on. */
export type PlaceOfStep = (Site | Passage) & {
  node: NetnsNode;
  /** True for the first step reported of this visit to the namespace. */
  enters: boolean;
  /** The interface that packets came in by or leave by; '' at steps where that plays no part. */
  device: string;
  certainty: Certainty;
};

export type TraceStep = PlaceOfStep & { before: PacketSet; after: PacketSet };

/** The certainty of a step; `chance`: other connections fare otherwise. `unknown`: the facts collected do not tell. */
type Certainty = 'certain' | 'chance' | 'unknown';

/** Returns the steps that show where packets are or change their addresses, and the one that ends them. */
export const toSteps = (trace: Omit<Trace, 'origin' | 'doubts'>): TraceStep[] => stepsOf(trace, isShown);

/** Returns all steps: marks, and verdicts that let packets go on, too. */
export const everyStep = (trace: Omit<Trace, 'origin' | 'doubts'>): TraceStep[] => stepsOf(trace, () => true);

/** Returns the places of all steps: to say of each which packets come and go takes far longer. */
export const placesOfSteps = (trace: Omit<Trace, 'origin' | 'doubts'>): PlaceOfStep[] =>
  stepsOf(
    trace,
    () => true,
    (packets) => packets,
  );

type Choice = (step: WalkStep) => boolean;

function stepsOf(
  { hops, ending, packets, stop }: Omit<Trace, 'origin' | 'doubts'>,
  chosen: Choice,
  rewritten: typeof afterwards = afterwards,
): TraceStep[] {
  let certainty: Certainty = 'certain';
  const steps = hops.flatMap((hop, i) => {
    certainty = lessOf(certainty, certaintyOf(hop));
    return stepsIn(hop, certainty, i === hops.length - 1 && ending === 'exits-fleet', chosen, rewritten);
  });
  if (!stop) return steps;
  const about = {
    enters: steps.at(-1)?.node !== stop.node,
    device: '',
    before: packets,
    after: packets,
  };
  return [...steps, { ...about, ...stop, certainty: 'unknown' }];
}

function certaintyOf(hop: Hop): Certainty {
  const { outcome } = hop;
  if (missingAt(hop).length > 0 || outcome.doubts.some(({ cause }) => cause === 'unknown')) return 'unknown';
  return outcome.doubts.length > 0 ? 'chance' : 'certain';
}

const lessOf = (a: Certainty, b: Certainty): Certainty =>
  a === 'unknown' || b === 'unknown' ? 'unknown' : a === 'chance' ? a : b;

function stepsIn(
  hop: Hop,
  certainty: Certainty,
  leaves: boolean,
  chosen: Choice,
  rewritten: typeof afterwards,
): TraceStep[] {
  const { node, entry, before, after, outcome } = hop;
  const shown = outcome.steps.filter(chosen);
  const hook = entry.kind === 'sent' ? 'output' : 'prerouting';
  const plain = { node, enters: false, device: '', certainty };
  const [first] = shown;
  // where not all steps are wanted, a translation at the hook where they come in is reported with the entry
  const isWithEntry =
    chosen === isShown && first?.kind === 'rule' && first.action === 'dnat' && first.hook === hook;
  const atEntry = isWithEntry ? first : null;
  const entered: TraceStep = {
    ...plain,
    ...(atEntry ?? { kind: 'entry', hook }),
    enters: true,
    device: entry.kind === 'received' ? (entry.input ?? '') : '',
    before,
    after: atEntry ? rewritten(before, atEntry.after) : before,
  };
  const own = (atEntry ? shown.slice(1) : shown).map(
    (step): TraceStep => ({
      ...plain,
      ...step,
      device: changesSource(step.action) ? (outcome.out ?? '') : '',
      before: rewritten(before, step.before),
      after: rewritten(before, step.after),
    }),
  );
  const end = endOf(hop, leaves);
  return [entered, ...own, ...(end ? [{ ...plain, before: after, after, ...end }] : [])];
}

/** Tells whether a step is shown: marks and verdicts that let packets go on are not. */
function isShown(step: WalkStep): boolean {
  switch (step.kind) {
    case 'rule':
      return ['masquerade', 'snat', 'dnat', 'drop', 'offload'].includes(step.action);
    case 'policy':
    case 'ipvs':
    case 'forwarding':
    case 'routing':
    case 'martian':
    case 'reverse-path':
      return true;
  }
}

type End = Passage & Partial<Pick<TraceStep, 'device' | 'certainty'>>;

/** Returns the end of a hop, where packets did not simply go on and no rule or table ended it. */
function endOf({ outcome }: Hop, leaves: boolean): End | null {
  switch (outcome.verdict) {
    case 'delivered':
      return { kind: 'delivered' };
    case 'unknown':
      return { kind: 'undecided', certainty: 'unknown' };
    case 'dropped':
    case 'refused':
    case 'unroutable':
      return null;
    case 'forwarded':
    case 'passed':
      return leaves ? { kind: 'exits', gateway: outcome.gateway, device: outcome.out ?? '' } : null;
  }
}

/** Returns the rule that made the step; null where something else did. */
export const ruleOf = (step: WalkStep | PlaceOfStep) => (step.kind === 'rule' ? step.rule : null);

/** Returns the setting that drops the packets; null where none does, or it is not known which. */
export const settingOf = (step: WalkStep | PlaceOfStep): InterfaceSetting | null =>
  step.kind === 'forwarding' || step.kind === 'martian' || step.kind === 'reverse-path' ? step.setting : null;

/** Returns the line that is behind the step: that of a rule or a setting. */
export function causeOf(step: TraceStep): { text: string; origin: string; line: number } | null {
  const setting = settingOf(step);
  return ruleOf(step) ?? (setting && { ...setting, text: printSetting(setting) });
}

/** Returns the destination port of the packets; 0: any, or none. */
export function portOf({ destinationPort: [low = 0, high, ...more] }: PacketSet): number {
  return more.length === 0 && low === high ? low : 0;
}

/**
 * Tells whether the same happened at the same place, and the packets are the same since: to find the steps that several
 * traces share.
 */
export function isSameStep(a: TraceStep, b: TraceStep): boolean {
  return (
    a.node === b.node &&
    a.kind === b.kind &&
    hookOf(a) === hookOf(b) &&
    ruleOf(a) === ruleOf(b) &&
    equals(a.after.source, b.after.source) &&
    equals(a.after.destination, b.after.destination) &&
    (a.kind !== 'ipvs' || b.kind !== 'ipvs' || a.service === b.service)
  );
}

const hookOf = (step: TraceStep) => ('hook' in step ? step.hook : null);
