/**
 * One table for all hosts that have the same. The nodes of a cluster have the same thousands of rules: they are held once,
 * and what is worked out of them is worked out once. What their counters say is each host's own.
 */
import { onceFor } from '../once-for.ts';
import { sharing, structureKey } from '../sharing.ts';
import type { Chain, NamedSet, Rule, Ruleset, Table } from './ruleset.ts';

/** Tables that hosts may share, and what one of these has counted. */
export interface CountedTables {
  tables: Table[];
  counts: ReadonlyMap<Rule, number>;
}

/** Returns the ruleset with the tables, chains and sets that were given before with the same rules on the same lines. */
export function withSharedTables({ tables: own, ipsets, counts: known }: Ruleset): Ruleset {
  const counts = new Map<Rule, number>(known);
  const tables = own.map((table) => {
    if (held.has(table)) return table;
    const of = [table.backend, table.family, table.name];
    const chains = [...table.chains.values()].map((chain) => {
      if (held.has(chain)) return chain;
      const shared = sharedChain({ of, chain });
      for (const [i, { packets }] of chain.rules.entries()) {
        const rule = shared.chain.rules[i];
        if (packets !== null && rule !== undefined) counts.set(rule, packets);
      }
      return shared.chain;
    });
    const shared = sharedTable({ ...table, chains: new Map(chains.map((chain) => [chain.name, chain])) });
    held.add(shared);
    return shared;
  });
  const sets = [...ipsets].map(([name, set]) => {
    const shared = held.has(set) ? set : sharedSet(set);
    held.add(shared);
    return [name, shared] as const;
  });
  return { tables, ipsets: new Map(sets), counts };
}

/** The tables and sets that have been shared, and chains of tables that are not. */
const held = new WeakSet<Table | Chain | NamedSet>();

/** Returns the chains that were given before with the same rules on the same lines; tables may be made of them. */
export function sharedChainsIn(table: Table): Table['chains'] {
  const [shared = table] = withSharedTables({ tables: [table], ipsets: new Map() }).tables;
  for (const chain of shared.chains.values()) held.add(chain);
  return shared.chains;
}

/** Returns the same ruleset without what a host has counted: the one that was given before with the same rules and sets. */
export function uncountedRuleset(ruleset: Ruleset): Ruleset {
  const { tables, ipsets } = withSharedTables(ruleset);
  return sharedWhole({ tables, ipsets });
}

const sharedWhole = sharing(({ tables, ipsets }: Ruleset) =>
  JSON.stringify([tables.map(numberOf), [...ipsets].map(([name, set]) => [name, numberOf(set)])]),
);

const sharedTable = sharing(({ backend, family, name, chains }: Table) =>
  JSON.stringify([backend, family, name, [...chains.values()].map(numberOf)]),
);

/** A chain, and the table that it is in. */
interface Placed {
  of: readonly string[];
  chain: Chain;
}

/** Rules that are read once by their text have the very same steps on every host. */
const sharedChain = sharing(
  ({ of, chain: { name, base, rules } }: Placed): string =>
    structureKey([
      of,
      name,
      base,
      rules.map(({ steps, target, text, origin, line }) => [numberOf(steps), target, text, origin, line]),
    ]),
  ({ of, chain }): Placed => ({
    of,
    chain: { ...chain, rules: chain.rules.map((rule) => ({ ...rule, packets: null })) },
  }),
);

const sharedSet = sharing((set: NamedSet) => structureKey(set));

let numbers = 0;
const numberOf = onceFor((_: object): number => numbers++);
