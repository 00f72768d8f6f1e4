/** A network namespace, as far as the path of packets through it goes. */

import type { Address } from '../address-text.ts';
import { firstAddress } from '../addresses.ts';
import type { Settings } from '../interface-settings.ts';
import { type Interface, interfaceNamed } from '../interfaces.ts';
import type { VirtualService } from '../ipvs.ts';
import type { Route } from '../routes.ts';
import type { RoutingRule } from '../routing-rules.ts';
import type { Ruleset } from '../ruleset.ts';
import type { Budget } from './budget.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { localAddresses } from './local-addresses.ts';
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
    local: localAddresses(namespace),
    masquerade: (flow) => {
      if (flow.out === null) return 'the interface that packets leave by';
      const next = flow.gateway ?? firstAddress(flow.destination.translated);
      return next ? addressFor(namespace.interfaces, flow.out, next) : 'no packets at all';
    },
    redirect: (flow) => redirectGoal(namespace, flow.in, flow.source.translated.v4.length > 0 ? 4 : 6),
    budget: namespace.budget,
  };
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
