/** The rules of a ruleset that translate, and what they change. */
import { onceFor } from '../once-for.ts';
import { natHooks } from './nat-hooks.ts';
import { assertNever, chainsReached, everyAction, isNatAction, type NatAction } from './rule-parts.ts';
import type { Chain, Hook, Rule, Ruleset, Side, Table } from './ruleset.ts';

/** A rule and its position. */
export interface RulePosition {
  table: Table;
  chain: Chain;
  rule: Rule;
}

export function* allRules(tables: readonly Table[]): Generator<RulePosition> {
  for (const table of tables) {
    for (const chain of table.chains.values()) for (const rule of chain.rules) yield { table, chain, rule };
  }
}

/** Returns all rules of chains that take part in nat: its base chains and those reachable from them. */
export function natRules(ruleset: Ruleset): RulePosition[] {
  return rulesFrom(ruleset, natHooks());
}

/** Returns the rules that may change a packet's source. */
export const sourceRules = onceFor(({ tables }: Ruleset): readonly RulePosition[] =>
  tables.flatMap(sourceRulesOf),
);

const sourceRulesOf = onceFor((table: Table): readonly RulePosition[] =>
  rulesIn(table, natHooks('source')).filter(({ rule }) => rewrites(rule, 'source')),
);

/** Returns the rules that may change a packet's destination. */
export const destinationRules = onceFor(({ tables }: Ruleset): readonly RulePosition[] =>
  tables.flatMap(destinationRulesOf),
);

const destinationRulesOf = onceFor((table: Table): readonly RulePosition[] =>
  rulesIn(table, natHooks('destination')).filter(({ rule }) => rewrites(rule, 'destination')),
);

/** Returns the hooks from which packets get to each chain that takes part in nat. */
export const natHooksOf = onceFor((table: Table): ReadonlyMap<string, Hook[]> => {
  const hooks = new Map<string, Hook[]>();
  for (const hook of natHooks())
    for (const name of reachable(table, hook)) hooks.set(name, [...(hooks.get(name) ?? []), hook]);
  return hooks;
});

/** Returns the rules of nat on that side that do something which is not understood. */
export function unknownRules(ruleset: Ruleset, side: Side): RulePosition[] {
  return rulesFrom(ruleset, natHooks(side)).filter(({ rule }) => isUnknown(rule.steps));
}

const isUnknown = onceFor((steps: Rule['steps']): boolean =>
  [...everyAction({ steps })].some((action) => action.kind === 'unknown' && action.effect === 'any'),
);

function rulesFrom(ruleset: Ruleset, hooks: Hook[]): RulePosition[] {
  return ruleset.tables.flatMap((table) => rulesIn(table, hooks));
}

function rulesIn(table: Table, hooks: Hook[]): readonly RulePosition[] {
  const known = rulesByHooks(table);
  const before = known.get(hooks.join());
  if (before !== undefined) return before;
  const reached = hooks.map((hook) => reachable(table, hook));
  const chains = [...table.chains.values()].filter(({ name }) => reached.some((names) => names.has(name)));
  const rules = chains.flatMap((chain) => chain.rules.map((rule) => ({ table, chain, rule })));
  known.set(hooks.join(), rules);
  return rules;
}

/** Hosts of a cluster share tables of thousands of rules. */
const rulesByHooks = onceFor((_: Table) => new Map<string, readonly RulePosition[]>());

function reachable(table: Table, hook: Hook): ReadonlySet<string> {
  const known = reachedFrom(table);
  const reached =
    known.get(hook) ?? chainsReached(table, (base) => base.type === 'nat' && base.hook === hook);
  known.set(hook, reached);
  return reached;
}

const reachedFrom = onceFor((_: Table) => new Map<Hook, ReadonlySet<string>>());

/** Targets outside of the kernel's own, or of which nft prints no more than the name, or not even that: `xt`. */
const UNKNOWN_SOURCE: ReadonlySet<string> = new Set([
  'SNAT',
  'NETMAP',
  'MASQUERADE',
  'FULLCONENAT',
  'FULLCONE',
  'SAME',
  'snat',
  'xt',
]);
const UNKNOWN_DESTINATION: ReadonlySet<string> = new Set([
  'DNAT',
  'NETMAP',
  'REDIRECT',
  'dnat',
  'redirect',
  'xt',
]);

function rewrites(rule: Rule, side: Side): boolean {
  return [...everyAction(rule)].some(
    (action) => isNatAction(action) && changesAddress(action, side, rule.target),
  );
}

/** Tells whether an action may change the address of that side; `target` is the rule's. */
export function changesAddress(action: NatAction, side: Side, target: string): boolean {
  switch (action.kind) {
    case 'masquerade':
      return side === 'source';
    case 'redirect':
      return side === 'destination';
    case 'translate':
      // a translation of ports alone leaves the address as it is
      return action.side === side && action.addresses !== null;
    case 'netmap':
      return action.side === null || action.side === side;
    case 'unknown':
      return (side === 'source' ? UNKNOWN_SOURCE : UNKNOWN_DESTINATION).has(target);
    default:
      return assertNever(action);
  }
}
