/** The packets of a namespace's own sockets as they leave it: their destinations and their source addresses. */
import type { Address } from '../address-text.ts';
import { type AddressSet, ALL4, ALL6, addressSet, intersection, isEmpty, onlyAddress } from '../addresses.ts';
import { TCP } from '../fields.ts';
import type { NextHop } from '../routes.ts';
import type { Rule } from '../ruleset.ts';
import { missingFor, type NetnsNode } from '../topology/nodes.ts';
import type { Hop } from '../trace/trace.ts';
import { type Doubt, type Flow, flowOf, unchained, unknown } from '../walk/flow.ts';
import { evaluationContext, type Namespace } from '../walk/namespace.ts';
import { sourceRulesIn, translatedSet } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import type { PortAllocation } from '../walk/port-allocation.ts';
import { type Routed, routed, UNSPECIFIED } from '../walk/routing.ts';
import { send } from '../walk/walk.ts';
import { latestAnswers } from './latest-answers.ts';

export interface Departure {
  node: NetnsNode;
  /** The last namespace that it went through: its own, or a router's. */
  from: NetnsNode;
  /** The hops of the fleet's routers that it has passed since. */
  hops: readonly Hop[];
  /** The source that the kernel chooses for a socket which binds to none. */
  source: Address;
  /** The source when it has left: another where the namespace's own rules change it. */
  leaves: Address;
  destinations: AddressSet;
  out: string;
  /** The next router; null where the destinations are on the link. */
  gateway: Address | null;
  doubts: readonly Doubt[];
  /** The source after the namespace's own rules: the rules that changed it, and the port that they gave. */
  translation: { rules: readonly Rule[]; allocation: PortAllocation | null };
}

const UNCHANGED: Departure['translation'] = { rules: [], allocation: null };

const TCP_ONLY = { protocol: [TCP, TCP] };

/** Returns the departures toward `targets`, without those that never leave the namespace. */
export const findDepartures = latestAnswers((node, targets): readonly Departure[] =>
  ([4, 6] as const).flatMap((family) => {
    const set = intersection(targets, family === 4 ? ALL4 : ALL6);
    return isEmpty(set) ? [] : departuresIn(node, set, family);
  }),
);

function departuresIn(node: NetnsNode, targets: AddressSet, family: 4 | 6): Departure[] {
  const { net } = node;
  const routes = routed(
    flowOf(packets(UNSPECIFIED[family], targets, TCP_ONLY), { in: '' }),
    net,
    evaluationContext(net),
  );
  return routes.flatMap((decision) => {
    if (decision.kind !== 'route' || decision.route.type !== 'unicast' || decision.hop === null) return [];
    const source = chosenSource(net, decision, decision.hop);
    return source ? leaving(node, decision.flow, decision.hop, source) : [];
  });
}

function chosenSource(
  net: Namespace,
  { flow, route }: Extract<Routed, { kind: 'route' }>,
  hop: NextHop,
): Address | null {
  if (hop.device === null) return null;
  if (route.source) return route.source;
  const masqueraded = evaluationContext(net).masquerade({ ...flow, out: hop.device, gateway: hop.via });
  return typeof masqueraded === 'string' ? null : onlyAddress(masqueraded);
}

function leaving(node: NetnsNode, flow: Flow, hop: NextHop, source: Address): Departure[] {
  const destinations = flow.destination.translated;
  const own = { node, from: node, hops: [], source, leaves: source, translation: UNCHANGED };
  // biome-ignore lint/style/noNonNullAssertion: a source is chosen only where the hop has a device
  const plain = { ...own, out: hop.device!, gateway: hop.via };
  const unread = missingFor(node, destinations).map(({ what, reason }) =>
    unknown(`${what} of ${node.name}: ${reason}`),
  );
  const doubts = [...unchained(flow.doubts), ...unread];
  if (!hasRules(node)) return [{ ...plain, destinations, doubts }];
  const parts = send(node.net, packets(addressSet(source), destinations, TCP_ONLY));
  return parts.flatMap((part) =>
    part.outcomes.flatMap((outcome): Departure[] => {
      const leaves = onlyAddress(translatedSet(part.packets.source, outcome.source));
      // packets sent elsewhere from here on have this namespace for their NAT gateway
      if (outcome.verdict !== 'forwarded' || outcome.destination || outcome.server) return [];
      if (outcome.out === null || leaves === null) return [];
      const { out, gateway } = outcome;
      const reached = part.packets.destination;
      const translation = { rules: sourceRulesIn(outcome), allocation: outcome.allocation };
      const about = { leaves, out, gateway, translation, destinations: reached };
      return [{ ...plain, ...about, doubts: [...doubts, ...outcome.doubts] }];
    }),
  );
}

/** True with rules or virtual services; without, packets leave as they were sent. */
const hasRules = ({ net }: NetnsNode) =>
  net.services.length > 0 ||
  net.ruleset.tables.some(({ chains }) => [...chains.values()].some(({ rules }) => rules.length > 0));
