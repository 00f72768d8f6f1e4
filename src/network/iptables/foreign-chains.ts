/** Chains of iptables-nft into which nft has put rules, so that what iptables prints of them is not what they say. */
import { toCidrs } from '../addresses.ts';
import { everyMatch } from '../rule-parts.ts';
import { countOf, type Match, type Rule, type Ruleset, type Table } from '../ruleset.ts';

/**
 * Returns a table as iptables-nft-save prints it, with those chains as nft prints them which have rules of nft's own.
 * iptables 1.8.9 leaves out what it has no words for and lacks in silence: `ip saddr @banned drop` is `-j DROP` there.
 */
export function withForeignChains(saved: Table, native: Pick<Ruleset, 'tables' | 'counts'>): Table {
  const twin = native.tables.find(({ family, name }) => family === saved.family && name === saved.name);
  if (!twin) return saved;
  const chains = [...saved.chains].map(([name, chain]) => {
    const listed = twin.chains.get(name);
    // each rule of iptables has a counter, and asks for one network and one range of ports, or iptables says of more
    const isOdd = listed?.rules.some(
      (rule, i) => countOf(rule, native) === null || asksForMore(rule, chain.rules[i]),
    );
    return [name, listed && isOdd ? { ...listed, base: chain.base } : chain] as const;
  });
  return { ...saved, chains: new Map(chains) };
}

const asksForMore = (rule: Rule, saved: Rule | undefined): boolean =>
  matchesMore(rule) && !(saved && matchesMore(saved));

const matchesMore = (rule: Rule) => [...everyMatch(rule)].some(matchesSet);

function matchesSet(match: Match): boolean {
  switch (match.kind) {
    case 'any':
      return true;
    case 'port':
      return match.ports.length > 2;
    case 'interface':
      return match.patterns.length > 1;
    case 'address':
      return toCidrs(match.set).length !== 1;
    default:
      return false;
  }
}
