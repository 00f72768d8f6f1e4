/** Routes packets: routing rules, tables, longest prefix. linux 6.1: net/ipv4/fib_rules.c, fib_trie.c. */

import { groupedBy } from '../../grouped-by.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import { ALL } from '../addresses.ts';
import type { Interface } from '../interfaces.ts';
import type { NextHop, Route } from '../routes.ts';
import type { RoutingRule } from '../routing-rules.ts';
import { unreachable } from '../rule-parts.ts';
import type { Match } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { byChance, doubted, type Flow, unknown } from './flow.ts';
import { eitherWay, matchAll } from './match.ts';
import { type RoutingStep, stepsFor } from './routing-steps.ts';

export interface RoutingTables {
  routes: readonly Route[];
  rules: readonly RoutingRule[];
  interfaces: readonly Interface[];
}

/** A flow and the route that it finds. `none`: no route, or one that refuses. `unknown`: the doubts of the flow say why. */
export type RouteFound =
  | { kind: 'route'; flow: Flow; route: Route }
  | { kind: 'none' | 'unknown'; flow: Flow };

/** The same with the next hop that it takes; null: the host itself. */
export type Routed =
  | { kind: 'route'; flow: Flow; route: Route; hop: NextHop | null }
  | { kind: 'none' | 'unknown'; flow: Flow };

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
  /** The place of the first rule that it is to be asked. */
  from: number;
}

/** Returns the routes that the packets of a flow find. */
export function findRoutes(flow: Flow, tables: RoutingTables, context: EvaluationContext): RouteFound[] {
  const family = flow.destination.translated.v4.length > 0 ? 4 : 6;
  const found: RouteFound[] = [];
  let rest: Waiting[] = [{ flow, from: 0 }];
  const { steps, places } = stepsFor(flow, tables, family);
  for (const step of steps) {
    if (step.action.kind === 'lookup' && !leadsSomewhere(step.action.table, flow, tables, family)) continue;
    // whoever jumped over the rule is not asked
    const asked = rest.filter(({ from }) => from <= step.place);
    context.budget.left -= asked.length;
    if (rest.length === 0 || context.budget.left < 0) break;
    const later = rest.filter(({ from }) => from > step.place);
    for (const { flow: part, from } of asked) {
      const { yes, no } = eitherWay(matchAll(step.when, part, context), part, `ip rule ${step.text}`);
      later.push(...no.map((missed) => ({ flow: missed, from })));
      for (const one of yes) later.push(...act(one, step, { tables, family, places, context }, found));
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
  places: ReadonlyMap<number, number>;
  context: EvaluationContext;
}

/** Does what a rule does with packets that match it; returns those that go on to other rules. */
function act(flow: Flow, step: RoutingStep, asking: Asking, found: RouteFound[]): Waiting[] {
  const { action, place, text } = step;
  const next = place + 1;
  switch (action.kind) {
    case 'lookup':
      return lookUp(flow, step, action.table, asking, found).map((part) => ({ flow: part, from: next }));
    case 'refuse':
      found.push({ kind: 'none', flow });
      return [];
    case 'nop':
      return [{ flow, from: next }];
    case 'goto': {
      // a jump leads forward; one without a target is passed by (net/core/fib_rules.c, fib_rules_lookup)
      const target = asking.places.get(action.priority);
      return [{ flow, from: target === undefined ? next : Math.max(target, next) }];
    }
    case 'vrf':
    case 'unknown':
      found.push({ kind: 'unknown', flow: doubted(flow, unknown(`what this routing rule does: ${text}`)) });
      return [];
    default:
      return unreachable(action);
  }
}

/** Adds the packets that find a route in the table; returns the others. */
function lookUp(
  flow: Flow,
  { suppress }: RoutingStep,
  table: string,
  { tables, family, context }: Asking,
  found: RouteFound[],
): Flow[] {
  let rest = [flow];
  const missed: Flow[] = [];
  for (const route of routesOf(tables, table, family).meeting(flow.destination.translated)) {
    context.budget.left -= rest.length;
    if (context.budget.left < 0) break;
    const later: Flow[] = [];
    for (const part of rest) {
      const { yes, no } = eitherWay(matchAll(conditions(route), part, context), part, route.text);
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

const leadsSomewhere = (
  table: string,
  { destination }: Flow,
  tables: RoutingTables,
  family: 4 | 6,
): boolean => routesOf(tables, table, family).meeting(destination.translated).length > 0;

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
