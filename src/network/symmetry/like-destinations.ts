/**
 * Destinations that one namespace treats alike. A firewall may have tens of thousands of rules, each about one address:
 * what becomes of packets to one of these tells what becomes of those to all that rules say the same of.
 */
import { onceFor } from '../../once-for.ts';
import { type AddressSet, addressSet, onlyAddress, prefixSet, unionOf } from '../addresses.ts';
import { everyAction, everyMatch } from '../rule-parts.ts';
import type { Match, Rule, Ruleset } from '../ruleset.ts';
import { localAddresses } from '../walk/local-addresses.ts';
import type { Namespace } from '../walk/namespace.ts';

type Value = number | bigint;

/** All that the rules of a ruleset say of destinations. */
interface Said {
  /** What the rules about one destination alone say of it, by its value: those of IPv6 are bigints. */
  about: ReadonlyMap<Value, string[]>;
  /** The sets that anything else asks for, or may tell apart. */
  others: AddressSet[];
}

/**
 * Returns destinations whose packets fare as those to another one do, which is not among them, but for the rules that name
 * it: chains have as much to say of both, in the same order, and nothing else tells them apart.
 */
export function spareDestinations(net: Namespace): AddressSet {
  const said = saidIn(net.ruleset);
  if (said === null) return unionOf([]);
  const bounds = boundsOf([...said.others, ...setsBeside(net)]);
  const kinds = new Set<string>();
  const spare: AddressSet[] = [];
  for (const [value, texts] of said.about) {
    const family = typeof value === 'number' ? 4 : 6;
    const kind = `${family} ${countUpTo(bounds[family], value)} ${texts.join()}`;
    if (kinds.has(kind)) spare.push(setOf(value));
    else kinds.add(kind);
  }
  return unionOf(spare);
}

/** Null where packets may get a destination that goes by the one they had, which rules may then ask for. */
const saidIn = onceFor(({ tables, ipsets }: Ruleset): Said | null => {
  const about = new Map<Value, string[]>();
  const others: AddressSet[] = [];
  const numbers = new Map<string, number>();
  for (const [i, table] of tables.entries()) {
    for (const [j, { rules }] of [...table.chains.values()].entries()) {
      let rank = 0;
      for (const { steps } of rules) {
        if ([...everyAction({ steps })].some(({ kind }) => kind === 'netmap')) return null;
        const own = destinationIn(steps);
        if (own === null) rank++;
        others.push(...setsIn(steps, own));
        if (own === null) continue;
        const text = textWithout(own, steps);
        const number = numbers.get(text) ?? numbers.size;
        numbers.set(text, number);
        // biome-ignore lint/style/noNonNullAssertion: it is the match of one address
        const { value } = onlyAddress(own.set)!;
        const known = about.get(value);
        const place = `${i}.${j}.${rank}.${number}`;
        if (known) known.push(place);
        else about.set(value, [place]);
      }
    }
  }
  for (const { elements, except } of ipsets.values())
    for (const values of [...elements, ...except])
      for (const value of values ?? []) if (value.kind === 'address') others.push(value.set);
  return { about, others };
});

type OfAddress = Extract<Match, { kind: 'address' }>;

/** Returns the match for the one destination without which a rule does nothing; null where there is none. */
function destinationIn([first]: Rule['steps']): OfAddress | null {
  for (const match of first?.when ?? [])
    if (match.kind === 'address' && match.side === 'destination' && !match.not)
      return onlyAddress(match.set) === null ? null : match;
  return null;
}

/** The sets of destinations that a rule asks for besides, or gives: who has that one already keeps it. */
const setsIn = (steps: Rule['steps'], own: OfAddress | null): AddressSet[] => [
  ...[...everyMatch({ steps })].flatMap((match) => {
    if (match === own) return [];
    if (match.kind === 'address' || match.kind === 'original')
      return match.side === 'destination' ? [match.set] : [];
    return match.kind === 'virtual' && match.set !== null ? [match.set] : [];
  }),
  ...[...everyAction({ steps })].flatMap((action) =>
    action.kind === 'translate' && action.side === 'destination' ? (action.addresses ?? []) : [],
  ),
];

const textWithout = (own: OfAddress, steps: Rule['steps']): string =>
  JSON.stringify(steps, (_, part) => (part === own ? null : typeof part === 'bigint' ? `${part}n` : part));

/** What tells destinations apart beside rules: addresses, networks, routes and services. */
function setsBeside(net: Namespace): AddressSet[] {
  const { interfaces, routes, rules, services } = net;
  const { known, doubtful } = localAddresses(net);
  return [
    known,
    doubtful,
    ...interfaces.flatMap(({ addresses }) =>
      addresses.flatMap(({ address, prefix, peer }) => [
        addressSet(address),
        prefixSet(address, prefix),
        ...(peer ? [addressSet(peer), prefixSet(peer, prefix)] : []),
      ]),
    ),
    ...routes.flatMap(({ destination, from }) => [destination, from]),
    ...rules.flatMap(({ from, to }) => [from, to]),
    ...services.flatMap(({ address, servers }) =>
      [address, ...servers.map((server) => server.address)].flatMap((one) => (one ? addressSet(one) : [])),
    ),
  ];
}

interface Bounds {
  4: readonly number[];
  6: readonly bigint[];
}

/** The first addresses of, and behind, all ranges, in order: between two of them, addresses are in the same sets. */
function boundsOf(sets: readonly AddressSet[]): Bounds {
  const four = sets.flatMap(({ v4 }) => v4.map((edge, i) => edge + (i % 2)));
  const six = sets.flatMap(({ v6 }) => v6.map((edge, i) => edge + BigInt(i % 2)));
  return {
    4: [...new Set(four)].sort((a, b) => a - b),
    6: [...new Set(six)].sort((a, b) => (a < b ? -1 : 1)),
  };
}

function countUpTo(bounds: readonly Value[], value: Value): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    // biome-ignore lint/style/noNonNullAssertion: middle is between low and high
    if (bounds[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const setOf = (value: Value): AddressSet =>
  addressSet(typeof value === 'number' ? { family: 4, value } : { family: 6, value });
