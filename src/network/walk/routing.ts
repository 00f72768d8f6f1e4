/** Where packets go: routing rules, tables, longest prefix. linux 6.1: net/ipv4/fib_rules.c, fib_trie.c. */

import type { NextHop, Route, RoutingRule } from '../routes.ts';
import type { Match } from '../ruleset.ts';
import { all, bothWays } from './ask.ts';
import { byChance, doubted, type Flow, unknown } from './flow.ts';
import type { World } from './world.ts';

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

/** Where a kernel without policy routing looks. */
const DEFAULT_TABLES = ['local', 'main', 'default'];
const REFUSING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

/** The routes that the packets of a flow take: one where they all go the same way. */
export function routed(flow: Flow, tables: RoutingTables, world: World): Routed[] {
  const family = flow.destination.now.v4.length > 0 ? 4 : 6;
  const rules = tables.rules.filter((rule) => rule.family === family).sort((a, b) => a.priority - b.priority);
  const steps =
    rules.length > 0 ? rules.map(stepOf) : DEFAULT_TABLES.map((table) => ({ ...EVERYTHING, table }));
  const result: Routed[] = [];
  let rest = [flow];
  for (const step of steps) {
    const later: Flow[] = [];
    for (const part of rest) {
      const { yes, no } = bothWays(all(step.when, part, world), part, 'ip rule');
      later.push(...no);
      for (const asked of yes) later.push(...lookUp(asked, step, tables, family, result, world));
    }
    rest = later;
  }
  return [...result, ...rest.map((part) => ({ flow: part, route: null, hop: null }))];
}

interface Step {
  when: Match[];
  table: string | null;
  action: string;
  suppress: number | null;
}

const EVERYTHING: Omit<Step, 'table'> = { when: [], action: 'lookup', suppress: null };

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
  // what starts here comes in by lo, as far as routing rules are concerned
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

/** Pushes what finds a route in the rule's table; gives back what does not. */
function lookUp(
  flow: Flow,
  step: Step,
  tables: RoutingTables,
  family: 4 | 6,
  found: Routed[],
  world: World,
): Flow[] {
  if (step.action !== 'lookup') {
    if (REFUSING.has(step.action)) found.push({ flow, route: null, hop: null });
    return REFUSING.has(step.action) ? [] : [flow];
  }
  let rest = [flow];
  const missed: Flow[] = [];
  for (const route of routesOf(tables, step.table ?? 'main', family)) {
    const later: Flow[] = [];
    for (const part of rest) {
      const { yes, no } = bothWays(all(conditions(route), part, world), part, route.text);
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

const SORTED = new WeakMap<readonly Route[], Map<string, Route[]>>();

/** Longest prefix first, then the lowest metric. */
function routesOf({ routes }: RoutingTables, table: string, family: 4 | 6): Route[] {
  if (!SORTED.has(routes)) SORTED.set(routes, new Map());
  const known = SORTED.get(routes)!;
  const key = `${family} ${table}`;
  if (!known.has(key)) {
    const own = routes.filter(
      (route) => route.family === family && route.table === table && !route.flags.includes('dead'),
    );
    known.set(
      key,
      own.sort((a, b) => b.bits - a.bits || a.metric - b.metric),
    );
  }
  return known.get(key)!;
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
