/** A network namespace, as far as the path of packets through it goes. */

import { onceFor } from '../../once-for.ts';
import type { Address } from '../address-text.ts';
import { type AddressSet, addressSet, firstAddress, parseAddresses, unionOf } from '../addresses.ts';
import type { Settings } from '../interface-settings.ts';
import { type Interface, interfaceNamed } from '../interfaces.ts';
import type { VirtualService } from '../ipvs.ts';
import type { Route } from '../routes.ts';
import { isCustomRule, type RoutingRule } from '../routing-rules.ts';
import type { Ruleset } from '../ruleset.ts';
import type { Budget } from './budget.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { addressFor } from './masquerade.ts';

export interface Namespace {
  /** The kernel's release, as `uname -r` prints it; '' where it is not known. */
  release: string;
  ruleset: Ruleset;
  interfaces: readonly Interface[];
  routes: readonly Route[];
  rules: readonly RoutingRule[];
  services: readonly VirtualService[];
  /** The value of net.ipv4.vs.conntrack; null: not known. */
  virtualConntrack: boolean | null;
  /** The settings that are known of those that decide about packets. */
  settings: Settings;
  /** The budget, shared by all namespaces of a host. */
  budget: Budget;
}

export function evaluationContext(namespace: Namespace): EvaluationContext {
  return {
    ipsets: namespace.ruleset.ipsets,
    local: { known: ownAddresses(namespace), complete: true },
    masquerade: (flow) => {
      if (flow.out === null) return 'the interface that packets leave by';
      const next = flow.gateway ?? firstAddress(flow.destination.translated);
      return next ? addressFor(namespace.interfaces, flow.out, next) : 'no packets at all';
    },
    redirect: (flow) => redirectGoal(namespace, flow.in, flow.source.translated.v4.length > 0 ? 4 : 6),
    budget: namespace.budget,
  };
}

const ownOf = onceFor((_: readonly Interface[]) => new WeakMap<readonly Route[], AddressSet>());

/** Returns every address that routing delivers here. */
export function ownAddresses({
  interfaces,
  routes,
  rules,
}: Pick<Namespace, 'interfaces' | 'routes' | 'rules'>): AddressSet {
  const known = ownOf(interfaces);
  const own = known.get(routes) ?? deliveredHere(interfaces, routes, rules);
  known.set(routes, own);
  return own;
}

/**
 * The kernel asks the table `local`, of which `main` is a part as long as no rules were made (net/ipv4/fib_frontend.c,
 * __inet_dev_addr_type).
 */
function deliveredHere(
  interfaces: readonly Interface[],
  routes: readonly Route[],
  rules: readonly RoutingRule[],
): AddressSet {
  const tables = rules.some((rule) => rule.family === 4 && isCustomRule(rule))
    ? ['local']
    : ['local', 'main'];
  // biome-ignore lint/style/noNonNullAssertion: these are addresses
  const loopback = ['127.0.0.0/8', '::1'].map((text) => parseAddresses(text)!);
  const own = interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => addressSet(address)));
  const local = routes.filter(({ type, table }) => type === 'local' && tables.includes(table));
  return unionOf([...loopback, ...own, ...local.map(({ destination }) => destination)]);
}

/**
 * Returns the first address of the interface; 127.0.0.1 or ::1 for locally generated packets
 * (net/netfilter/nf_nat_redirect.c).
 */
function redirectGoal({ interfaces }: Namespace, input: string | null, family: 4 | 6): Address | string {
  if (input === null) return 'the interface that packets come in by';
  if (input === '') return family === 4 ? { family: 4, value: 0x7f000001 } : { family: 6, value: 1n };
  const device = interfaceNamed(interfaces, input);
  const own = device?.addresses.find(
    ({ address, scope }) => address.family === family && (family === 4 || scope === 'global'),
  );
  return own?.address ?? `interface ${input} has no address`;
}
