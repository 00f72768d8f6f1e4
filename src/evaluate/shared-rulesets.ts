/**
 * One ruleset for all hosts that have the same. The nodes of a cluster have the same thousands of rules: they are held
 * once, and what is worked out of them is worked out once.
 */
import { createHash } from 'node:crypto';
import type { NamedSet, Rule, Ruleset, Table } from '../network/ruleset.ts';
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
  const key = digest(printRuleset(ruleset));
  const before = held.get(key)?.deref();
  if (before !== undefined) return before;
  held.set(key, new WeakRef(ruleset));
  released.register(ruleset, key);
  return ruleset;
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64');

const printRuleset = ({ tables, ipsets }: Ruleset): string =>
  [...tables.map(printTable), ...[...ipsets].map(([name, set]) => `${name} ${structureOf(set)}`)].join('\n');

const printTable = ({ backend, family, name, chains }: Table): string =>
  [
    `${backend} ${family} ${name}`,
    ...[...chains.values()].flatMap((chain) => [
      JSON.stringify([chain.name, chain.base]),
      ...chain.rules.map(printRule),
    ]),
  ].join('\n');

const printRule = ({ steps, target, text, origin, line }: Rule): string =>
  `${line} ${origin} ${target} ${structureOf(steps)} ${text}`;

/** Rules that are read once by their text have the very same steps on every host. */
const structureOf = onceFor((value: Rule['steps'] | NamedSet): string =>
  digest(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))),
);
