/** The destinations whose packets NAT or IPVS may lead to others: what a sender may send to, for packets to end up there. */
import { onceFor } from '../../once-for.ts';
import { type AddressSet, ALL, addressSet, covers, intersects, isEmpty, unionOf } from '../addresses.ts';
import { natHooks } from '../nat-hooks.ts';
import { assertNever, chainsReached, everyAction, isNatAction, type NatAction } from '../rule-parts.ts';
import type { Rule, Table } from '../ruleset.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { LOOPBACK, localAddresses } from '../walk/local-addresses.ts';
import { actedOn } from './asked-for.ts';

/** A destination that becomes one of others. */
interface Lead {
  from: AddressSet;
  to: AddressSet;
}

/** Returns these destinations, and all that may become one of them on the way through these namespaces. */
export function ledTo(nodes: readonly NetnsNode[], destinations: AddressSet): AddressSet {
  const leads = nodes.flatMap(leadsOf);
  let reached = destinations;
  for (let grows = true; grows; ) {
    const known = reached;
    const more = leads.filter(({ from, to }) => intersects(to, known) && !covers(known, from));
    reached = unionOf([known, ...more.map(({ from }) => from)]);
    grows = more.length > 0;
  }
  return reached;
}

/** Tells whether packets may have another destination, or port, than they came with, when they come to a rule. */
export const mayRedirect = ({ net: { services, ruleset } }: NetnsNode): boolean =>
  services.length > 0 || ruleset.tables.some((table) => redirectingRules(table).length > 0);

/** Rules that may give packets another destination, with the chain that they are in. */
const redirectingRules = onceFor((table: Table): readonly { chain: string; rule: Rule }[] => {
  const hooks = natHooks('destination');
  const reached = chainsReached(table, ({ type, hook }) => type === 'nat' && hooks.includes(hook));
  return [...reached].flatMap((chain) =>
    (table.chains.get(chain)?.rules ?? []).flatMap((rule) =>
      redirects(rule.steps) ? [{ chain, rule }] : [],
    ),
  );
});

/** Hosts of a cluster share the steps of thousands of rules. */
const redirects = onceFor((steps: Rule['steps']): boolean =>
  [...everyAction({ steps })].some((action) => isNatAction(action) && goalOf(action, ALL) !== null),
);

/** The leads of a namespace, by what its rules and services say: more than there are, perhaps. */
const leadsOf = onceFor((node: NetnsNode): readonly Lead[] => [
  ...node.net.services.map(({ address, servers }): Lead => {
    const from = address ? addressSet(address) : ALL;
    return { from, to: unionOf(servers.map((server) => addressSet(server.address))) };
  }),
  ...node.net.ruleset.tables.flatMap((table) =>
    redirectingRules(table).flatMap(({ chain, rule }) => leadsBy(node, table, chain, rule)),
  ),
]);

function leadsBy(node: NetnsNode, table: Table, chain: string, rule: Rule): Lead[] {
  const own = ownOf(node);
  return actedOn(node, table, chain, rule).flatMap(({ action, packets: { destination: from } }) => {
    const to = isNatAction(action) ? goalOf(action, own) : null;
    return to === null || isEmpty(from) ? [] : [{ from, to }];
  });
}

/** Returns the addresses that a namespace may have: any, where they were not read. */
const ownOf = onceFor(({ net, missing }: NetnsNode): AddressSet => {
  if (missing.some(({ what }) => what === 'addresses' || what === 'routes')) return ALL;
  const { known, doubtful } = localAddresses(net);
  const held = net.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => addressSet(address)));
  return unionOf([LOOPBACK, known, doubtful, ...held]);
});

/** Returns the destinations that an action may give, those of packets whose port alone it changes too; null for none. */
function goalOf(action: NatAction, own: AddressSet): AddressSet | null {
  switch (action.kind) {
    case 'translate':
      return action.side === 'destination' ? (action.addresses ?? ALL) : null;
    case 'netmap':
      return action.side === 'source' ? null : action.network;
    case 'redirect':
      return own;
    case 'unknown':
      return action.effect === 'any' ? ALL : null;
    case 'masquerade':
      return null;
    default:
      return assertNever(action);
  }
}
