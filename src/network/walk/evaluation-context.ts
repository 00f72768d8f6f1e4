/** What rules and routes ask about besides the packet: the namespace they stand in. */
import type { Address } from '../address-text.ts';
import type { AddressSet } from '../addresses.ts';
import type { Match, NamedSet } from '../ruleset.ts';
import type { Budget } from './budget.ts';
import type { Flow } from './flow.ts';

export interface EvaluationContext {
  ipsets: ReadonlyMap<string, NamedSet>;
  /** Addresses of the namespace's own. */
  local: { known: AddressSet; complete: boolean };
  /** The address that MASQUERADE would give: one, several candidates, or why none is known. */
  masquerade(flow: Flow): AddressSet | string;
  /** The address that REDIRECT sends to, or why it is not known. */
  redirect(flow: Flow): Address | string;
  budget: Budget;
  /** ipsets written out as matches; filled while walking. */
  written: Map<string, Match[] | null>;
}
