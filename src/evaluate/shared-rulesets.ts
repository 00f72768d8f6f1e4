/**
 * One ruleset for all hosts that have the same. The nodes of a cluster have the same thousands of rules: they are held
 * once, and what is worked out of them is worked out once.
 */
import { createHash, hash } from 'node:crypto';
import type { Chain, NamedSet, Rule, Ruleset } from '../network/ruleset.ts';
import { onceFor } from '../once-for.ts';

const held = new Map<string, WeakRef<Ruleset>>();
const released = new FinalizationRegistry<string>((key) => {
  if (held.get(key)?.deref() === undefined) held.delete(key);
});

/**
 * Returns the ruleset that was given before with the same rules on the same lines, or else this one. Only iptables'
 * counters may be another host's.
 */
export function sharedRuleset(ruleset: Ruleset): Ruleset {
  const key = keyOf(ruleset);
  const before = held.get(key)?.deref();
  if (before !== undefined) return before;
  held.set(key, new WeakRef(ruleset));
  released.register(ruleset, key);
  return ruleset;
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

/** Rules that are read once by their text have the very same steps on every host. */
const structureOf = onceFor((value: Rule['steps'] | NamedSet): string =>
  hash(
    'sha256',
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)),
    'base64',
  ),
);
