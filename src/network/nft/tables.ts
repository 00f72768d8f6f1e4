/** Reads tables, chains and rules from the objects of `nft -j list ruleset` (libnftables-json(5), schema 1). */

import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import type { BaseChain, Chain, Hook, Rule, Table } from '../ruleset.ts';
import type { NamedElements } from './matches.ts';
import { printRule } from './print.ts';
import { readSteps } from './statements.ts';
import { asList, asObject, type JsonObject } from './values.ts';

/**
 * The tables of the families ip, ip6 and inet; those of arp, bridge and netdev see no IP hooks. Rules bear the `line`
 * they stand on, and their `text` where it was read.
 */
export function readTables(objects: readonly Json[], origin: string): Table[] {
  const tables = new Map<string, Table & { chains: Map<string, Chain> }>();
  const named = elementsOf(objects);
  for (const object of objects) {
    const [kind, value] = Object.entries(asObject(object) ?? {})[0] ?? ['', null];
    const body = asObject(value);
    if (!body) continue;
    const family = body.family;
    if (family !== 'ip' && family !== 'ip6' && family !== 'inet') continue;
    const name = String(kind === 'table' ? body.name : body.table);
    const key = `${family} ${name}`;
    if (kind === 'table') {
      tables.set(key, { backend: 'nftables', family, name, chains: new Map() });
    } else if (kind === 'chain') {
      tables
        .get(key)
        ?.chains.set(String(body.name), { name: String(body.name), base: baseChain(body), rules: [] });
    } else if (kind === 'rule') {
      const chain = tables.get(key)?.chains.get(String(body.chain));
      if (!chain)
        throw new Error(`${origin}:${body.line}: a rule of a chain that is not listed: ${key} ${body.chain}`);
      chain.rules.push(toRule(body, origin, (set) => named(key, set)));
    }
  }
  for (const object of objects) {
    const table = asObject(asObject(object)?.table);
    if (table && asList(table.flags).includes('dormant')) sleep(tables.get(`${table.family} ${table.name}`));
  }
  return [...tables.values()];
}

/** Unhooks the chains of a dormant table. */
function sleep(table: Table | undefined): void {
  for (const chain of table?.chains.values() ?? []) chain.base = null;
}

const HOOKS: ReadonlySet<string> = new Set<Hook>(['prerouting', 'input', 'forward', 'output', 'postrouting']);

function baseChain({ type, hook, prio, policy }: JsonObject): BaseChain | null {
  if (typeof hook !== 'string' || !HOOKS.has(hook)) return null;
  return {
    type: type === 'nat' || type === 'route' ? type : 'filter',
    hook: hook as Hook,
    priority: priority(prio ?? 0, hook as Hook),
    policy: policy === 'drop' ? 'drop' : 'accept',
  };
}

/** The names that a priority may have, with an offset: nft(8), table 6. */
const PRIORITIES = wordTable<number>({
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
});

function priority(value: Json, hook: Hook): number {
  if (typeof value === 'number') return value;
  const match = /^([a-z]*)\s*([+-]?\s*\d+)?$/.exec(String(value));
  const [, word = '', offset = '0'] = match ?? [];
  if (!match || (word !== '' && PRIORITIES[word] === undefined)) {
    throw new Error(`an unknown priority at hook ${hook}: ${JSON.stringify(value)}`);
  }
  return (PRIORITIES[word] ?? 0) + Number(offset.replaceAll(' ', ''));
}

/** Returns the elements of named sets and maps, but not of those that packets change. */
function elementsOf(objects: readonly Json[]): (table: string, name: string) => ReturnType<NamedElements> {
  const elements = new Map<string, Json[] | null>();
  for (const object of objects) {
    const { set, map, rule, element } = asObject(object) ?? {};
    const body = asObject(set ?? map ?? element);
    if (body) {
      const key = `${body.family} ${body.table} ${body.name}`;
      const changing =
        body.timeout !== undefined ||
        asList(body.flags).some((flag) => flag === 'timeout' || flag === 'dynamic');
      const earlier = elements.get(key);
      elements.set(key, changing || earlier === null ? null : [...(earlier ?? []), ...asList(body.elem)]);
    }
    const { family, table, expr } = asObject(rule) ?? {};
    for (const statement of asList(expr)) {
      const written = asObject(asObject(statement)?.set)?.set ?? asObject(asObject(statement)?.map)?.map;
      if (typeof written === 'string') elements.set(`${family} ${table} ${written.slice(1)}`, null);
    }
  }
  return (table, name) => elements.get(`${table} ${name}`) ?? null;
}

function toRule(body: JsonObject, origin: string, named: NamedElements): Rule {
  const statements = asList(body.expr);
  const steps = readSteps(statements, named);
  const counter = statements.map((statement) => asObject(asObject(statement)?.counter)?.packets);
  const packets = counter.find((value) => typeof value === 'number');
  return {
    steps,
    target: targetOf(statements),
    text: typeof body.text === 'string' ? body.text : printRule(statements, body.comment),
    origin,
    line: Number(body.line),
    packets: packets ?? null,
  };
}

/** Returns the name that `iptables -L` would print for the target. */
function targetOf(statements: readonly Json[]): string {
  for (const statement of [...statements].reverse()) {
    const [name, body] = Object.entries(asObject(statement) ?? {})[0] ?? ['', null];
    if (name === 'jump' || name === 'goto') return String(asObject(body)?.target);
    if (name === 'xt' && asObject(body)?.type === 'target') return String(asObject(body)?.name);
    if (TARGETS.has(name)) return name;
  }
  return '';
}

const TARGETS: ReadonlySet<string> = new Set([
  'accept',
  'drop',
  'return',
  'reject',
  'masquerade',
  'snat',
  'dnat',
  'redirect',
  'vmap',
  'mangle',
  'notrack',
  'queue',
  'tproxy',
]);
