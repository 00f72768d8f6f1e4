/** The facts that a set of rules reads, worked out once for all the hosts that it is tried on. */
import { READ_OF_SENDERS } from '../fleet/senders-fact.ts';
import type { Read } from './expression/reads.ts';
import { originsOf } from './facts/derive.ts';
import { collectedFor } from './facts/needs.ts';
import { partsRead, type ReadParts } from './facts/read-parts.ts';
import { type LoadedRule, readsOfFixes, readsOfRules, readsOtherHosts } from './rules/rules.ts';

/** Facts that a report shows, whatever the rules read. */
const ALWAYS = ['kernel', 'namespaces', 'privilege'];

export interface Inquiry {
  /** The rules that need nothing of other hosts. */
  ofOneHost: readonly LoadedRule[];
  /** The facts to make of a host's answers. */
  wanted: ReadonlySet<string>;
  /** The facts that rules about paths, or about hosts beside others, read; null: there are no such rules. */
  ofFleet: ReadParts | null;
  /** The collected facts that these, and the paths themselves, are made of; none where there are no such rules. */
  keep: ReadonlySet<string>;
  /** The facts that count as a gap where they are missing. */
  missed: Missed;
}

/** Facts that are missed where they are not known, and the parts of them that are. */
export interface Missed {
  facts: ReadonlySet<string>;
  isRead(fact: string, key: string): boolean;
}

/** @param followsPaths true where packets are followed though no rule may be about paths */
export function inquiryOf(rules: readonly LoadedRule[], followsPaths = false): Inquiry {
  const reads = readsOfRules(rules);
  const all = [...reads, ...readsOfFixes(rules)];
  const aboutFleet = rules.filter((rule) => !isOfOneHost(rule));
  const readByFleet = [...readsOfRules(aboutFleet), ...readsOfFixes(aboutFleet)];
  const ofFleet =
    aboutFleet.length === 0 && !followsPaths ? null : partsRead([...readByFleet, READ_OF_SENDERS]);
  return {
    ofOneHost: rules.filter(isOfOneHost),
    wanted: new Set([...ALWAYS, ...collectedFor(all), ...all.map(({ fact }) => fact)]),
    ofFleet,
    keep: new Set(ofFleet === null ? [] : [...collectedForAll(ofFleet.keys()), ...collectedForAll(['path'])]),
    missed: missedBy(reads, ALWAYS),
  };
}

/** @param always facts that are missed whatever is read */
export function missedBy(reads: readonly Read[], always: readonly string[]): Missed {
  const whole = new Set<string>();
  const keys = new Map<string, Set<string>>();
  for (const read of reads) {
    if (read.whole) whole.add(read.fact);
    const known = keys.get(read.fact) ?? new Set();
    for (const key of read.keys) known.add(key);
    keys.set(read.fact, known);
  }
  return {
    facts: new Set([...always, ...reads.flatMap((read) => [read.fact, ...originsOf(read)])]),
    isRead: (fact, key) => whole.has(fact) || (keys.get(fact)?.has(key) ?? false),
  };
}

/** Returns the collected facts that all entries of these are made of. */
const collectedForAll = (facts: Iterable<string>): Set<string> =>
  collectedFor([...facts].map((fact) => ({ fact, keys: [] })));

/** Tells whether a rule needs nothing of other hosts. */
export const isOfOneHost = (rule: LoadedRule): boolean => rule.scope !== 'path' && !readsOtherHosts(rule);
