import type { Line, Severity, Verdict } from '../model.ts';
import type { Expression } from './expression/expression.ts';
import { evidenceFor, type FailingItems } from './facts/evidence.ts';
import type { Facts } from './facts/facts.ts';
import type { LoadedRule } from './rules/rule-reader.ts';

export interface Judgement {
  verdict: Verdict;
  /** fail: the defect. unknown: why it can't be decided. */
  message: string;
  evidence: Line[];
}

/** The facts that a rule is judged by. */
interface Known {
  facts: Facts;
  context: Record<string, unknown>;
  /** True when it does not run: what only a running kernel knows is no lack, and rules that ask for it don't apply. */
  atRest?: boolean;
}

/**
 * Tries a rule. What is not known, or not whole, counts only where the verdict would be another if it were: a finding
 * stands where the rule applies and its assertion is false whatever is missing. What `when` guards may mean nothing where
 * it does not hold: where that is not known, an assertion that holds acquits nobody.
 */
export function judge(rule: Pick<LoadedRule, 'when' | 'assert' | 'message'>, known: Known): Judgement {
  const { facts, context } = known;
  const { when, assert, message } = rule;
  const applies = when === null ? ALWAYS : when.evaluate(context);
  if (applies.ok && applies.value !== true) return acquitted('not-applicable');
  if (!applies.ok) return undecided(applies, '"when" can\'t be told', known);
  const holds = assert.evaluate(context);
  if (holds.ok && holds.value === true) return acquitted('pass');
  if (!holds.ok) return undecided(holds, "it can't be told", known);
  const reads = [...(when?.reads ?? []), ...assert.reads, ...message.reads];
  const evidence = evidenceFor(reads, facts, failingItems(assert, context));
  return { verdict: 'fail', message: message.render(context), evidence };
}

/** Returns the severity of a finding: a failure that the rule calls a note where something holds is one, if it does. */
export function severityOf(
  { severity, noteWhen }: Pick<LoadedRule, 'severity' | 'noteWhen'>,
  verdict: Verdict,
  { context }: Pick<Known, 'context'>,
): Severity {
  const holds = verdict === 'fail' ? noteWhen?.evaluate(context) : undefined;
  return holds?.ok && holds.value === true ? 'note' : severity;
}

/** Returns the items of a list for which what is asserted of all does not hold; null: it is not about a list. */
function failingItems({ each }: Expression, context: Record<string, unknown>): FailingItems | null {
  const result = each?.holds.evaluate(context);
  if (!each || !result?.ok || !Array.isArray(result.value)) return null;
  return { list: each.list, holds: result.value };
}

/** One for all: most checks of a fleet have none. */
const NO_EVIDENCE: Line[] = [];

type Result = ReturnType<Expression['evaluate']>;

const ALWAYS: Result = { ok: true, value: true };

function undecided(
  { missing, reason }: Extract<Result, { ok: false }>,
  what: string,
  { atRest = false }: Known,
): Judgement {
  if (missing === undefined) return unknown([`${what}: ${reason}`]);
  const reasons = [...new Set(missing.map((part) => part.reason))];
  // a rule that asks the running kernel can never be tried on an image, whatever else is missing
  const untried = atRest && missing.some(({ problem }) => problem === 'unsupported');
  return untried
    ? { verdict: 'not-applicable', message: reasons.join('; '), evidence: NO_EVIDENCE }
    : unknown(reasons);
}

function unknown(reasons: readonly string[]): Judgement {
  return { verdict: 'unknown', message: reasons.join('; '), evidence: NO_EVIDENCE };
}

function acquitted(verdict: 'pass' | 'not-applicable'): Judgement {
  return { verdict, message: '', evidence: NO_EVIDENCE };
}
