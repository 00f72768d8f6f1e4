/** From what the programs of a namespace printed to one ruleset. */
import { rulesetWith } from './iptables/changing-sets.ts';
import { parseIpsets } from './iptables/ipset.ts';
import { isIptablesList, parseNatList } from './iptables/list.ts';
import { parseIptablesSave } from './iptables/save.ts';
import { parseNftFile } from './nft/file.ts';
import { parseNftJson } from './nft/json.ts';
import type { Ruleset, Table } from './ruleset.ts';
import { whyUnseen } from './unseen.ts';

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

const seen = ({ text }: Text) => (whyUnseen(text) === null ? text : undefined);

/** A ruleset, and which parts of it were not seen. Throws where a text can't be read. */
export function rulesetOf(evidence: NatEvidence): { ruleset: Ruleset; unseen: string[] } {
  const saved = [...saidBy(evidence.nft, 'nft', 'ip'), ...saidBy(evidence.nft6, 'nft', 'ip6')];
  const [nftables, ipset] = [seen(evidence.nftables), seen(evidence.ipset)];
  const native = nftables === undefined ? [] : parseNft(nftables, evidence.nftables.origin);
  const tables = [
    ...saidBy(evidence.legacy, 'legacy', 'ip'),
    ...saidBy(evidence.legacy6, 'legacy', 'ip6'),
    ...saved,
    ...native.flatMap((table) => unsaved(table, saved)),
  ];
  const sets = ipset === undefined ? new Map() : parseIpsets(ipset, evidence.ipset.origin);
  return {
    ruleset: rulesetWith(tables, sets),
    unseen: [...new Set(Object.values(evidence).flatMap(whatIsUnseen))],
  };
}

function saidBy(given: Text, backend: 'legacy' | 'nft', family: 'ip' | 'ip6'): Table[] {
  const text = seen(given);
  if (text === undefined) return [];
  const about = { backend, family, origin: given.origin };
  return isIptablesList(text) ? [parseNatList(text, about)] : parseIptablesSave(text, about);
}

function whatIsUnseen({ text = '', origin }: Text): string | readonly string[] {
  if (isIptablesList(text))
    return [`${origin}: a listing of iptables -L shows table nat alone, and not always all of its chains`];
  return whyUnseen(text) ?? [];
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
