/** Rules that put connections into a flowtable. */
import type { RulePosition } from '../nat-rules.ts';
import type { Table } from '../ruleset.ts';

export function offloadingRules(tables: readonly Table[]): RulePosition[] {
  return tables.flatMap((table) =>
    [...table.chains.values()].flatMap((chain) =>
      chain.rules.flatMap((rule) =>
        rule.steps.some(({ action }) => action?.kind === 'offload') ? [{ table, chain, rule }] : [],
      ),
    ),
  );
}
