/** The place where two ways part: the first step that is another on each side. */
import { onceFor, onceForText } from '../../once-for.ts';
import { printEndpoint } from '../address-text.ts';
import { printSetting } from '../interface-settings.ts';
import { withoutCounters } from '../rule-parts.ts';
import type { Rule } from '../ruleset.ts';
import {
  everyStep,
  type PlaceOfStep,
  placesOfSteps,
  ruleOf,
  settingOf,
  type TraceStep,
} from '../trace/steps.ts';
import type { Hop, Trace } from '../trace/trace.ts';
import { changesSource, type WalkStep } from '../walk/step.ts';
import type { Reach } from './reach.ts';

export interface Parting {
  before: TraceStep | null;
  after: TraceStep | null;
}

/** Compares the first ways of both sides that are not the same; a side that has gone all of the other's way has no step. */
export function partingOf(before: readonly Reach[], after: readonly Reach[]): Parting {
  const keys = (ways: readonly Reach[]) => new Set(ways.map(({ trace }) => wayKey(trace)));
  const [then, now] = [keys(before), keys(after)];
  const old = before.find(({ trace }) => !now.has(wayKey(trace))) ?? before[0];
  const fresh = after.find(({ trace }) => !then.has(wayKey(trace))) ?? after[0];
  const [a, b] = [old, fresh].map((one) => (one ? everyStep(one.trace) : []));
  return firstApart(a ?? [], b ?? []);
}

function firstApart(before: readonly TraceStep[], after: readonly TraceStep[]): Parting {
  let at = 0;
  while (at < before.length && at < after.length && isSameAt(before, after, at)) at++;
  const [a, b] = [before[at] ?? null, after[at] ?? null];
  const [isLater, wasLater] = [isAmong(a, after.slice(at)), isAmong(b, before.slice(at))];
  // a step that both ways come to is no difference: another one stands before it
  if (isLater === wasLater) return { before: a, after: b };
  return isLater ? { before: null, after: b } : { before: a, after: null };
}

const isAmong = (step: TraceStep | null, others: readonly TraceStep[]): boolean =>
  step !== null && others.some((one) => stepKey(one) === stepKey(step));

const isSameAt = (before: readonly TraceStep[], after: readonly TraceStep[], at: number): boolean => {
  const [a, b] = [before[at], after[at]];
  return a !== undefined && b !== undefined && stepKey(a) === stepKey(b);
};

/** Returns a text that is equal for ways with the same steps and the same doubts. */
export const wayKey = (trace: Trace): string =>
  [
    ...placesOfSteps(withoutActs(trace)).map(stepKey),
    ...trace.hops.map(actsKey),
    trace.ending,
    ...trace.doubts.map(({ reason }) => reason),
  ].join('\n');

const withoutActs = (trace: Trace): Trace => ({
  ...trace,
  hops: trace.hops.map((hop) => ({ ...hop, outcome: { ...hop.outcome, steps: [] } })),
});

/** Ways of one answer have most steps in common: what each did is told once. */
const actsKey = ({ outcome: { steps, out } }: Hop): string =>
  steps.map((step) => `${numberOfAct(step)}${changesSource(step.action) ? ` ${out}` : ''}`).join();

const numberOfAct = onceFor((step: WalkStep): number => numberOfText(actKey(step)));
let numbers = 0;
const numberOfText = onceForText((_): number => numbers++);

const uncountedText = onceFor(({ text }: Rule): string => withoutCounters(text));

/** Equal where the same acted at the same place, in two readings of a ruleset: rules are known by their texts. */
export const stepKey = (step: PlaceOfStep): string => [step.node.name, actKey(step), step.device].join(' | ');

function actKey(step: WalkStep | PlaceOfStep): string {
  const rule = ruleOf(step);
  const setting = settingOf(step);
  return [
    step.kind,
    'action' in step ? step.action : '',
    // a virtual service is one thing, whoever asks it
    'hook' in step && step.kind !== 'ipvs' ? step.hook : '',
    'table' in step ? `${step.table.family} ${step.table.name} ${step.chain.name}` : '',
    rule ? uncountedText(rule) : '',
    setting ? printSetting(setting) : '',
    step.kind === 'ipvs' && step.action === 'schedule' ? serverKey(step) : '',
  ].join(' | ');
}

function serverKey({
  service,
  server,
}: Extract<WalkStep | PlaceOfStep, { kind: 'ipvs'; action: 'schedule' }>): string {
  const { address, port, fwmark, protocol } = service;
  const of = address ? `${protocol} ${printEndpoint(address, port)}` : `FWM ${fwmark}`;
  return `${of} ${printEndpoint(server.address, server.port)} ${server.forwarding}`;
}
