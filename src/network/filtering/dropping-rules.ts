/** Rules that drop whatever they ask for, and from where packets get to them. */
import { onceFor } from '../../once-for.ts';
import { allRules, type RulePosition } from '../nat-rules.ts';
import { chainsReached, everyMatch } from '../rule-parts.ts';
import type { Hook, Table } from '../ruleset.ts';

export interface DroppingRule extends RulePosition {
  hooks: Hook[];
  /** True where conntrack is asked for packets that it calls invalid, and for no others. */
  invalid: boolean;
}

export const droppingRules = (tables: readonly Table[]): DroppingRule[] => tables.flatMap(droppingIn);

const droppingIn = onceFor((table: Table): DroppingRule[] => {
  const hooks = hooksOf(table);
  return [...allRules([table])].flatMap(({ chain, rule }) =>
    rule.steps.at(-1)?.action?.kind === 'drop'
      ? [{ table, chain, rule, hooks: hooks.get(chain.name) ?? [], invalid: matchesInvalid(rule.steps) }]
      : [],
  );
});

function matchesInvalid(steps: RulePosition['rule']['steps']): boolean {
  return [...everyMatch({ steps })].some(
    (match) =>
      match.kind === 'state' && !match.not && match.states.length === 1 && match.states[0] === 'INVALID',
  );
}

const HOOKS: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** Returns the hooks from which packets get to each chain. */
function hooksOf(table: Table): ReadonlyMap<string, Hook[]> {
  const hooks = new Map<string, Hook[]>();
  for (const hook of HOOKS)
    for (const name of chainsReached(table, (base) => base.hook === hook))
      hooks.set(name, [...(hooks.get(name) ?? []), hook]);
  return hooks;
}
