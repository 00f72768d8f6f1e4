/** Rules that drop whatever they ask for, and from where packets get to them. */
import type { RulePosition } from '../nat-rules.ts';
import { chainsReached, everyMatch } from '../rule-parts.ts';
import type { Hook, Table } from '../ruleset.ts';

export interface DroppingRule extends RulePosition {
  hooks: Hook[];
  /** True where conntrack is asked for packets that it calls invalid, and for no others. */
  invalid: boolean;
}

export function droppingRules(tables: readonly Table[]): DroppingRule[] {
  return tables.flatMap((table) => {
    const hooks = hooksOf(table);
    return [...table.chains.values()].flatMap((chain) =>
      chain.rules.flatMap((rule) =>
        rule.steps.at(-1)?.action?.kind === 'drop'
          ? [
              {
                table,
                chain,
                rule,
                hooks: hooks.get(chain.name) ?? [],
                invalid: matchesInvalid(rule.steps),
              },
            ]
          : [],
      ),
    );
  });
}

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
