/** Reads one ruleset from the outputs of a namespace's programs. */
import { groupedBy } from '../grouped-by.ts';
import type { Line } from '../model.ts';
import { LEGACY_TABLES } from './iptables/back-end.ts';
import { rulesetWith } from './iptables/changing-sets.ts';
import { withForeignChains } from './iptables/foreign-chains.ts';
import { parseIpsets } from './iptables/ipset.ts';
import { isIptablesList, parseIptablesLists } from './iptables/list.ts';
import { joinQuotedLines } from './iptables/quoted-lines.ts';
import { isRulesList, parseRulesList } from './iptables/rules-list.ts';
import { parseIptablesSave } from './iptables/save.ts';
import { readIptablesSave } from './iptables/shared-listings.ts';
import { apartFromListing, savedTables, tablesInJson } from './listed-tables.ts';
import { parseNftFile } from './nft/file.ts';
import { readNftJson } from './nft/shared-listings.ts';
import type { Rule, Ruleset, Table } from './ruleset.ts';
import { type CountedTables, withSharedTables } from './shared-tables.ts';
import { whyUnseen } from './unseen.ts';

/** A program's output and the name that findings use for it; undefined: there was nothing to print. */
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

/** A part of a ruleset that was not seen; `family`: the only one whose packets it can be about. */
export interface UnseenRules {
  reason: string;
  family?: 4 | 6;
}

/** A ruleset as far as it was seen. */
export interface SeenRuleset {
  ruleset: Ruleset;
  /** The parts of it that were not seen. */
  unseen: UnseenRules[];
  /** The line by which iptables-nft says that legacy tables are there, where nothing shows these; null without. */
  legacyTables: Line | null;
  /** The lines by which iptables-nft says that it can't print a table, since nft has put something else into it. */
  incompatible: Line[];
}

/** The programs that know one family. */
const FAMILIES: Partial<Record<keyof NatEvidence, 4 | 6>> = { legacy: 4, nft: 4, legacy6: 6, nft6: 6 };

/** Reads what can be read: a text that can't is not seen. Throws where none of them shows a table. */
export function readNatEvidence(evidence: NatEvidence): SeenRuleset {
  const { legacy, legacy6, nft, nft6, nftables, ipset } = evidence;
  const outputs = {
    legacy: seenIn(legacy, savedTables, LEGACY_SAVES_WHAT_IS_THERE),
    legacy6: seenIn(legacy6, savedTables, LEGACY_SAVES_WHAT_IS_THERE),
    nft: seenIn(nft, savedTables),
    nft6: seenIn(nft6, savedTables),
    nftables: seenIn(nftables, tablesInJson, NFT_PRINTS_ITS_VERSION),
    ipset: seenIn(ipset, () => []),
  };
  const output = (name: keyof NatEvidence) => ({ text: outputs[name].text, origin: evidence[name].origin });
  const errors: Error[] = [];
  const counts = new Map<Rule, number>();
  const reading = <T>(name: keyof NatEvidence, read: () => T, nothing: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      errors.push(error);
      outputs[name].unseen.push(error.message);
      return nothing;
    }
  };
  const counting = ({ tables, counts: own }: CountedTables): Table[] => {
    for (const [rule, count] of own) counts.set(rule, count);
    return tables;
  };
  const tablesIn = (name: keyof NatEvidence, backend: 'legacy' | 'nft', family: 'ip' | 'ip6') =>
    reading(name, () => counting(tablesOf(output(name), backend, family)), []);
  const native = reading(
    'nftables',
    () => counting(readNft(outputs.nftables.text ?? '', nftables.origin)),
    [],
  );
  const saved = [...tablesIn('nft', 'nft', 'ip'), ...tablesIn('nft6', 'nft', 'ip6')].map((table) =>
    withForeignChains(table, { tables: native, counts }),
  );
  const tables = [
    ...tablesIn('legacy', 'legacy', 'ip'),
    ...tablesIn('legacy6', 'legacy', 'ip6'),
    ...saved,
    ...native.flatMap((table) => unsaved(table, saved)),
  ];
  const sets = reading('ipset', () => parseIpsets(outputs.ipset.text ?? '', ipset.origin), new Map());
  const [error] = errors;
  if (error !== undefined && tables.length === 0) throw error;
  const shared = withSharedTables({ tables, ipsets: sets, counts });
  return {
    ruleset: rulesetWith(shared.tables, shared.ipsets, shared.counts),
    unseen: unseenIn(outputs),
    legacyTables: warningIn(output('nft'), output('legacy')) ?? warningIn(output('nft6'), output('legacy6')),
    incompatible: [...incompatibleIn(output('nft')), ...incompatibleIn(output('nft6'))],
  };
}

function warningIn({ text = '', origin }: Text, legacy: Text): Line | null {
  const found = legacy.text === undefined ? LEGACY_TABLES.exec(text) : null;
  return found && { origin, line: text.slice(0, found.index).split('\n').length, text: found[0] };
}

/**
 * iptables 1.8 says so in the place of the table, and refuses each command about it. Of one that "contains incompatible
 * base-chains" it shows the rest, and takes commands.
 */
function incompatibleIn({ text = '', origin }: Text): Line[] {
  return text
    .split('\n')
    .flatMap((row, i) => (INCOMPATIBLE.test(row) ? [{ origin, line: i + 1, text: row }] : []));
}

const INCOMPATIBLE = /^# Table `\S+' is incompatible, use 'nft' tool\.$/;

/** One reason may stand in the place of several outputs: where those are of both families, it is of neither alone. */
function unseenIn(outputs: Record<keyof NatEvidence, { unseen: string[] }>): UnseenRules[] {
  const found = (Object.keys(outputs) as (keyof NatEvidence)[]).flatMap((name) =>
    outputs[name].unseen.map((reason) => ({ reason, family: FAMILIES[name] })),
  );
  return [...groupedBy(found, ({ reason }) => reason)].map(([reason, [first, ...others]]) => {
    const family = first?.family;
    return family !== undefined && others.every((one) => one.family === family)
      ? { reason, family }
      : { reason };
  });
}

const LEGACY_SAVES_WHAT_IS_THERE = 'printed nothing, where it prints each table that it is asked for';
const NFT_PRINTS_ITS_VERSION = 'printed nothing, where it prints at least its version';

/**
 * Returns a program's output, and reports what it should have printed beside it.
 *
 * @param neverEmpty why it can't have printed nothing; absent: where there is nothing, it prints nothing
 */
function seenIn(
  { text, origin }: Text,
  tablesIn: (text: string) => string[],
  neverEmpty?: string,
): { text: string | undefined; unseen: string[] } {
  const why = whyUnseen(text);
  if (text === undefined || why !== null) return { text: undefined, unseen: why === null ? [] : [why] };
  const { ruleset, listed } = apartFromListing(text);
  const printed = new Set(tablesIn(ruleset));
  const lost = listed.filter((table) => !printed.has(table));
  if (lost.length > 0)
    return {
      text: ruleset,
      unseen: [`${origin}: printed nothing of ${lost.join(', ')}, which the kernel lists`],
    };
  if (neverEmpty !== undefined && ruleset.trim() === '')
    return { text: undefined, unseen: [`${origin}: ${neverEmpty}`] };
  if (isRulesList(ruleset))
    return { text: ruleset, unseen: [`${origin}: a listing of iptables -S shows one table alone`] };
  if (isIptablesList(ruleset)) {
    const tables = savedTables(ruleset).join(', ') || 'nat';
    const why = `${origin}: a listing of iptables -L shows table ${tables} alone, and not always all of its chains`;
    return { text: ruleset, unseen: [why] };
  }
  return { text: ruleset, unseen: [] };
}

const uncounted = (tables: Table[]): CountedTables => ({ tables, counts: new Map() });

function tablesOf({ text, origin }: Text, backend: 'legacy' | 'nft', family: 'ip' | 'ip6'): CountedTables {
  if (text === undefined) return uncounted([]);
  const about = { backend, family, origin };
  if (isRulesList(text)) return uncounted(parseRulesList(text, about));
  if (!isIptablesList(text)) return readIptablesSave(text, about);
  // a paste may have one table as iptables-save prints it, and another listed after it
  const start = joinQuotedLines(text).search(/^\*\w+\nChain \S+ \(/m);
  const saved = start <= 0 ? '' : text.slice(0, start);
  const listed = '\n'.repeat(saved.split('\n').length - 1) + text.slice(saved.length);
  return uncounted([...parseIptablesSave(saved, about), ...parseIptablesLists(listed, about)]);
}

/** Reads nft's output: `nft -j` prints JSON, which begins with a brace; no ruleset as people write it does. */
const readNft = (text: string, origin: string): CountedTables =>
  /^\s*\{/.test(text) ? readNftJson(text, origin) : uncounted(parseNftFile(text, origin));

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
