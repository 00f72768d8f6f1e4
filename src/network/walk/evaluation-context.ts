/** The context that rules and routes evaluate besides the packet: the namespace they stand in. */
import type { Address } from '../address-text.ts';
import type { AddressSet } from '../addresses.ts';
import type { NamedSet } from '../ruleset.ts';
import type { Budget } from './budget.ts';
import type { Flow } from './flow.ts';
import type { LocalAddresses } from './local-addresses.ts';

export interface EvaluationContext {
  ipsets: ReadonlyMap<string, NamedSet>;
  /** The addresses of the namespace's own. */
  local: LocalAddresses;
  /** Returns the address that MASQUERADE would give: one, several candidates, or the reason why none is known. */
  masquerade(flow: Flow): AddressSet | string;
  /** Returns the address that REDIRECT sends to, or the reason why it is not known. */
  redirect(flow: Flow): Address | string;
  budget: Budget;
}
