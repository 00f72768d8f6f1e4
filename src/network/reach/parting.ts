/** The place where two ways part: the first step that is another on each side. */
import { printEndpoint } from '../address-text.ts';
import { printSetting } from '../interface-settings.ts';
import { withoutCounters } from '../rule-parts.ts';
import { everyStep, ruleOf, settingOf, type TraceStep } from '../trace/steps.ts';
import type { Trace } from '../trace/trace.ts';
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
  [...everyStep(trace).map(stepKey), trace.ending, ...trace.doubts.map(({ reason }) => reason)].join('\n');

/** Equal where the same acted at the same place, in two readings of a ruleset: rules are known by their texts. */
export function stepKey(step: TraceStep): string {
  const rule = ruleOf(step);
  const setting = settingOf(step);
  return [
    step.node.name,
    step.kind,
    'action' in step ? step.action : '',
    // a virtual service is one thing, whoever asks it
    'hook' in step && step.kind !== 'ipvs' ? step.hook : '',
    'table' in step ? `${step.table.family} ${step.table.name} ${step.chain.name}` : '',
    rule ? withoutCounters(rule.text) : '',
    setting ? printSetting(setting) : '',
    step.kind === 'ipvs' && step.action === 'schedule' ? serverKey(step) : '',
    step.device,
  ].join(' | ');
}

function serverKey({ service, server }: Extract<TraceStep, { kind: 'ipvs'; action: 'schedule' }>): string {
  const { address, port, fwmark, protocol } = service;
  const of = address ? `${protocol} ${printEndpoint(address, port)}` : `FWM ${fwmark}`;
  return `${of} ${printEndpoint(server.address, server.port)} ${server.forwarding}`;
}
