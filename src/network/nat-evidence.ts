/** From what the programs of a namespace printed to one ruleset. */
import { rulesetWith } from './changing-sets.ts';
import { parseIpsets } from './ipset.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { parseNftFile } from './nft-file.ts';
import { parseNftJson } from './nft-json.ts';
import type { Ruleset, Table } from './ruleset.ts';

/** A program's output and what findings call it; undefined: there was nothing to print. */
interface Text {
  text: string | undefined;
  origin: string;
}

export interface NatEvidence {
  legacy: Text;
  legacy6: Text;
  nft: Text;
  nft6: Text;
  nftables: Text;
  ipset: Text;
}

/** Throws where a text can't be read. */
export function rulesetOf(evidence: NatEvidence): Ruleset {
  const save = ({ text, origin }: Text, backend: 'legacy' | 'nft', family: 'ip' | 'ip6') =>
    text === undefined ? [] : parseIptablesSave(text, { backend, family, origin });
  const saved = [...save(evidence.nft, 'nft', 'ip'), ...save(evidence.nft6, 'nft', 'ip6')];
  const { nftables, ipset } = evidence;
  const native = nftables.text === undefined ? [] : parseNft(nftables.text, nftables.origin);
  const tables = [
    ...save(evidence.legacy, 'legacy', 'ip'),
    ...save(evidence.legacy6, 'legacy', 'ip6'),
    ...saved,
    ...native.flatMap((table) => unsaved(table, saved)),
  ];
  return rulesetWith(tables, ipset.text === undefined ? new Map() : parseIpsets(ipset.text, ipset.origin));
}

/** `nft -j` prints JSON, which begins with a brace; no ruleset as people write it does. */
function parseNft(text: string, origin: string): Table[] {
  return (/^\s*\{/.test(text) ? parseNftJson : parseNftFile)(text, origin);
}

/**
 * nft prints the tables of iptables-nft too, with less in them than iptables-nft-save knows. That one leaves out base
 * chains which no iptables has made; they are kept, and the others next to them only to be jumped to.
 */
function unsaved(table: Table, saved: readonly Table[]): Table[] {
  const twin = saved.find(({ family, name }) => family === table.family && name === table.name);
  if (!twin) return [table];
  const chains = [...table.chains].map(
    ([name, chain]) => [name, twin.chains.has(name) ? { ...chain, base: null } : chain] as const,
  );
  return chains.some(([, { base }]) => base) ? [{ ...table, chains: new Map(chains) }] : [];
}
