/** Says in plain values what a rule of nat asks of packets, and what it makes of them. */
import { onceFor } from '../once-for.ts';
import {
  type AddressSet,
  ALL,
  ALL4,
  ALL6,
  complement,
  intersection,
  NONE,
  size,
  toCidrs,
  unionOf,
} from './addresses.ts';
import { changesAddress, type RulePosition } from './nat-rules.ts';
import { assertNever, everyAction, isNatAction, type NatAction } from './rule-parts.ts';
import type { Family, Hook, Match, Randomness, Rule, Side } from './ruleset.ts';

export interface NatParts {
  /** The hooks from which a packet can get to it. */
  hooks: Hook[];
  /** The addresses that it asks for, as CIDRs; all of the family where it asks for none. */
  sources: string[];
  destinations: string[];
  /** The interfaces that it asks for, as `eth0`, `eth*` or `! docker0`; none where it takes any. */
  in: string[];
  out: string[];
  /** Further conditions: a protocol, a port, a mark, a state, ... */
  asksMore: boolean;
  translations: NatTranslation[];
  /** True where it gives several sources one address. */
  merges: boolean;
}

interface NatTranslation {
  side: Side;
  kind: 'masquerade' | 'snat' | 'dnat' | 'redirect' | 'netmap' | 'unknown';
  /** The addresses to choose from, as CIDRs; none where the kernel takes one of its own. */
  to: string[];
  /** The way in which a new port is drawn. */
  random: Randomness;
}

/** @param hooks the hooks from which its chain can be reached */
export function natParts({ table: { family }, rule }: RulePosition, hooks: readonly Hook[]): NatParts {
  const last = lastOf(rule.steps);
  if (last.parts === null || last.family !== family || last.target !== rule.target)
    Object.assign(last, { family, target: rule.target, parts: plainParts(rule, family) } satisfies Last);
  // biome-ignore lint/style/noNonNullAssertion: they have just been worked out where they were not there
  return { hooks: [...hooks], ...last.parts! };
}

interface Last {
  family: Family;
  target: string;
  parts: Omit<NatParts, 'hooks'> | null;
}

/** What was worked out last: hosts of a cluster share the steps of thousands of rules. */
const lastOf = onceFor((_: Rule['steps']): Last => ({ family: 'ip', target: '', parts: null }));

function plainParts(rule: Rule, of: Family): Omit<NatParts, 'hooks'> {
  const matches = rule.steps.flatMap(({ when }) => when);
  const family = FAMILIES[of];
  const [sources, destinations] = (['source', 'destination'] as const).map((side) =>
    intersection(family, asked(matches, side)),
  ) as [AddressSet, AddressSet];
  const translations = [...everyAction(rule)].filter(isNatAction).flatMap(translationOf);
  return {
    sources: toCidrs(sources),
    destinations: toCidrs(destinations),
    in: interfaces(matches, 'in'),
    out: interfaces(matches, 'out'),
    asksMore:
      matches.some((match) => addressesOf(match) === null && match.kind !== 'interface') || isMap(rule),
    translations,
    merges:
      size(sources) > 1n &&
      [...everyAction(rule)].filter(isNatAction).some((action) => mergesSources(action, rule)),
  };
}

const mergesSources = (action: NatAction, { target }: Rule) =>
  action.kind !== 'netmap' && changesAddress(action, 'source', target);

const FAMILIES: Readonly<Record<Family, AddressSet>> = { ip: ALL4, ip6: ALL6, inet: ALL };

const isMap = ({ steps }: Rule) => steps.some(({ action }) => action?.kind === 'choose');

function asked(matches: readonly Match[], side: Side): AddressSet {
  return matches.reduce((set, match) => {
    const own = addressesOf(match);
    return own?.side === side ? intersection(set, own.set) : set;
  }, ALL);
}

/** The addresses of one side that a match asks for; null where it asks for something else. */
function addressesOf(match: Match): { side: Side; set: AddressSet } | null {
  if (match.kind === 'address')
    return { side: match.side, set: match.not ? complement(match.set) : match.set };
  if (match.kind !== 'any' || match.not) return null;
  const rows = match.rows.map(([first, ...more]) => (first && more.length === 0 ? addressesOf(first) : null));
  const [one] = rows;
  if (!one || !rows.every((row) => row?.side === one.side)) return null;
  return { side: one.side, set: unionOf(rows.map((row) => row?.set ?? NONE)) };
}

function interfaces(matches: readonly Match[], side: 'in' | 'out'): string[] {
  return matches.flatMap((match) =>
    match.kind === 'interface' && match.side === side
      ? match.patterns.map(({ name, prefix }) => `${match.not ? '! ' : ''}${name}${prefix ? '*' : ''}`)
      : [],
  );
}

function translationOf(action: NatAction): NatTranslation[] {
  switch (action.kind) {
    case 'masquerade':
      return [{ side: 'source', kind: 'masquerade', to: [], random: action.random }];
    case 'redirect':
      return [{ side: 'destination', kind: 'redirect', to: [], random: action.random }];
    case 'translate':
      return action.addresses === null
        ? []
        : [
            {
              side: action.side,
              kind: action.side === 'source' ? 'snat' : 'dnat',
              to: toCidrs(action.addresses),
              random: action.random,
            },
          ];
    case 'netmap':
      return (action.side === null ? (['source', 'destination'] as const) : [action.side]).map((side) => ({
        side,
        kind: 'netmap',
        to: toCidrs(action.network),
        random: 'no',
      }));
    case 'unknown':
      return [];
    default:
      return assertNever(action);
  }
}
