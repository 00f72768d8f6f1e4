/** The packets that a few other rules can touch: those that they ask for, where all else in a namespace is the same. */
import { type AddressSet, ALL, intersection, NONE, unionOf } from '../addresses.ts';
import { destinationRules, unknownRules } from '../nat-rules.ts';
import { everyAction, everyMatch, type PlainAction } from '../rule-parts.ts';
import type { Chain, Rule, Ruleset } from '../ruleset.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { needsConntrack } from '../walk/conntrack-needed.ts';

/** Returns the destinations that the rules which differ ask for: all addresses where something else differs, too. */
export function destinationsOfRules(before: NetnsNode, after: NetnsNode): AddressSet {
  if (translates(before) || translates(after) || restText(before) !== restText(after)) return ALL;
  const [old, fresh] = [before.net.ruleset, after.net.ruleset];
  if (([4, 6] as const).some((version) => needsConntrack(old, version) !== needsConntrack(fresh, version)))
    return ALL;
  const [then, now] = [chainsIn(old), chainsIn(fresh)];
  const differing = then.flatMap((chain, i) => rulesApart(chain.rules, now[i]?.rules ?? []));
  if (!differing.every(onlyDecides)) return ALL;
  return unionOf(differing.map(destinationOf));
}

/** Tells whether packets may have another destination than they came with, when they come to a rule. */
const translates = ({ net: { ruleset, services } }: NetnsNode): boolean =>
  services.length > 0 ||
  destinationRules(ruleset).length > 0 ||
  unknownRules(ruleset, 'destination').length > 0;

const chainsIn = ({ tables }: Ruleset): Chain[] => tables.flatMap(({ chains }) => [...chains.values()]);

/** All that decides about packets but the rules in its chains. */
const restText = ({ net: { budget, ruleset, settings, ...net }, missing }: NetnsNode): string => {
  const tables = ruleset.tables.map(({ chains, ...table }) => ({
    ...table,
    chains: [...chains.values()].map(({ name, base }) => [name, base]),
  }));
  const rest = { ...net, missing, tables, sets: [...ruleset.ipsets], settings: [...settings] };
  return JSON.stringify(rest, (_, value) => (typeof value === 'bigint' ? String(value) : value));
};

/** Tells whether a rule does nothing but decide: a mark, a set or conntrack is a matter of other packets and rules, too. */
const onlyDecides = (rule: Rule): boolean =>
  [...everyAction(rule)].every(({ kind }) => DECIDING.has(kind)) &&
  [...everyMatch(rule)].every(({ kind }) => kind !== 'state' && kind !== 'undecided');

const DECIDING: ReadonlySet<PlainAction['kind']> = new Set(['accept', 'drop', 'return', 'jump', 'goto']);

/** Leaves out what both begin and end with: rules of one text share their steps. */
function rulesApart(before: readonly Rule[], after: readonly Rule[]): Rule[] {
  const shorter = Math.min(before.length, after.length);
  const isSame = (i: number, j: number) => before[i]?.steps === after[j]?.steps;
  let head = 0;
  while (head < shorter && isSame(head, head)) head++;
  let tail = 0;
  while (tail < shorter - head && isSame(before.length - 1 - tail, after.length - 1 - tail)) tail++;
  return [...before.slice(head, before.length - tail), ...after.slice(head, after.length - tail)];
}

/** What the first step of a rule asks for: without that, nothing of it is done. */
const destinationOf = ({ steps: [first] }: Rule): AddressSet =>
  (first?.when ?? [])
    .flatMap((match) =>
      match.kind === 'address' && match.side === 'destination' && !match.not ? match.set : [],
    )
    .reduce(intersection, first ? ALL : NONE);
