/** Tells the back end of iptables that an output is of: by what it says, by its name, and by what nft shows beside it. */
import { backEndOf } from '../../network/iptables/back-end.ts';
import { readRuleset } from '../../network/ruleset-text.ts';
import type { Output } from './outputs.ts';

/** @param nft the output of nft list ruleset; null without */
export function backEndIn({ text, origin }: Output, nft: Output | null): 'legacy' | 'nft' {
  const name = /(?<=[^a-z])(?:legacy|nft)(?=[^a-z])/.exec(`/${origin.split('/').at(-1)}.`)?.[0];
  const known = backEndOf(text) ?? (name as 'legacy' | 'nft' | undefined);
  if (known) return known;
  return nft !== null && listsTables(nft, text) ? 'nft' : 'legacy';
}

const BASE_CHAINS = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

/** Tells whether nft shows the tables, with chains as iptables names them: then they are of nf_tables. */
function listsTables(nft: Output, listing: string): boolean {
  const [listed, shown] = [tablesIn(listing, 'listing'), tablesIn(nft.text, nft.origin)];
  return (
    listed.length > 0 &&
    listed.every(({ name }) =>
      shown.some((table) => table.name === name && BASE_CHAINS.some((chain) => table.chains.has(chain))),
    )
  );
}

/** Returns none of a text that can't be read: it is refused where it is read for its rules. */
function tablesIn(text: string, origin: string) {
  try {
    return readRuleset(text, origin).tables;
  } catch {
    return [];
  }
}
