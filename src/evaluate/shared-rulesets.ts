/**
 * One ruleset for all hosts that have the same. The nodes of a cluster have the same thousands of rules: they are held
 * once, and what is worked out of them is worked out once.
 */
import { createHash } from 'node:crypto';
import type { Chain, NamedSet, Rule, Ruleset } from '../network/ruleset.ts';
import { onceFor } from '../once-for.ts';
import { sharing, structureKey } from './sharing.ts';

/**
 * Returns the ruleset that was given before with the same rules on the same lines, or else this one. Only iptables'
 * counters may be another host's.
 */
export const sharedRuleset = sharing(keyOf, withSharedParts);

/** Rulesets that differ in one chain, rule or set still have the others alike, which may hold thousands of addresses each. */
function withSharedParts({ tables, ipsets }: Ruleset): Ruleset {
  return {
    ipsets: new Map([...ipsets].map(([name, set]) => [name, sharedParts(set)])),
    tables: tables.map(({ chains, ...table }) => ({
      ...table,
      chains: new Map([...chains].map(([name, chain]) => [name, sharedChain(chain)])),
    })),
  };
}

function keyOf(ruleset: Ruleset): string {
  const made = createHash('sha256');
  for (const text of printRuleset(ruleset)) made.update(text);
  return made.digest('base64');
}

/**
 * Chain by chain: the text of a host with a hundred thousand rules is never there as a whole. Each part is JSON: whatever
 * names a host gives its tables, nothing that it says reads as another host's.
 */
function* printRuleset({ tables, ipsets }: Ruleset): Generator<string> {
  for (const { backend, family, name, chains } of tables) {
    yield line([backend, family, name]);
    for (const chain of chains.values()) yield printChain(chain);
  }
  for (const [name, set] of ipsets) yield line([name, structureOf(set)]);
}

const printChain = ({ name, base, rules }: Chain): string =>
  [line([name, base]), ...rules.map(printRule)].join('');

const printRule = ({ steps, target, text, origin, line: number }: Rule): string =>
  line([number, origin, target, structureOf(steps), text]);

const line = (parts: readonly unknown[]): string => `${JSON.stringify(parts)}\n`;

const sharedChain = sharing(
  (chain: Chain) => createHash('sha256').update(printChain(chain)).digest('base64'),
  (chain): Chain => ({
    ...chain,
    rules: chain.rules.map((rule) => ({ ...rule, steps: sharedParts(rule.steps) })),
  }),
);

const sharedParts = sharing((part: Rule['steps'] | NamedSet) => structureOf(part)) as <
  T extends Rule['steps'] | NamedSet,
>(
  part: T,
) => T;

/** Rules that are read once by their text have the very same steps on every host. */
const structureOf = onceFor((value: Rule['steps'] | NamedSet): string => structureKey(value));
