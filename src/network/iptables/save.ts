/**
 * Reads the output of iptables-save, ip6tables-save and their -legacy and -nft forms, with or without counters.
 * Format: iptables 1.8.9, iptables/iptables-save.c and iptables-restore.c.
 */

import { onceForText } from '../../once-for.ts';
import { wordTable } from '../../word-table.ts';
import { NAT_PRIORITIES, natSideAt } from '../nat-hooks.ts';
import type { Backend, BaseChain, Chain, Family, Hook, Step, Table } from '../ruleset.ts';
import { readMatches } from './matches.ts';
import { numberedLines } from './quoted-lines.ts';
import { readTarget } from './targets.ts';
import { type Option, options, tokenize } from './tokens.ts';

export interface SaveOptions {
  backend: 'legacy' | 'nft';
  family: Family;
  /** The command or file by which a finding refers to the text. */
  origin: string;
}

interface Draft {
  chains: Map<string, Chain>;
  rules: { line: number; packets: number | null; read: RuleText }[];
}

/**
 * Reads the tables of a listing. Throws an AggregateError where lines are no lines of iptables-save, or where a table
 * is not finished by COMMIT, as half a listing would look like fewer rules. With `only`, it is of that table, and has no
 * headings: the output of iptables -S.
 */
export function parseIptablesSave(text: string, about: SaveOptions, only?: string): Table[] {
  const tables: Table[] = [];
  const empty = (): Draft => ({ chains: new Map(), rules: [] });
  let open = only === undefined ? null : { name: only, draft: empty() };
  const errors: Error[] = [];
  let last = 0;
  for (const { line, raw } of numberedLines(text)) {
    last = line;
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    try {
      if (content.startsWith('*')) {
        if (open) throw new Error(`table ${open.name} is not finished by COMMIT`);
        open = { name: content.slice(1), draft: empty() };
      } else if (!open) {
        throw new Error(`outside of a table: ${content.slice(0, 80)}`);
      } else if (content === 'COMMIT') {
        tables.push(finish(open.name, open.draft, about));
        open = null;
      } else if (content.startsWith(':')) {
        declare(open.draft, open.name, content);
      } else if (only !== undefined && /^-[PN] /.test(content)) {
        // `-P INPUT ACCEPT -c 0 0` with -v
        declare(open.draft, open.name, `:${content.slice(3)}`);
      } else {
        open.draft.rules.push({ line, ...parseRuleLine(content) });
      }
    } catch (cause) {
      errors.push(new Error(`${about.origin}:${line}: ${(cause as Error).message}`, { cause }));
      // a text that is no listing at all has nothing but mistakes
      if (!open || errors.length === MAX_ERRORS) break;
    }
  }
  if (open && only !== undefined) tables.push(finish(open.name, open.draft, about));
  else if (open && errors.length < MAX_ERRORS)
    errors.push(new Error(`${about.origin}:${last}: table ${open.name} is cut off: no COMMIT`));
  const [first] = errors;
  if (first) throw new AggregateError(errors, first.message);
  return tables;
}

const MAX_ERRORS = 10;

/** `:POSTROUTING ACCEPT [12:720]`, `:KUBE-POSTROUTING - [0:0]` */
function declare(draft: Draft, table: string, content: string): void {
  const [written = '', policy = '-'] = content.slice(1).split(/\s+/);
  const name = sameText(written);
  const base = policy === '-' ? null : baseChain(table, name, policy === 'DROP' ? 'drop' : 'accept');
  draft.chains.set(name, { name, base, rules: [] });
}

/** A part of a listing holds the whole listing in memory: that of the first one that has it is enough. */
const sameText = onceForText((text) => text);

/** A rule as its text has it. */
interface RuleText {
  text: string;
  chain: string;
  /** The word after `-j`; '' where there is none, and it only counts. */
  target: string;
  /** Its steps where that is a target, and where a chain has that name. */
  asTarget: Step[];
  asJump: Step[];
  /** The packets that `-c` in it says. */
  packets: string | undefined;
}

/** Parses `[8:480] -A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE`, or with `-c 8 480` in it. */
function parseRuleLine(content: string): Omit<Draft['rules'][number], 'line'> {
  const counted = content.startsWith('[') ? /^\[(\d+):\d+\]\s*/.exec(content) : null;
  const read = readText(counted ? content.slice(counted[0].length) : content);
  if (typeof read === 'string') throw new Error(`${read}: ${content.slice(0, 80)}`);
  const packets = counted?.[1] ?? read.packets;
  return { packets: packets === undefined ? null : Number(packets), read };
}

/** The nodes of a cluster have the same thousands of rules: each is read once, whatever its counters. A string: why not. */
const readText = onceForText((text): RuleText | string => {
  const rule = optionsOfRule(text);
  if (rule === null) return 'no rule of iptables-save';
  const { chain, list } = rule;
  const nowhere = list.find(({ name, args }) => JUMPS.has(name) && args.length === 0);
  if (nowhere) return `${nowhere.name} without a target`;
  const packets = list.find(({ name }) => name === '-c' || name === '--set-counters')?.args[0];
  const at = list.findIndex(({ name }) => JUMPS.has(name));
  const jump = at < 0 ? [] : list.slice(at);
  const before = list.slice(0, list.length - jump.length).filter(({ name }) => !COUNTERS.has(name));
  const when = readMatches(before);
  const target = jump[0]?.args[0] ?? '';
  const stepsAmong = (chains: ReadonlySet<string>): Step[] => [
    { when, action: jump.length === 0 ? null : readTarget(jump, chains) },
  ];
  const [asTarget, asJump] = [stepsAmong(NO_CHAINS), stepsAmong(new Set([target]))];
  return { text, chain, target, asTarget, asJump, packets };
});

const NO_CHAINS: ReadonlySet<string> = new Set();

/** Takes a rule apart; null where it is none. */
export function optionsOfRule(text: string): { chain: string; list: Option[] } | null {
  const [append, chain, ...rest] = tokenize(text);
  return (append === '-A' || append === '--append') && chain !== undefined
    ? { chain, list: options(rest) }
    : null;
}

function finish(name: string, draft: Draft, about: SaveOptions): Table {
  const { chains } = draft;
  for (const { read } of draft.rules) {
    const { chain } = read;
    // a fragment may leave its chains undeclared
    if (!chains.has(chain))
      chains.set(chain, { name: chain, base: baseChain(name, chain, 'accept'), rules: [] });
  }
  for (const { read, line, packets } of draft.rules) {
    const { text, target } = read;
    // a word after `-j` is the name of a chain, where the table has one of that name
    const steps = chains.has(target) ? read.asJump : read.asTarget;
    // biome-ignore lint/style/noNonNullAssertion: the loop above has added every chain
    chains.get(read.chain)!.rules.push({ steps, target, text, origin: about.origin, line, packets });
  }
  return { backend: about.backend satisfies Backend, family: about.family, name, chains };
}

const JUMPS: ReadonlySet<string> = new Set(['-j', '-g', '--jump', '--goto']);
const COUNTERS: ReadonlySet<string> = new Set(['-c', '--set-counters']);

/** Hooks by the names of iptables' own chains. */
const HOOKS = wordTable<Hook>({
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
});

/** linux/netfilter_ipv4.h, enum nf_ip_hook_priorities. */
const PRIORITIES = wordTable<number>({ raw: -300, mangle: -150, filter: 0, security: 50 });

/** Returns null for a chain that no hook leads to. */
export function baseChain(table: string, name: string, policy: BaseChain['policy']): BaseChain | null {
  const hook = HOOKS[name];
  if (!hook) return null;
  if (table === 'nat') {
    const side = natSideAt(hook);
    return side && { type: 'nat', hook, priority: NAT_PRIORITIES[side], policy };
  }
  const type = table === 'mangle' && hook === 'output' ? 'route' : 'filter';
  return { type, hook, priority: PRIORITIES[table] ?? 0, policy };
}
