/** Edits of what iptables-save prints: chains and rules of one table, line by line. */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import { optionsOfRule, parseIptablesSave } from '../network/iptables/save.ts';
import { savedTables } from '../network/listed-tables.ts';
import { wordTable } from '../word-table.ts';

/** The chains that each table has from the start: iptables(8). */
const BUILT_IN = wordTable<readonly string[]>({
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
});

/** A table's lines, from `*filter` to `COMMIT`, and what stands above and below. */
interface Cut {
  above: string[];
  table: string[];
  below: string[];
}

/** Returns a table of a listing, with its heading and COMMIT; one that is not there is as the kernel begins it. */
export function cutTable(text: string, name: string, source: Source): Cut {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === `*${name}`);
  const chains = BUILT_IN[name];
  if (start < 0) {
    if (!chains)
      throw new UserError(`there is no table ${name}`, {
        source,
        hint: 'filter, nat, mangle, raw or security',
      });
    const listed = lines.findIndex((line) => line.startsWith('# listed: '));
    const at = listed < 0 ? lines.length : listed;
    const table = [`*${name}`, ...chains.map((chain) => `:${chain} ACCEPT [0:0]`), 'COMMIT'];
    return {
      above: lines.slice(0, at).filter((line, i, all) => i < all.length - 1 || line !== ''),
      table,
      below: lines.slice(at),
    };
  }
  const end = lines.findIndex((line, i) => i > start && line.trim() === 'COMMIT');
  return { above: lines.slice(0, start), table: lines.slice(start, end + 1), below: lines.slice(end + 1) };
}

export const joinTable = ({ above, table, below }: Cut): string => [...above, ...table, ...below].join('\n');

/**
 * Puts the tables of one listing in the place of those of another, as iptables-restore does; others stay. Of the kernel's
 * own chains that the listing leaves out, legacy keeps the policy, and nf_tables has none any more (iptables 1.8.9, tried).
 */
export function withTables(text: string, from: string, backend: 'legacy' | 'nft', source: Source): string {
  return savedTables(from).reduce((whole, name) => {
    const { table } = cutTable(from, name, source);
    const before = cutTable(whole, name, source);
    const named = new Set(chainsOf(table));
    const kept = before.table.filter((line) => {
      const [chain = ''] = line.slice(1).split(/\s/);
      return line.startsWith(':') && BUILT_IN[name]?.includes(chain) && !named.has(chain);
    });
    const all = backend === 'legacy' ? table.toSpliced(1, 0, ...kept) : table;
    return joinTable({ ...before, table: all });
  }, text);
}

const withoutCount = (line: string) => line.trim().replace(/^\[\d+:\d+\]\s*/, '');

/** Returns where the rules of a chain stand in a table's lines. */
export const chainRules = (table: readonly string[], chain: string): number[] =>
  table.flatMap((line, i) => (`${withoutCount(line)} `.startsWith(`-A ${chain} `) ? [i] : []));

export const chainsOf = (table: readonly string[]): string[] =>
  table.flatMap((line) => (line.startsWith(':') ? (line.slice(1).split(/\s/)[0] ?? []) : []));

/**
 * Returns where a rule stands that is this one, however it is written (`--dport 80`, `-m tcp --dport 80`); -1: nowhere.
 */
export function findRule(table: readonly string[], chain: string, spec: string): number {
  const chains = new Set(chainsOf(table));
  const wanted = meaningOf(chain, spec, chains);
  const own = (i: number) => withoutCount(table[i] ?? '').slice(`-A ${chain} `.length);
  return chainRules(table, chain).find((i) => meaningOf(chain, own(i), chains) === wanted) ?? -1;
}

/** Defaults of a rule, which iptables-save prints or leaves out: iptables-extensions(8), limit and recent. */
const DEFAULTS = /\s--(limit-burst 5|rsource|mask (255\.255\.255\.255|ffff(:ffff){7}))(?=\s|$)/g;

function meaningOf(chain: string, spec: string, chains: ReadonlySet<string>): string {
  const rule = `-A ${chain} ${spec}`.replace(DEFAULTS, '');
  const options = optionsOfRule(rule)?.list ?? [];
  const argsOf = (...names: string[]) =>
    options.flatMap(({ name, args }) => (names.includes(name) ? args : []));
  const jumps = argsOf('-j', '-g', '--jump', '--goto').filter((word) => chains.has(word));
  const declared = jumps.map((name) => `:${name} - [0:0]`);
  const about = { backend: 'legacy', family: 'inet', origin: 'rule' } as const;
  const [read] = parseIptablesSave(['*filter', ...declared, rule, 'COMMIT'].join('\n'), about);
  const steps = read?.chains.get(chain)?.rules[0]?.steps ?? [];
  // iptables sorts what a rule asks for
  const asked = steps.map(({ when, action }) => [when.map(textOf).sort(), action]);
  return textOf([asked, argsOf('--comment')]).replace(PROBABILITY, (_, share) => `${kernelsShare(share)}`);
}

const PROBABILITY = /(?<=--probability )[\d.]+/g;

/** The number that the kernel gets, of which iptables-save prints eleven decimals: iptables 1.8.9, libxt_statistic.c. */
const kernelsShare = (share: string): number => Math.round(Number(share) * 2 ** 31);

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one));
