/**
 * Reads listings as people paste them: `iptables -t nat -L POSTROUTING -nv`, with or without `-n`, `-v`, `-x` and
 * `--line-numbers`. Such a listing leaves things out (the options of most matches are for people; without `-v` even the
 * interfaces), so what is not surely the whole condition gets an undecided match beside it.
 */

import { parseAddresses } from '../addresses.ts';
import { protocolNumber } from '../fields.ts';
import type { Chain, Rule, Step, Table } from '../ruleset.ts';
import { readMatches } from './matches.ts';
import { readPhrases } from './phrases.ts';
import { joinQuotedLines } from './quoted-lines.ts';
import { baseChain } from './save.ts';
import { readTarget } from './targets.ts';
import { options } from './tokens.ts';

export const isIptablesList = (text: string) => /^Chain \S+ \(/m.test(joinQuotedLines(text));

/**
 * The tables that a text lists: `*filter` above their chains says which, as in iptables-save (no program prints it); nat
 * where nothing says it.
 */
export function parseIptablesLists(
  text: string,
  about: Pick<Table, 'backend' | 'family'> & { origin: string },
): Table[] {
  const { origin, ...of } = about;
  const lines = text.split('\n');
  const starts = lines.flatMap((line, i) => (/^\*\w+$/.test(line) ? [i] : []));
  const parts =
    starts.length === 0
      ? [{ name: 'nat', from: 0, to: lines.length }]
      : starts.map((start, i) => ({
          name: lines[start]?.slice(1) ?? '',
          from: start + 1,
          to: starts[i + 1] ?? lines.length,
        }));
  return parts.map(({ name, from, to }) => {
    const part = '\n'.repeat(from) + lines.slice(from, to).join('\n');
    const chains = parseIptablesList(part, origin, name).map((chain) => [chain.name, chain] as const);
    return { ...of, name, chains: new Map(chains) };
  });
}

/** Throws on a text without `Chain ...` headings. */
export function parseIptablesList(text: string, origin: string, table = 'nat'): Chain[] {
  const chains: Chain[] = [];
  let columns: string[] | null = null;
  const names = new Set([...text.matchAll(/^Chain (\S+) \(/gm)].map(([, name = '']) => name));
  if (names.size === 0) throw new Error(`${origin}: no "Chain NAME (...)" in it`);
  for (const [i, raw] of text.split('\n').entries()) {
    if (raw.trim() === '' || raw.startsWith('#')) continue;
    const heading = /^Chain (\S+) \((.*)\)/.exec(raw);
    if (heading) {
      const [, name = '', about = ''] = heading;
      chains.push(chain(table, name, about));
      columns = null;
    } else if (columns === null) {
      columns = raw.trim().split(/\s+/);
      if (!columns.includes('source')) throw new Error(`${origin}:${i + 1}: no column headings: ${raw}`);
    } else {
      try {
        chains.at(-1)?.rules.push(readRow(raw, columns, { names, origin, line: i + 1 }));
      } catch (cause) {
        throw new Error(`${origin}:${i + 1}: ${(cause as Error).message}`, { cause });
      }
    }
  }
  return chains;
}

/** Reads `Chain POSTROUTING (policy ACCEPT 6 packets, 360 bytes)`, `Chain DOCKER (2 references)`. */
function chain(table: string, name: string, about: string): Chain {
  const policy = /^policy (\w+)/.exec(about)?.[1];
  const base = policy ? baseChain(table, name, policy === 'DROP' ? 'drop' : 'accept') : null;
  return { name, base, rules: [] };
}

interface Row {
  target: string;
  cells: ReadonlyMap<string, string>;
  rest: string;
}

function readRow(
  raw: string,
  columns: string[],
  source: { names: ReadonlySet<string>; origin: string; line: number },
): Rule {
  const { target, cells, rest } = cellsOf(raw, columns);
  const { matches, target: arguments_, goto, left } = readPhrases(rest, target);
  // `-f` or `!f`: fragments
  const fragments = (cells.get('opt') ?? '').includes('f') ? ['-f'] : [];
  const save = [...generic(cells), ...fragments, ...matches];
  const jump = target === '' ? [] : [goto ? '-g' : '-j', target, ...arguments_];
  const when = readMatches(options(save));
  if (left !== '') when.push({ kind: 'undecided', text: left });
  if (!cells.has('in')) {
    when.push({ kind: 'undecided', text: 'interfaces are not listed (iptables -L without -v)' });
  }
  const steps: Step[] = [{ when, action: readTarget(options(jump), source.names) }];
  const packets = readCount(cells.get('pkts'));
  return {
    steps,
    target,
    text: raw.trim().replace(/\s+/g, ' '),
    origin: source.origin,
    line: source.line,
    packets,
  };
}

/** Splits a row into cells. The target's cell may be blank, and so is `opt` in listings of ip6tables. */
function cellsOf(raw: string, columns: string[]): Row {
  const parts = raw.trim().split(/\s+/);
  const hasTarget = isProtocol(parts[columns.indexOf('prot')]);
  const named = columns.filter((name) => name !== 'target' || hasTarget);
  const hasOpt = OPT.test(parts[named.indexOf('opt')] ?? '');
  const present = named.filter((name) => name !== 'opt' || hasOpt);
  const cells = new Map(present.map((name, i) => [name, parts[i] ?? '']));
  return { target: cells.get('target') ?? '', cells, rest: parts.slice(present.length).join(' ') };
}

const OPT = /^(--|-f|!f)$/;

const isProtocol = (text = '') => text === 'all' || protocolNumber(text.replace('!', '')) !== null;

function generic(cells: ReadonlyMap<string, string>): string[] {
  const result: string[] = [];
  for (const [name, option, any] of GENERIC) {
    const cell = cells.get(name) ?? any[0];
    const not = cell.startsWith('!');
    const value = not ? cell.slice(1) : cell;
    if (!not && any.includes(value)) continue;
    result.push(...(not ? ['!'] : []), option, resolvable(option, value));
  }
  return result;
}

const GENERIC: readonly (readonly [string, string, readonly [string, ...string[]]])[] = [
  ['prot', '-p', ['all', '0']],
  ['in', '-i', ['*', 'any']],
  ['out', '-o', ['*', 'any']],
  ['source', '-s', ['0.0.0.0/0', 'anywhere', '::/0']],
  ['destination', '-d', ['0.0.0.0/0', 'anywhere', '::/0']],
];

/** Tells whether a value can be resolved: without `-n`, names stand for addresses, and for which is not known here. */
function resolvable(option: string, value: string): string {
  if ((option !== '-s' && option !== '-d') || parseAddresses(value)) return value;
  return value === 'loopback/8' ? '127.0.0.0/8' : value;
}

/** Reads `6351K`, as `-v` without `-x` shortens it: rounded, so good for "any at all" and for size, not for sums. */
function readCount(text: string | undefined): number | null {
  const match = /^(\d+)([KMGT]?)$/.exec(text ?? '');
  return match ? Number(match[1]) * 1000 ** ' KMGT'.indexOf(match[2] || ' ') : null;
}
