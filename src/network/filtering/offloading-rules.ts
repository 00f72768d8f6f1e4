/** Rules that put connections into a flowtable. */
import { onceFor } from '../../once-for.ts';
import { allRules, type RulePosition } from '../nat-rules.ts';
import type { Table } from '../ruleset.ts';

export const offloadingRules = (tables: readonly Table[]): RulePosition[] => tables.flatMap(offloadingIn);

const offloadingIn = onceFor((table: Table): RulePosition[] =>
  [...allRules([table])].filter(({ rule }) => rule.steps.some(({ action }) => action?.kind === 'offload')),
);
