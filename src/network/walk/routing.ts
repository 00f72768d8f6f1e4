/** Routes packets: routing rules, tables, longest prefix. linux 6.1: net/ipv4/fib_rules.c, fib_trie.c. */

import { groupedBy } from '../../grouped-by.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import { type AddressSet, ALL, size } from '../addresses.ts';
import type { NextHop, Route, RoutingRule } from '../routes.ts';
import type { Match } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { byChance, doubted, type Flow, unknown } from './flow.ts';
import { bothBranches, matchAll } from './match.ts';

export interface RoutingTables {
  routes: readonly Route[];
  rules: readonly RoutingRule[];
}

/** A flow and the route it takes; null: none, or one that refuses. */
export interface Routed {
  flow: Flow;
  route: Route | null;
  hop: NextHop | null;
}

/** The tables in which a kernel without policy routing looks. */
const DEFAULT_TABLES = ['local', 'main', 'default'];
const REFUSING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

const TOO_MUCH = unknown('too many routing rules and routes to follow them all');

/** Returns the routes that the packets of a flow take: one where they all take the same. */
export function routed(flow: Flow, tables: RoutingTables, context: EvaluationContext): Routed[] {
  const family = flow.destination.translated.v4.length > 0 ? 4 : 6;
  const result: Routed[] = [];
  let rest = [flow];
  for (const step of stepsFor(flow, tables, family)) {
    context.budget.left -= rest.length;
    if (rest.length === 0 || context.budget.left < 0) break;
    const later: Flow[] = [];
    for (const part of rest) {
      const { yes, no } = bothBranches(matchAll(step.when, part, context), part, 'ip rule');
      later.push(...no);
      for (const asked of yes) later.push(...lookUp(asked, step, tables, family, result, context));
    }
    rest = later;
  }
  const resolved = context.budget.left < 0 ? rest.map((part) => doubted(part, TOO_MUCH)) : rest;
  return [...result, ...resolved.map((part) => ({ flow: part, route: null, hop: null }))];
}

interface Step {
  when: Match[];
  table: string | null;
  action: string;
  suppress: number | null;
}

const EVERYTHING: Omit<Step, 'table'> = { when: [], action: 'lookup', suppress: null };

/** Routing rules in the kernel's order, each by the narrower of its two address conditions. */
interface Steps {
  bySource: AddressIndex<AtRule>;
  byDestination: AddressIndex<AtRule>;
}

interface AtRule {
  index: number;
  set: AddressSet;
  step: Step;
}

/**
 * Returns the rules that can affect the routing of a flow: those that match its addresses, and whose table has a route.
 */
function stepsFor(flow: Flow, tables: RoutingTables, family: 4 | 6): Step[] {
  const { bySource, byDestination } = stepsOf(tables.rules, family);
  const destination = flow.destination.translated;
  return [...bySource.meeting(flow.source.translated), ...byDestination.meeting(destination)]
    .filter(({ step }) => step.action !== 'lookup' || leadsSomewhere(step.table, destination, tables, family))
    .sort((a, b) => a.index - b.index)
    .map(({ step }) => step);
}

const STEPS = new WeakMap<readonly RoutingRule[], Map<4 | 6, Steps>>();

function stepsOf(rules: readonly RoutingRule[], family: 4 | 6): Steps {
  const known = STEPS.get(rules) ?? new Map<4 | 6, Steps>();
  STEPS.set(rules, known);
  const steps = known.get(family) ?? sortedSteps(rules, family);
  known.set(family, steps);
  return steps;
}

function sortedSteps(rules: readonly RoutingRule[], family: 4 | 6): Steps {
  const own = rules.filter((rule) => rule.family === family).sort((a, b) => a.priority - b.priority);
  const bySource: AtRule[] = [];
  const byDestination: AtRule[] = DEFAULT_TABLES.flatMap((table, index) =>
    own.length > 0 ? [] : [{ index, set: ALL, step: { ...EVERYTHING, table } }],
  );
  for (const [index, rule] of own.entries()) {
    const bySide = size(rule.from) < size(rule.to) ? bySource : byDestination;
    // a rule with `not` can hold for any address
    const set = rule.not ? ALL : bySide === bySource ? rule.from : rule.to;
    bySide.push({ index, set, step: stepOf(rule) });
  }
  return {
    bySource: addressIndex(bySource, ({ set }) => set),
    byDestination: addressIndex(byDestination, ({ set }) => set),
  };
}

const leadsSomewhere = (
  table: string | null,
  destination: AddressSet,
  tables: RoutingTables,
  family: 4 | 6,
): boolean => routesOf(tables, table ?? 'main', family).meeting(destination).length > 0;

function stepOf({
  from,
  to,
  mark,
  in: input,
  out,
  unknown: others,
  not,
  table,
  action,
  suppress,
}: RoutingRule): Step {
  const when: Match[] = [
    { kind: 'address', side: 'source', set: from, not: false },
    { kind: 'address', side: 'destination', set: to, not: false },
  ];
  if (mark) when.push({ kind: 'mark', of: 'packet', ...mark, not: false });
  // locally generated packets come in by lo, as far as routing rules are concerned
  if (input)
    when.push({
      kind: 'interface',
      side: 'in',
      patterns: [{ name: input === 'lo' ? '' : input, prefix: false }],
      not: false,
    });
  if (out) when.push({ kind: 'undecided', text: `oif ${out}` });
  when.push(...others.map((text): Match => ({ kind: 'undecided', text })));
  return { when: not ? [{ kind: 'any', rows: [when], not: true }] : when, table, action, suppress };
}

/** Adds the packets that find a route in the rule's table; returns the others. */
function lookUp(
  flow: Flow,
  step: Step,
  tables: RoutingTables,
  family: 4 | 6,
  found: Routed[],
  context: EvaluationContext,
): Flow[] {
  if (step.action !== 'lookup') {
    if (REFUSING.has(step.action)) found.push({ flow, route: null, hop: null });
    return REFUSING.has(step.action) ? [] : [flow];
  }
  let rest = [flow];
  const missed: Flow[] = [];
  for (const route of routesOf(tables, step.table ?? 'main', family).meeting(flow.destination.translated)) {
    context.budget.left -= rest.length;
    if (context.budget.left < 0) break;
    const later: Flow[] = [];
    for (const part of rest) {
      const { yes, no } = bothBranches(matchAll(conditions(route), part, context), part, route.text);
      later.push(...no);
      if (step.suppress !== null && route.bits <= step.suppress) missed.push(...yes);
      else if (route.type === 'throw') missed.push(...yes);
      else found.push(...yes.flatMap((one) => taking(one, route)));
    }
    rest = later;
    if (rest.length === 0) break;
  }
  return [...rest, ...missed];
}

const SORTED = new WeakMap<readonly Route[], ReadonlyMap<string, AddressIndex<Route>>>();

const NO_ROUTES: AddressIndex<Route> = addressIndex([], () => ALL);

/** Returns the routes of a table, longest prefix first, then the lowest metric. */
function routesOf({ routes }: RoutingTables, table: string, family: 4 | 6): AddressIndex<Route> {
  const known = SORTED.get(routes) ?? byTable(routes);
  SORTED.set(routes, known);
  return known.get(`${family} ${table}`) ?? NO_ROUTES;
}

function byTable(routes: readonly Route[]): Map<string, AddressIndex<Route>> {
  const alive = routes.filter(({ flags }) => !flags.includes('dead'));
  const tables = groupedBy(alive, ({ family, table }) => `${family} ${table}`);
  const sorted = (own: Route[]) => own.sort((a, b) => b.bits - a.bits || a.metric - b.metric);
  return new Map(
    [...tables].map(([key, own]) => [key, addressIndex(sorted(own), ({ destination }) => destination)]),
  );
}

function conditions(route: Route): Match[] {
  const when: Match[] = [{ kind: 'address', side: 'destination', set: route.destination, not: false }];
  if (route.family === 6) when.push({ kind: 'address', side: 'source', set: route.from, not: false });
  // packets carry no TOS as long as nobody sets one
  if (route.tos !== 0) when.push({ kind: 'undecided', text: `tos ${route.tos}` });
  return when;
}

function taking(flow: Flow, route: Route): Routed[] {
  if (REFUSING.has(route.type)) return [{ flow, route: null, hop: null }];
  const hops = route.hops.filter(({ device }) => device !== null);
  if (route.hops.length > 1) {
    const doubt = byChance(`which next hop of ${route.text}`);
    return hops.map((hop) => ({ flow: doubted(flow, doubt), route, hop }));
  }
  // busybox does not show the next hops of a multipath route
  if (hops.length === 0 && route.type === 'unicast') {
    return [{ flow: doubted(flow, unknown(`the next hop of ${route.text}`)), route: null, hop: null }];
  }
  return [{ flow, route, hop: hops[0] ?? null }];
}
