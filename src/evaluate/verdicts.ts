import type { Line, Problem, Verdict } from '../model.ts';
import type { Read } from './expression/reads.ts';
import { evidenceFor } from './facts/evidence.ts';
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
 * Tries a rule. Nothing is evaluated before all that it reads is known: `a || b` is not rescued by b, so that a
 * verdict does not depend on how a condition is put. What a rule that does not apply would read need not be known.
 */
export function judge(rule: Pick<LoadedRule, 'when' | 'assert' | 'message'>, known: Known): Judgement {
  const { facts, context } = known;
  const { when, assert, message } = rule;
  if (when !== null) {
    const missing = missingFrom(when.reads, facts);
    if (missing.length > 0) return undecided(missing, known);
    const applies = when.evaluate(context);
    if (!applies.ok) return unknown([`"when" can't be told: ${applies.reason}`]);
    if (applies.value !== true) return acquitted('not-applicable', when.reads, facts);
  }
  const reads = [...(when?.reads ?? []), ...assert.reads];
  const missing = missingFrom([...reads, ...message.reads], facts);
  if (missing.length > 0) return undecided(missing, known);
  const holds = assert.evaluate(context);
  if (!holds.ok) return unknown([`it can't be told: ${holds.reason}`]);
  if (holds.value === true) return acquitted('pass', reads, facts);
  const evidence = evidenceFor([...reads, ...message.reads], facts);
  return { verdict: 'fail', message: message.render(context), evidence };
}

function undecided(missing: readonly MissingPart[], { atRest = false }: Known): Judgement {
  const reasons = [...new Set(missing.map(({ reason }) => reason))];
  // a rule that asks the running kernel can never be tried on an image, whatever else is missing
  const untried = atRest && missing.some(({ problem }) => problem === 'unsupported');
  return untried
    ? { verdict: 'not-applicable', message: reasons.join('; '), evidence: [] }
    : unknown(reasons);
}

function unknown(reasons: readonly string[]): Judgement {
  return { verdict: 'unknown', message: [...new Set(reasons)].join('; '), evidence: [] };
}

/** A fact that is not complete can convict, but not acquit. */
function acquitted(verdict: 'pass' | 'not-applicable', reads: readonly Read[], facts: Facts): Judgement {
  const partial = reads.flatMap(({ fact }) => {
    const known = facts.get(fact);
    return known?.ok && known.parsed.partial !== undefined
      ? [`${fact} is not complete: ${known.parsed.partial}`]
      : [];
  });
  return partial.length > 0 ? unknown(partial) : { verdict, message: '', evidence: [] };
}

/** Something that a rule reads and that is not known. */
interface MissingPart {
  problem: Problem;
  /** The reason, for people. */
  reason: string;
}

/** Returns the reasons why what is read is not known; empty when all of it is. */
export function missingFrom(reads: readonly Read[], facts: Facts): MissingPart[] {
  return reads.flatMap((read): MissingPart[] => {
    const fact = facts.get(read.fact);
    if (fact === undefined) return [notKnown(read.fact, 'unsupported', 'it was not collected')];
    if (!fact.ok) return [notKnown(read.fact, fact.problem, fact.reason)];
    const { unreadable = {}, unsupported = {} } = fact.parsed;
    return [...partsOf(read, unsupported, 'unsupported'), ...partsOf(read, unreadable, 'denied')];
  });
}

/** `nat is not known: denied, iptables-save: Permission denied` */
function notKnown(what: string, problem: Problem, reason: string): MissingPart {
  return { problem, reason: `${what} is not known: ${problem}, ${reason}` };
}

function partsOf(
  { fact, keys, whole }: Read,
  reasons: Readonly<Record<string, string>>,
  problem: Problem,
): MissingPart[] {
  const unread = whole ? Object.keys(reasons) : keys.filter((key) => Object.hasOwn(reasons, key));
  return unread.map((key) => ({ problem, reason: `${fact} ${key} could not be read: ${reasons[key]}` }));
}
