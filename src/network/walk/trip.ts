/** A walk of packets through one namespace: the hooks they pass, and the ends they come to. */

import { NAT_PRIORITIES, natSideAt } from '../nat-hooks.ts';
import type { NextHop } from '../routes.ts';
import type { Hook } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { type Flow, withStep } from './flow.ts';
import { type HookOptions, passHook } from './hooks.ts';
import { evaluationContext, type Namespace } from './namespace.ts';
import type { NodeVerdict, Result } from './outcomes.ts';
import { type Original, restored } from './replies.ts';
import { findRoutes, type Routed } from './routing.ts';

export interface Trip {
  namespace: Namespace;
  context: EvaluationContext;
  results: Result[];
  /** True where nothing is dropped for its addresses or the interface that it comes in by. */
  anyhow: boolean;
  /** The addresses and ports that replies get back from nat; null: nothing is undone, or these are no replies. */
  original: Original | null;
}

export function start(namespace: Namespace): Trip {
  return { namespace, context: evaluationContext(namespace), results: [], anyhow: false, original: null };
}

export function finish(verdict: NodeVerdict, flows: readonly Flow[], trip: Trip): void {
  for (const flow of flows) trip.results.push({ flow, verdict });
}

/** Ends packets that find no route, or of which it is not known which. */
export function endUnrouted({ kind, flow }: Exclude<Routed, { kind: 'route' }>, trip: Trip): void {
  if (kind === 'unknown') finish('unknown', [flow], trip);
  else finish('unroutable', [withStep(flow, { kind: 'routing', action: 'drop' })], trip);
}

/** Returns the flows that pass a hook, of which nat is one step. */
export function atHook(hook: Hook, flows: Flow[], trip: Trip, between?: HookOptions['between']): Flow[] {
  const { original } = trip;
  const side = original && natSideAt(hook);
  if (original === null || side === null) return pastChains(hook, flows, trip, between);
  const [from, to] = between ?? [-Infinity, Infinity];
  const priority = NAT_PRIORITIES[side];
  if (priority < from || priority >= to) return pastChains(hook, flows, trip, between);
  const there = pastChains(hook, flows, trip, [from, priority]);
  return pastChains(
    hook,
    there.map((flow) => restored(flow, side, original, hook)),
    trip,
    [priority, to],
  );
}

function pastChains(hook: Hook, flows: Flow[], trip: Trip, between: HookOptions['between']): Flow[] {
  const { ruleset } = trip.namespace;
  const options: HookOptions = {
    ruleset,
    context: trip.context,
    ...(between ? { between } : {}),
    ...(hook === 'output' && { routeAgain: (flow) => stillRouted(flow, trip) }),
  };
  const { on, dropped, unknown } = passHook(hook, flows, options);
  finish('dropped', dropped, trip);
  finish('unknown', unknown, trip);
  return on;
}

/**
 * The kernel routes what a chain or nat has changed at once, and drops what then has no route, whatever the next chain would
 * make of it (linux 6.1, net/ipv4/netfilter.c, ip_route_me_harder; nft_chain_route.c). The interface is still the old one, so
 * that which route it is matters to nobody yet: packets that all have one go on together.
 */
function stillRouted(flow: Flow, trip: Trip): Flow[] {
  const routes = findRoutes({ ...flow, mark: flow.routedBy, in: '' }, trip.namespace, trip.context);
  if (routes.every(({ kind }) => kind === 'route')) return [{ ...flow, reroute: 'found' }];
  return routes.flatMap((one): Flow[] => {
    const same = { ...one.flow, mark: flow.mark, in: flow.in };
    if (one.kind === 'route') return [{ ...same, reroute: 'found' }];
    endUnrouted({ kind: one.kind, flow: same }, trip);
    return [];
  });
}

export const by = (hop: NextHop | null, flow: Flow): Flow => ({
  ...flow,
  out: hop?.device ?? null,
  gateway: hop?.via ?? null,
});

/** Returns the flow with its interface: packets for the host itself leave by lo, whatever device the route names. */
export const outward = ({ flow, route, hop }: Extract<Routed, { kind: 'route' }>): Flow =>
  route.type === 'local' ? { ...flow, out: 'lo', gateway: null } : by(hop, flow);
