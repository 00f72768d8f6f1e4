/** Routes packets: routing rules, tables, longest prefix. linux 6.1: net/ipv4/fib_rules.c, fib_trie.c. */

import { groupedBy } from '../../grouped-by.ts';
import { onceFor } from '../../once-for.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import { addressSet } from '../addresses.ts';
import type { NextHop, Route } from '../routes.ts';
import { assertNever } from '../rule-parts.ts';
import type { Match } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { byChance, doubted, type Flow, unknown } from './flow.ts';
import { bothBranches, matchAll } from './match.ts';
import type { Namespace } from './namespace.ts';
import { type RoutingStep, stepsFor } from './routing-steps.ts';

/** The parts of a namespace that routes depend on. */
type RoutingTables = Pick<Namespace, 'routes' | 'rules' | 'interfaces' | 'release'>;

/** A flow and the route that it finds. `none`: no route, or one that refuses. `unknown`: the doubts of the flow say why. */
export type RouteFound =
  | { kind: 'route'; flow: Flow; route: Route }
  | { kind: 'none' | 'unknown'; flow: Flow };

/** The same with the next hop that it takes; null: the host itself. */
export type Routed =
  | { kind: 'route'; flow: Flow; route: Route; hop: NextHop | null }
  | { kind: 'none' | 'unknown'; flow: Flow };

/**
 * The source of a socket that binds to none, as long as it has no other: a routing rule with `from` does not hold for
 * it (linux 6.1, net/ipv4/fib_rules.c, fib4_rule_match; net/ipv6/fib6_rules.c, fib6_rule_match).
 */
export const UNSPECIFIED = {
  4: addressSet({ family: 4, value: 0 }),
  6: addressSet({ family: 6, value: 0n }),
} as const;

const REFUSING: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

const TOO_MUCH = unknown('too many routing rules and routes to follow them all');

/** Returns the routes that the packets of a flow take: one where they all take the same. */
export const routed = (flow: Flow, tables: RoutingTables, context: EvaluationContext): Routed[] =>
  findRoutes(flow, tables, context).flatMap((found) =>
    found.kind === 'route' ? taking(found.flow, found.route) : [found],
  );

/** A flow on its way down the rules. */
interface Waiting {
  flow: Flow;
  /** The index of the first rule that it is to be asked. */
  from: number;
}

/** Returns the routes that the packets of a flow find. */
export function findRoutes(flow: Flow, tables: RoutingTables, context: EvaluationContext): RouteFound[] {
  const family = flow.destination.translated.v4.length > 0 ? 4 : 6;
  const found: RouteFound[] = [];
  let rest: Waiting[] = [{ flow, from: 0 }];
  const { steps, firstOfPriority } = stepsFor(flow, tables, family);
  for (const step of steps) {
    if (step.action.kind === 'lookup' && !leadsSomewhere(step.action.tables, flow, tables, family)) continue;
    // whoever jumped over the rule is not asked
    const asked = rest.filter(({ from }) => from <= step.index);
    context.budget.left -= asked.length;
    if (rest.length === 0 || context.budget.left < 0) break;
    const later = rest.filter(({ from }) => from > step.index);
    for (const { flow: part, from } of asked) {
      const { yes, no } = bothBranches(matchAll(step.when, part, context), part, `ip rule ${step.text}`);
      later.push(...no.map((missed) => ({ flow: missed, from })));
      for (const one of yes)
        later.push(...act(one, step, { tables, family, firstOfPriority, context }, found));
    }
    rest = later;
  }
  const over = context.budget.left < 0;
  return [
    ...found,
    ...rest.map(
      ({ flow: part }): RouteFound =>
        over ? { kind: 'unknown', flow: doubted(part, TOO_MUCH) } : { kind: 'none', flow: part },
    ),
  ];
}

interface Asking {
  tables: RoutingTables;
  family: 4 | 6;
  firstOfPriority: ReadonlyMap<number, number>;
  context: EvaluationContext;
}

/** Does what a rule does with packets that match it; returns those that go on to other rules. */
function act(flow: Flow, step: RoutingStep, asking: Asking, found: RouteFound[]): Waiting[] {
  const { action, index, text } = step;
  const next = index + 1;
  switch (action.kind) {
    case 'lookup':
      return lookUp(flow, step, action.tables, asking, found).map((part) => ({ flow: part, from: next }));
    case 'refuse':
      found.push({ kind: 'none', flow });
      return [];
    case 'nop':
      return [{ flow, from: next }];
    case 'goto': {
      // a jump leads forward; one without a target is passed by (net/core/fib_rules.c, fib_rules_lookup)
      const target = asking.firstOfPriority.get(action.priority);
      return [{ flow, from: target === undefined ? next : Math.max(target, next) }];
    }
    case 'vrf':
    case 'unknown':
      found.push({ kind: 'unknown', flow: doubted(flow, unknown(`what this routing rule does: ${text}`)) });
      return [];
    default:
      return assertNever(action);
  }
}

/** Adds the packets that find a route in the table; returns the others. */
function lookUp(
  flow: Flow,
  { suppress }: RoutingStep,
  names: readonly string[],
  { tables, family, context }: Asking,
  found: RouteFound[],
): Flow[] {
  let rest = [flow];
  const missed: Flow[] = [];
  for (const route of routesOf(tables, names, family).meeting(flow.destination.translated)) {
    context.budget.left -= rest.length;
    if (context.budget.left < 0) break;
    const later: Flow[] = [];
    for (const part of rest) {
      const { yes, no } = bothBranches(matchAll(conditions(route), part, context), part, route.text);
      later.push(...no);
      if (suppress !== null && route.bits <= suppress) missed.push(...yes);
      else if (route.type === 'throw') missed.push(...yes);
      else if (REFUSING.has(route.type))
        found.push(...yes.map((one) => ({ kind: 'none' as const, flow: one })));
      else found.push(...yes.map((one) => ({ kind: 'route' as const, flow: one, route })));
    }
    rest = later;
    if (rest.length === 0) break;
  }
  return [...rest, ...missed];
}

interface Tables {
  byName: ReadonlyMap<string, Route[]>;
  indices: Map<string, AddressIndex<Route>>;
}

const tablesOf = onceFor(
  (routes: readonly Route[]): Tables => ({ byName: byTable(routes), indices: new Map() }),
);

/** Returns the routes of tables that are looked up as one: longest prefix first, then those of the first table. */
function routesOf({ routes }: RoutingTables, names: readonly string[], family: 4 | 6): AddressIndex<Route> {
  const tables = tablesOf(routes);
  const key = `${family} ${names.join()}`;
  const index =
    tables.indices.get(key) ?? indexOf(names.map((name) => tables.byName.get(`${family} ${name}`) ?? []));
  tables.indices.set(key, index);
  return index;
}

function byTable(routes: readonly Route[]): Map<string, Route[]> {
  const alive = routes.filter(({ flags }) => !flags.includes('dead'));
  return groupedBy(alive, ({ family, table }) => `${family} ${table}`);
}

function indexOf(tables: readonly Route[][]): AddressIndex<Route> {
  const ranked = tables.flatMap((routes, rank) => routes.map((route) => ({ route, rank })));
  ranked.sort((a, b) => b.route.bits - a.route.bits || a.rank - b.rank || a.route.metric - b.route.metric);
  return addressIndex(
    ranked.map(({ route }) => route),
    ({ destination }) => destination,
  );
}

const leadsSomewhere = (
  names: readonly string[],
  flow: Flow,
  tables: RoutingTables,
  family: 4 | 6,
): boolean => routesOf(tables, names, family).meeting(flow.destination.translated).length > 0;

function conditions(route: Route): Match[] {
  const when: Match[] = [{ kind: 'address', side: 'destination', set: route.destination, not: false }];
  if (route.family === 6) when.push({ kind: 'address', side: 'source', set: route.from, not: false });
  // packets carry no TOS as long as nobody sets one
  if (route.tos !== 0) when.push({ kind: 'undecided', text: `tos ${route.tos}` });
  return when;
}

function taking(flow: Flow, route: Route): Routed[] {
  const open = (reason: string): Routed[] => [{ kind: 'unknown', flow: doubted(flow, unknown(reason)) }];
  if (route.encap !== null) return open(`where this route leads: ${route.text}`);
  const hops = route.hops.filter(({ device }) => device !== null);
  if (route.hops.length > 1) {
    const doubt = byChance(`which next hop of ${route.text}`);
    return hops.map((hop) => ({ kind: 'route', flow: doubted(flow, doubt), route, hop }));
  }
  // busybox does not show the next hops of a multipath route
  if (hops.length === 0 && route.type === 'unicast') return open(`the next hop of ${route.text}`);
  return [{ kind: 'route', flow, route, hop: hops[0] ?? null }];
}
