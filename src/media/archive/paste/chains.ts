/** The chains of iptables in a section: of `iptables-save`, `iptables -S` and `iptables -L`, table by table. */

import type { PastedLine } from './lines.ts';
import type { PastedSection } from './pasted-section.ts';
import { commandWords } from './recognise.ts';

export interface ChainLines {
  name: string;
  /** Its declaration, and for a listing the columns' heading; none where it is not declared. */
  head: PastedLine[];
  rules: PastedLine[];
}

/** The parts of a table that a section shows. */
export interface TableLines {
  /** Null where nothing tells which one it is. */
  table: string | null;
  form: 'save' | 'list';
  section: PastedSection;
  chains: ChainLines[];
  doubts: string[];
}

const TABLE = /^(?:nat|filter|mangle|raw|security)$/;

export function tablesIn(section: PastedSection): TableLines[] {
  if (section.form === 'iptables-save') return savedTables(section);
  const listed = section.form === 'iptables -L';
  return listings(section.rows, listed ? /^Chain (\S+) \((policy)?/ : /^(?:-[PN] |:)(\S+)/).map((rows) => {
    const chains = listed ? listedChains(rows) : specifiedChains(rows);
    const table = tableOf(chains, section.command);
    return {
      table,
      form: listed ? 'list' : 'save',
      section,
      chains,
      doubts: [],
    };
  });
}

/** Splits what is listed one after the other: a table begins where a chain comes again, or the first after the last. */
function listings(rows: readonly PastedLine[], heading: RegExp): PastedLine[][] {
  const parts: PastedLine[][] = [[]];
  let seen = new Set<string>();
  for (const row of rows) {
    const name = row.quoted ? undefined : heading.exec(row.text)?.[1];
    if (name !== undefined) {
      const isAnew =
        seen.has(name) ||
        (name === 'PREROUTING' && BUILT_IN.some((one) => seen.has(one))) ||
        // nat had no INPUT before 2.6.36
        (name === 'INPUT' && seen.has('POSTROUTING'));
      if (isAnew) {
        parts.push([]);
        seen = new Set();
      }
      seen.add(name);
    }
    parts.at(-1)?.push(row);
  }
  return parts;
}

const BUILT_IN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

function savedTables(section: PastedSection): TableLines[] {
  const tables: TableLines[] = [];
  let rows: PastedLine[] = [];
  let table: string | null = null;
  const finish = (doubts: string[]) => {
    if (table !== null) {
      const placed = rows.filter((row) => row.unplaced !== true || isSurelyOf(table, rows, row.text));
      tables.push({ table, form: 'save', section, chains: specifiedChains(placed), doubts });
    }
    [rows, table] = [[], null];
  };
  for (const row of section.rows) {
    const name = row.quoted ? undefined : /^\*(\S+)$/.exec(row.text)?.[1];
    if (name !== undefined) {
      finish([`table ${table} is cut off: no COMMIT`]);
      table = name;
    } else if (row.text === 'COMMIT' && !row.quoted) finish([]);
    else if (table !== null) rows.push(row);
  }
  finish([`table ${table} is cut off: no COMMIT`]);
  return tables;
}

/** Tells of a rule below something that was left out, as the end of a table, whether the table is that one all the same. */
function isSurelyOf(table: string | null, rows: readonly PastedLine[], text: string): boolean {
  const chain = /^(?:\[\d+:\d+\] ?)?-A (\S+)/.exec(text)?.[1];
  if (chain === undefined) return true;
  if (table === 'nat' && TRANSLATES.test(text)) return true;
  return !BUILT_IN.includes(chain) && rows.some((row) => row.text.startsWith(`:${chain} `));
}

function specifiedChains(rows: readonly PastedLine[]): ChainLines[] {
  const chains = new Map<string, ChainLines>();
  const chainNamed = (name: string) => {
    const chain = chains.get(name) ?? { name, head: [], rules: [] };
    chains.set(name, chain);
    return chain;
  };
  let last: PastedLine[] | null = null;
  for (const row of rows) {
    if (row.quoted) {
      last?.push(row);
      continue;
    }
    const [, policyOf, policy, made, declared] = /^-P (\S+) (\w+)|^-N (\S+)|^:(\S+) /.exec(row.text) ?? [];
    const of = /^(?:\[\d+:\d+\] ?)?-A (\S+)/.exec(row.text)?.[1];
    const name = policyOf ?? made ?? declared;
    if (name !== undefined) {
      const text = declared === undefined ? `:${name} ${policy ?? '-'} [0:0]` : row.text;
      last = chainNamed(name).head;
      if (last.length === 0) last.push({ ...row, text });
      last = null;
    } else if (of !== undefined) {
      last = chainNamed(of).rules;
      last.push(row);
    }
  }
  return [...chains.values()];
}

function listedChains(rows: readonly PastedLine[]): ChainLines[] {
  const chains: ChainLines[] = [];
  for (const row of rows) {
    const name = /^Chain (\S+) \(/.exec(row.text)?.[1];
    const chain = chains.at(-1);
    if (name !== undefined) chains.push({ name, head: [row], rules: [] });
    else if (row.text === '' || row.text.startsWith('#')) continue;
    else if (chain && /^\s*(?:num +)?(?:pkts +bytes +)?target +prot/.test(row.text)) chain.head.push(row);
    else chain?.rules.push(row);
  }
  return chains;
}

/** The chains that the kernel has of a table, with a policy. */
const OF_TABLE: Readonly<Record<string, readonly string[]>> = {
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  mangle: BUILT_IN,
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Tells the table by its rules and chains, else by the command; `iptables` without `-t` is of filter. */
function tableOf(chains: readonly ChainLines[], command: string | null): string | null {
  const words = commandWords(command);
  const named = [...words].find((word) => TABLE.test(word)) ?? null;
  const rules = chains.flatMap((chain) => chain.rules);
  if (rules.some(({ text }) => TRANSLATES.test(text))) return 'nat';
  const names = new Set(chains.filter(isBase).map(({ name }) => name));
  const all = (list: readonly string[]) => list.every((name) => names.has(name));
  if (all(BUILT_IN)) return 'mangle';
  if (names.has('POSTROUTING') && all(OF_TABLE.nat ?? [])) return 'nat';
  if (all(OF_TABLE.filter ?? [])) return named === 'security' ? named : 'filter';
  if (named !== null) return named;
  return /^ip6?tables\b/.test(command ?? '') && !names.has('PREROUTING') && !names.has('POSTROUTING')
    ? 'filter'
    : null;
}

const isBase = ({ name, head }: ChainLines) =>
  BUILT_IN.includes(name) && (head.length === 0 || /^:\S+ [A-Z]|\(policy/.test(head[0]?.text ?? ''));

const TRANSLATES =
  /(?: -j |^\s*(?:\d+ +)?(?:\d+[KMGT]? +\d+[KMGT]? +)?)(?:MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP)(?: |$)/;

/** The parts of a table that listings of some chains do not show. */
export function unlistedChains(table: string, parts: readonly TableLines[]): string[] {
  if (parts.some(({ section }) => section.form === 'iptables-save')) return [];
  const chains = parts.flatMap((part) => part.chains);
  const names = new Set(chains.filter(({ head }) => head.length > 0).map(({ name }) => name));
  const lacking = (OF_TABLE[table] ?? []).filter((name) => !names.has(name));
  return lacking.length === 0
    ? []
    : [`${lacking.join(', ')} of table ${table} ${lacking.length === 1 ? 'is' : 'are'} not listed`];
}
