/** The packets that a few other rules can touch: those that they ask for, where all else in a namespace is the same. */
import { ALL, intersection, unionOf } from '../addresses.ts';
import { destinationRules, unknownRules } from '../nat-rules.ts';
import * as ranges from '../ranges.ts';
import { NUMBERS } from '../ranges.ts';
import { everyAction, everyMatch, type PlainAction } from '../rule-parts.ts';
import type { Chain, Rule, Ruleset } from '../ruleset.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { needsConntrack } from '../walk/conntrack-needed.ts';
import { type PacketSet, packets } from '../walk/packets.ts';

/**
 * Returns packets among which are all that the rules which differ ask for, as they come to the namespace: everything where
 * something else differs, too; null where nothing does.
 */
export function packetsOfRules(before: NetnsNode, after: NetnsNode): PacketSet | null {
  if (restText(before) !== restText(after)) return EVERYTHING;
  const [old, fresh] = [before.net.ruleset, after.net.ruleset];
  const [then, now] = [chainsIn(old), chainsIn(fresh)];
  const differing = then.flatMap((chain, i) => rulesApart(chain.rules, now[i]?.rules ?? []));
  if (differing.length === 0) return null;
  if (translates(before) || translates(after) || !differing.every(onlyDecides)) return EVERYTHING;
  const versions = [4, 6] as const;
  if (versions.some((version) => needsConntrack(old, version) !== needsConntrack(fresh, version)))
    return EVERYTHING;
  return hullOf(differing.map(askedBy));
}

const EVERYTHING = packets(ALL, ALL);

/** Returns packets of any source among which are all of these; null for none. */
export function hullOf(sets: readonly PacketSet[]): PacketSet | null {
  if (sets.length === 0) return null;
  const numbers = (field: 'protocol' | 'destinationPort') =>
    sets.map((set) => set[field]).reduce((a, b) => ranges.union(NUMBERS, a, b));
  return packets(ALL, unionOf(sets.map(({ destination }) => destination)), {
    protocol: numbers('protocol'),
    destinationPort: numbers('destinationPort'),
  });
}

/** Tells whether packets may have another destination than they came with, when they come to a rule. */
export const translates = ({ net: { ruleset, services } }: NetnsNode): boolean =>
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
  return textOfValue(rest);
};

/** Where it was read, and how many connections a server has, decides nothing. */
const BESIDE: ReadonlySet<string> = new Set(['line', 'origin', 'active', 'inactive']);

const textOfValue = (value: unknown): string =>
  JSON.stringify(value, (key, one) =>
    BESIDE.has(key) ? undefined : typeof one === 'bigint' ? String(one) : one,
  );

/** Tells whether a rule does nothing but decide: a mark, a set or conntrack is a matter of other packets and rules, too. */
const onlyDecides = (rule: Rule): boolean =>
  [...everyAction(rule)].every(({ kind }) => DECIDING.has(kind)) &&
  [...everyMatch(rule)].every(({ kind }) => kind !== 'state' && kind !== 'undecided');

const DECIDING: ReadonlySet<PlainAction['kind']> = new Set(['accept', 'drop', 'return', 'jump', 'goto']);

/** Leaves out what both begin and end with: rules of one text share their steps, but those of nft, whose sets may change. */
function rulesApart(before: readonly Rule[], after: readonly Rule[]): Rule[] {
  const shorter = Math.min(before.length, after.length);
  const isSame = (i: number, j: number) => {
    const [a, b] = [before[i], after[j]];
    return a?.steps === b?.steps || textOfValue(a?.steps) === textOfValue(b?.steps);
  };
  let head = 0;
  while (head < shorter && isSame(head, head)) head++;
  let tail = 0;
  while (tail < shorter - head && isSame(before.length - 1 - tail, after.length - 1 - tail)) tail++;
  return [...before.slice(head, before.length - tail), ...after.slice(head, after.length - tail)];
}

/** Returns what the first step of a rule asks for, but of sources: without that, nothing of the rule is done. */
function askedBy({ steps: [first] }: Rule): PacketSet {
  let asked = EVERYTHING;
  for (const match of first?.when ?? []) {
    if (match.kind === 'address' && match.side === 'destination' && !match.not)
      asked = { ...asked, destination: intersection(asked.destination, match.set) };
    if (match.kind === 'protocol' && !match.not)
      asked = { ...asked, protocol: ranges.intersection(asked.protocol, match.protocols) };
    if (match.kind === 'port' && match.side === 'destination' && !match.not)
      asked = { ...asked, destinationPort: ranges.intersection(asked.destinationPort, match.ports) };
  }
  return asked;
}
