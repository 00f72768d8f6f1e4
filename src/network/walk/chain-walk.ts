/** Walks a flow through the chains of one table: rule by rule, with jumps, gotos and returns. */

import { natSideAt } from '../nat-hooks.ts';
import { assertNever } from '../rule-parts.ts';
import type { Action, BaseChain, Chain, Hook, Rule, Step, Table } from '../ruleset.ts';
import { descend } from './descend.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { type Doubt, doubted, type Flow, unknown, untouched, withStep } from './flow.ts';
import { type Marking, withMark } from './marking.ts';
import { UNKNOWN } from './marks.ts';
import { type MatchResult, matchAll, splitBy } from './match.ts';
import { casesAbout } from './rows-about.ts';
import type { RuleAction, Site } from './step.ts';
import { isAboutOtherFamily, translated } from './translate.ts';

/** The end of a base chain for a flow. */
export interface Ended {
  flow: Flow;
  /** The verdict; `unknown`: a rule did something that is not understood. */
  verdict: 'accept' | 'drop' | 'unknown';
}

interface Walk {
  table: Table;
  hook: Hook;
  /** True when conntrack has not seen the packet yet, and may be set not to. */
  beforeConntrack: boolean;
  type: BaseChain['type'];
  context: EvaluationContext;
  ended: Ended[];
  depth: number;
  /** The budget that is left where this walk is given up. */
  reserve: number;
}

/** The flows that go on: at the next rule, or behind the jump that led here. */
interface Branches {
  next: Flow[];
  back: Flow[];
}

/** The most looks of flows at rules in one base chain; beyond, flows are not divided any further. */
const MAX_LOOKS = 1_000_000;
/** The most ends of one base chain. */
const MAX_ENDS = 50_000;
/** The most jumps in a row; nf_tables allows 16, iptables as many as there are chains. */
const MAX_DEPTH = 64;
const TOO_MUCH = 'too many different cases to follow them all';

/** Returns all ends that the flows come to in this base chain. */
export function walkBaseChain(
  chain: Chain,
  flows: Flow[],
  about: Omit<Walk, 'ended' | 'depth' | 'type' | 'reserve'>,
): Ended[] {
  const { type, policy } = chain.base ?? { type: 'filter', policy: 'accept' };
  const reserve = Math.max(0, about.context.budget.left - MAX_LOOKS);
  const walk: Walk = { ...about, type, ended: [], depth: 0, reserve };
  const left = walkChain(chain, flows, walk);
  if (policy === 'accept') return [...walk.ended, ...left.map((flow): Ended => ({ flow, verdict: policy }))];
  if (policy === null)
    return [
      ...walk.ended,
      ...left.map(
        (flow): Ended => ({
          flow: doubted(flow, unknown(`the policy of ${chain.name}`)),
          verdict: 'unknown',
        }),
      ),
    ];
  const site: Site = { kind: 'policy', hook: walk.hook, table: walk.table, chain, action: policy };
  return [...walk.ended, ...left.map((flow): Ended => ({ flow: withStep(flow, site), verdict: policy }))];
}

/** Returns the flows that come back to the caller. */
function walkChain(chain: Chain, flows: readonly Flow[], walk: Walk): readonly Flow[] {
  const back: Flow[] = [];
  const left = descend(chain, flows, (index, here) => {
    // biome-ignore lint/style/noNonNullAssertion: descend calls it with indices of rules
    const rule = chain.rules[index]!;
    walk.context.budget.left -= here.length;
    return passedBy(rule, here, walk.context) ? here : pastRule({ rule, index, chain, walk }, here, back);
  });
  return back.length === 0 ? left : [...left, ...back];
}

/** Returns the flows that go on behind the rule. */
function pastRule(at: At, flows: readonly Flow[], back: Flow[]): readonly Flow[] {
  const { walk } = at;
  const branches: Branches = { next: [], back };
  for (const flow of flows) runSteps(at, 0, flow, branches);
  if (walk.context.budget.left >= walk.reserve && walk.ended.length <= MAX_ENDS) return branches.next;
  giveUp(branches.next, walk);
  return [];
}

/** Tells whether the rule is about other packets altogether, as most are. */
function passedBy({ steps }: Rule, flows: readonly Flow[], context: EvaluationContext): boolean {
  const [first] = steps;
  return first === undefined || flows.every((flow) => matchAll(first.when, flow, context, true) === 'no');
}

function giveUp(flows: readonly Flow[], walk: Walk): void {
  for (const flow of flows) walk.ended.push({ flow: doubted(flow, unknown(TOO_MUCH)), verdict: 'unknown' });
}

interface At {
  rule: Rule;
  index: number;
  chain: Chain;
  walk: Walk;
}

function runSteps(at: At, index: number, flow: Flow, branches: Branches): void {
  const step = at.rule.steps[index];
  if (!step) {
    branches.next.push(flow);
    return;
  }
  divide(at, matchAll(step.when, flow, at.walk.context), flow, branches, (part, on) => {
    for (const done of act(at, step.action, part, on)) runSteps(at, index + 1, done, on);
  });
}

type Then = (flow: Flow, branches: Branches) => void;

/** Sends flows that matched into `then`, others to the next rule, and those that perhaps matched to both. */
function divide(at: At, result: MatchResult, flow: Flow, branches: Branches, then: Then): void {
  if (result === 'no') {
    branches.next.push(flow);
    return;
  }
  const { yes, no, maybe } = splitBy(result, flow);
  for (const part of yes) then(part, branches);
  branches.next.push(...no);
  for (const { flow: part, doubt } of maybe) tryBoth(at, part, doubt, branches, then);
}

const because = (doubt: Doubt, { rule }: At): Doubt => ({
  ...doubt,
  reason: `${doubt.reason} (${rule.text})`,
});

/** Takes both branches: where both lead to the same, the doubt does not matter. */
function tryBoth(at: At, flow: Flow, doubt: Doubt, branches: Branches, then: Then): void {
  const { ended } = at.walk;
  const before = ended.length;
  const tried: Branches = { next: [], back: [] };
  const doubtful = doubted(flow, because(doubt, at));
  then(doubtful, tried);
  const changed = tried.next.filter((later) => !untouched(flow, later));
  if (ended.length === before && tried.back.length === 0 && changed.length === 0) {
    branches.next.push(flow);
    return;
  }
  branches.next.push(...changed, doubtful);
  branches.back.push(...tried.back);
}

/** Does the action; returns the flows that go on to the rule's next step. */
function act(at: At, action: Action | null, flow: Flow, branches: Branches): Flow[] {
  const { walk } = at;
  if (action === null) return [flow];
  switch (action.kind) {
    case 'accept':
    case 'drop':
      walk.ended.push({ flow: withStep(flow, siteOf(at, action.kind)), verdict: action.kind });
      return [];
    case 'return':
      branches.back.push(flow);
      return [];
    case 'jump':
    case 'goto':
      visit(at, action, flow, branches);
      return [];
    case 'setMark':
    case 'copyMark':
      return mark(at, action, flow, branches);
    case 'offload':
      return [withStep(flow, siteOf(at, 'offload'))];
    case 'notrack':
      return [
        seenByConntrack(at, flow) ? flow : withStep({ ...flow, tracked: false }, siteOf(at, 'notrack')),
      ];
    case 'changeSets':
      return [action.mark ? { ...flow, mark: UNKNOWN } : flow];
    case 'choose':
      return choose(at, action.cases, flow, branches);
    case 'masquerade':
    case 'translate':
    case 'netmap':
    case 'redirect':
      return translateHere(at, action, flow);
    case 'unknown':
      return doUnknown(at, action, flow);
    default:
      return assertNever(action);
  }
}

/** A packet that has a connection keeps it (xt_CT.c, nft_ct.c): those that come back by lo have theirs. */
const seenByConntrack = ({ walk }: At, { passedConntrack }: Flow) => !walk.beforeConntrack || passedConntrack;

function translateHere(at: At, action: Parameters<typeof translated>[1], flow: Flow): Flow[] {
  const { walk } = at;
  if (isAboutOtherFamily(flow, action)) return [flow];
  const side = natSideAt(walk.hook) ?? 'source';
  const site = siteOf(
    at,
    side === 'destination' ? 'dnat' : action.kind === 'masquerade' ? 'masquerade' : 'snat',
  );
  for (const part of translated(flow, action, side, walk.context)) {
    const natDone = { ...part.natDone, [side]: true };
    walk.ended.push({ flow: withStep({ ...part, natDone }, site, flow), verdict: 'accept' });
  }
  return [];
}

function siteOf({ rule, index, chain, walk }: At, action: RuleAction): Site {
  const { hook, table, type } = walk;
  return { kind: 'rule', hook, table, chain, index, rule, action, type };
}

function visit(
  at: At,
  { kind, chain: name }: { kind: 'jump' | 'goto'; chain: string },
  flow: Flow,
  branches: Branches,
): void {
  const { walk } = at;
  const chain = walk.table.chains.get(name);
  if (!chain || walk.depth >= MAX_DEPTH) {
    walk.ended.push({ flow: doubted(flow, unknown(`chain ${name} is not known`)), verdict: 'unknown' });
    return;
  }
  const before = walk.ended.length;
  const deeper = { ...walk, depth: walk.depth + 1 };
  const came = walkChain(chain, [flow], deeper);
  const unharmed = walk.ended.length === before && came.every((later) => untouched(flow, later));
  // pieces of a flow that come back as they went are one flow again
  const going = unharmed ? [flow] : came;
  (kind === 'jump' ? branches.next : branches.back).push(...going);
}

function mark(at: At, action: Marking, flow: Flow, branches: Branches): Flow[] {
  const done = withMark(flow, action);
  if (done) return [done === flow ? flow : withStep(done, siteOf(at, 'mark'))];
  branches.next.push(flow);
  return [];
}

/**
 * Does the first case of a map that holds; a case that perhaps holds is both done and not. Where none holds, the rule
 * is over.
 */
function choose(at: At, cases: readonly Step[], flow: Flow, branches: Branches): Flow[] {
  const { ended, context } = at.walk;
  const before = ended.length;
  const own: Branches = { next: [], back: [] };
  const on: Flow[] = [];
  let rest = [flow];
  for (const { when, action } of casesAbout(cases, flow)) {
    if (rest.every((part) => matchAll(when, part, context, true) === 'no')) continue;
    const missed: Flow[] = [];
    for (const part of rest) {
      const { yes, no, maybe } = splitBy(matchAll(when, part, context), part);
      const both = maybe.map(({ flow: one, doubt }) => doubted(one, because(doubt, at)));
      for (const found of [...yes, ...both]) on.push(...act(at, action, found, own));
      missed.push(...no, ...both);
    }
    rest = missed;
    if (rest.length === 0) break;
  }
  own.next.push(...rest);
  const unharmed = ended.length === before && own.back.length === 0 && on.length === 0;
  if (unharmed && own.next.every((later) => untouched(flow, later))) own.next = [flow];
  branches.next.push(...own.next);
  branches.back.push(...own.back);
  return on;
}

function doUnknown(at: At, action: Extract<Action, { kind: 'unknown' }>, flow: Flow): Flow[] {
  if (action.effect === 'mark') return [{ ...flow, mark: UNKNOWN, connmark: UNKNOWN }];
  const doubtful = doubted(flow, unknown(`what this rule does: ${action.text}`));
  at.walk.ended.push({ flow: withStep(doubtful, siteOf(at, 'unknown')), verdict: 'unknown' });
  return [doubtful];
}
