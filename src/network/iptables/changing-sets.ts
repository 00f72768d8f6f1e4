/** Sets that rules change: the next packet need not meet the entries that were listed. */
import { onceFor } from '../../once-for.ts';
import { allRules } from '../nat-rules.ts';
import { everyAction } from '../rule-parts.ts';
import type { NamedSet, Ruleset, Table } from '../ruleset.ts';

export function rulesetWith(tables: Table[], ipsets: Ruleset['ipsets'], counts?: Ruleset['counts']): Ruleset {
  const ruleset = { tables, ...(counts !== undefined && { counts }) };
  const changed = tables.flatMap(changedSets);
  if (changed.length === 0) return { ...ruleset, ipsets };
  const result = new Map(ipsets);
  for (const name of changed) {
    // what is put into a list of sets goes into the first of them
    for (const one of [name, ...membersOf(ipsets.get(name))]) {
      const set = ipsets.get(one);
      if (set) result.set(one, { ...set, incomplete: 'rules change it' });
    }
  }
  return { ...ruleset, ipsets: result };
}

const changedSets = onceFor((table: Table): string[] =>
  [...allRules([table])].flatMap(({ rule }) =>
    [...everyAction(rule)].flatMap((action) => (action.kind === 'changeSets' ? action.sets : [])),
  ),
);

const membersOf = (set: NamedSet | undefined): string[] =>
  (set?.elements ?? []).flatMap((element) =>
    (element ?? []).flatMap((value) => (value.kind === 'set' ? [value.name] : [])),
  );
