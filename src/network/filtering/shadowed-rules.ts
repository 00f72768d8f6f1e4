/**
 * Rules that no packet gets to, since one before them in the same chain ends every packet that they ask for, and
 * otherwise than they would.
 */
import { onceFor } from '../../once-for.ts';
import type { Address } from '../address-text.ts';
import { type AddressSet, complement, covers, onlyAddress } from '../addresses.ts';
import type { RulePosition } from '../nat-rules.ts';
import { difference, NUMBERS, type Ranges } from '../ranges.ts';
import { everyMatch } from '../rule-parts.ts';
import type { Action, Chain, InterfacePattern, Match, Rule, Table } from '../ruleset.ts';

export interface ShadowedRule extends RulePosition {
  /** The rule that ends its packets. */
  by: Rule;
}

export const shadowedRules = (tables: readonly Table[]): ShadowedRule[] => tables.flatMap(shadowedInTable);

const shadowedInTable = onceFor((table: Table): ShadowedRule[] =>
  [...table.chains.values()].flatMap((chain) =>
    chain.rules.length < 2
      ? []
      : coveredIn(chain)
          .filter(({ action }) => isJudgement(action, table))
          .map(({ rule, by }) => ({ table, chain, rule, by })),
  ),
);

/** A rule whose packets all come to an end before it, and what it would do with them. */
interface Covered {
  rule: Rule;
  by: Rule;
  action: Action;
}

/** Hosts of a cluster share chains of thousands of rules. */
const coveredIn = onceFor(({ rules }: Chain): readonly Covered[] => {
  const found: Covered[] = [];
  const ends: Ends = { count: 0, byDestination: new Map(), others: [] };
  for (const rule of rules) {
    const plain = plainOf(rule.steps);
    if (plain === null) continue;
    const { action } = plain;
    // whatever stands behind the first that ends all of them decides nothing
    const by = firstOver(plain, ends);
    if (by && serialized(by.action) !== serialized(action)) found.push({ rule, by: by.rule, action });
    else if (isEnd(action) && ends.count < MAX_ENDS) addEnd(ends, { ...plain, rule, at: ends.count });
  }
  return found;
});

/** The most rules of one chain that later ones are compared with: chains may have tens of thousands. */
const MAX_ENDS = 200;

/** A rule that asks for all of this, and then does one thing. */
interface Plain {
  matches: Match[];
  action: Action;
  /** The destinations that it asks for one by one. */
  destinations: Address['value'][];
}

/** A rule that ends what it asks for, and its number among these. */
interface End extends Plain {
  rule: Rule;
  at: number;
}

interface Ends {
  count: number;
  /** Those about one destination, which end no packets to any other. */
  byDestination: Map<Address['value'], End[]>;
  others: End[];
}

function addEnd(ends: Ends, end: End): void {
  const [destination] = end.destinations;
  const known = destination === undefined ? ends.others : ends.byDestination.get(destination);
  if (known) known.push(end);
  else if (destination !== undefined) ends.byDestination.set(destination, [end]);
  ends.count++;
}

/** Returns the first that ends all packets that a rule asks for. */
function firstOver(plain: Plain, { byDestination, others }: Ends): End | undefined {
  const lists = [others, ...plain.destinations.flatMap((one) => [byDestination.get(one) ?? []])];
  const found = lists.flatMap((list) => list.find((end) => endsAllOf(end, plain)) ?? []);
  return found.reduce<End | undefined>((first, end) => (first && first.at < end.at ? first : end), undefined);
}

/** Returns null for steps that do several things, or none. */
function plainOf(steps: Rule['steps']): Plain | null {
  const actions = steps.flatMap(({ action }) => action ?? []);
  const [action] = actions;
  if (action === undefined || actions.length > 1 || steps.at(-1)?.action == null) return null;
  const matches = steps.flatMap(({ when }) => when);
  const destinations = matches.flatMap((match) =>
    match.kind === 'address' && match.side === 'destination' && !match.not
      ? (onlyAddress(match.set)?.value ?? [])
      : [],
  );
  return { matches, action, destinations };
}

/** After these no rule of the chain sees the packet. */
const ENDS: ReadonlySet<Action['kind']> = new Set([
  'accept',
  'drop',
  'return',
  'goto',
  'masquerade',
  'translate',
  'redirect',
  'netmap',
]);
const isEnd = ({ kind }: Action) => ENDS.has(kind);

/** Tells whether something is lost where the rule is never reached: what only counts, logs or returns decides nothing. */
function isJudgement(action: Action, { chains }: Table): boolean {
  if (action.kind === 'jump' || action.kind === 'goto')
    return (chains.get(action.chain)?.rules.length ?? 0) > 0;
  return action.kind !== 'return' && isEnd(action);
}

const endsAllOf = (before: Plain, after: Plain) =>
  before.matches.every((wanted) => after.matches.some((given) => implies(given, wanted)));

/** Tells whether each packet that matches `given` matches `wanted`. Where that can't be told, it is not said. */
function implies(given: Match, wanted: Match): boolean {
  switch (wanted.kind) {
    case 'chance':
    case 'undecided':
      return false;
    case 'address':
      return given.kind === 'address' && given.side === wanted.side && covers(setOf(wanted), setOf(given));
    case 'port':
      return (
        given.kind === 'port' &&
        given.side === wanted.side &&
        isWithin(given, wanted, given.ports, wanted.ports)
      );
    case 'protocol':
      return given.kind === 'protocol' && isWithin(given, wanted, given.protocols, wanted.protocols);
    case 'interface':
      return (
        given.kind === 'interface' &&
        given.side === wanted.side &&
        (isSame(given, wanted) ||
          (!given.not && !wanted.not && given.patterns.every((one) => isCovered(one, wanted.patterns))))
      );
    case 'state':
      return (
        given.kind === 'state' &&
        (isSame(given, wanted) ||
          (!given.not && !wanted.not && given.states.every((one) => wanted.states.includes(one))))
      );
    case 'original':
    case 'mark':
    case 'local':
    case 'set':
    case 'ipvs':
    case 'virtual':
      return isSame(given, wanted);
    case 'any':
      return (
        [...everyMatch({ steps: [{ when: [wanted], action: null }] })].every(isDecided) &&
        isSame(given, wanted)
      );
  }
}

const isDecided = ({ kind }: Match) => kind !== 'chance' && kind !== 'undecided';
const isSame = (a: Match, b: Match) => serialized(a) === serialized(b);
const serialized = (value: Match | Action) =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));

function setOf({ set, not }: Extract<Match, { kind: 'address' }>): AddressSet {
  return not ? complement(set) : set;
}

const isWithin = (
  given: { not: boolean },
  wanted: { not: boolean },
  inner: Ranges<number>,
  outer: Ranges<number>,
) =>
  given.not === wanted.not &&
  (given.not ? difference(NUMBERS, outer, inner) : difference(NUMBERS, inner, outer)).length === 0;

const isCovered = ({ name, prefix }: InterfacePattern, patterns: readonly InterfacePattern[]) =>
  patterns.some((one) => (one.prefix ? name.startsWith(one.name) : one.name === name && !prefix));
