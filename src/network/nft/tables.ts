/** Reads tables, chains and rules from the objects of `nft -j list ruleset` (libnftables-json(5), schema 1). */

import type { Json } from '../../model.ts';
import { onceForText } from '../../once-for.ts';
import { sharing, structureKey } from '../../sharing.ts';
import { wordTable } from '../../word-table.ts';
import type { BaseChain, Chain, Hook, Rule, Step, Table } from '../ruleset.ts';
import type { NamedElements } from './matches.ts';
import { printRule } from './print.ts';
import { readSteps } from './statements.ts';
import { asList, asObject, bare, type JsonObject, shaped, tagged } from './values.ts';

/**
 * The tables of the families ip, ip6 and inet; those of arp, bridge and netdev see no IP hooks. Rules bear the `line`
 * they stand on, and their `text` where it was read.
 */
export function readTables(objects: readonly Json[], origin: string): Table[] {
  const tables = new Map<string, Table & { chains: Map<string, Chain> }>();
  const elements = elementsOf(objects);
  for (const object of objects) {
    const [kind, value] = tagged(object);
    const body = asObject(value);
    if (kind === 'metainfo') continue;
    if (!body) throw new Error(`${origin}: no object of nft: ${JSON.stringify(object).slice(0, 80)}`);
    const { family = null } = body;
    if (OTHER_FAMILIES.has(family)) continue;
    if (family !== 'ip' && family !== 'ip6' && family !== 'inet')
      throw new Error(`${origin}: the family of a ${kind} is not known: ${JSON.stringify(family)}`);
    const name = String(kind === 'table' ? body.name : body.table);
    const key = `${family} ${name}`;
    const table = tables.get(key);
    if (kind === 'table') {
      tables.set(key, { backend: 'nftables', family, name, chains: new Map() });
    } else if (kind === 'chain') {
      if (!table || typeof body.name !== 'string')
        throw new Error(`${origin}: a chain of a table that is not listed: ${key} ${body.name}`);
      table.chains.set(body.name, { name: body.name, base: baseChain(body, origin), rules: [] });
    } else if (kind === 'rule') {
      const chain = table?.chains.get(String(body.chain));
      if (!chain)
        throw new Error(`${origin}:${body.line}: a rule of a chain that is not listed: ${key} ${body.chain}`);
      chain.rules.push(toRule(body, origin, (set) => elements(key, set)));
    } else if (kind !== 'flowtable' && ('chain' in body || 'hook' in body))
      // whatever a newer nft may list, it is something that packets pass
      throw new Error(`${origin}: an object of a kind that is not known: ${kind}, of ${key}`);
  }
  for (const object of objects) {
    const table = asObject(asObject(object)?.table);
    if (table && asList(table.flags).includes('dormant')) sleep(tables.get(`${table.family} ${table.name}`));
  }
  return [...tables.values()];
}

/** The families of packets that are not IP, or that pass below it. */
const OTHER_FAMILIES: ReadonlySet<Json> = new Set<Json>(['arp', 'bridge', 'netdev']);

/** Unhooks the chains of a dormant table. */
function sleep(table: Table | undefined): void {
  for (const chain of table?.chains.values() ?? []) chain.base = null;
}

const HOOKS: ReadonlySet<string> = new Set<Hook>(['prerouting', 'input', 'forward', 'output', 'postrouting']);
/** Hooks of devices, below those of IP. */
const OTHER_HOOKS: ReadonlySet<string> = new Set(['ingress', 'egress']);
const TYPES: ReadonlySet<string> = new Set<BaseChain['type']>(['filter', 'nat', 'route']);

function baseChain({ name, type, hook, prio, policy }: JsonObject, origin: string): BaseChain | null {
  if (typeof hook === 'string' && OTHER_HOOKS.has(hook)) return null;
  if (type === undefined && hook === undefined && prio === undefined) return null;
  if (typeof hook !== 'string' || !HOOKS.has(hook) || typeof type !== 'string' || !TYPES.has(type))
    throw new Error(`${origin}: chain ${name} is of a type or at a hook that is not known: ${type}, ${hook}`);
  return {
    type: type as BaseChain['type'],
    hook: hook as Hook,
    priority: priority(prio ?? null, hook as Hook),
    policy: policy === 'drop' || policy === 'accept' ? policy : null,
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
  if (!match || (word === '' && match[2] === undefined) || (word !== '' && PRIORITIES[word] === undefined)) {
    throw new Error(`an unknown priority at hook ${hook}: ${JSON.stringify(value)}`);
  }
  return (PRIORITIES[word] ?? 0) + Number(offset.replaceAll(' ', ''));
}

/** Keys that nft 0.9.8 to 1.1.7 print of a set or map; with any other, its elements may mean something else. */
const SET_KEYS: readonly string[] = [
  'auto-merge',
  'comment',
  'elem',
  'family',
  'flags',
  'gc-interval',
  'handle',
  'map',
  'name',
  'policy',
  'size',
  'stmt',
  'table',
  'timeout',
  'type',
];

/** The statements that look into sets, and change none. */
const LOOKING: ReadonlySet<string> = new Set([
  'counter',
  'dnat',
  'limit',
  'mangle',
  'match',
  'quota',
  'redirect',
  'snat',
  'vmap',
]);

/** Yields the names of the sets that a statement names anywhere: `@set`. */
function* setsIn(value: Json): Generator<string> {
  if (typeof value === 'string') {
    if (value.startsWith('@')) yield value.slice(1);
  } else if (value !== null && typeof value === 'object')
    for (const inner of Object.values(value)) yield* setsIn(inner);
}

/** Returns the elements of named sets and maps, but not of those that packets change. */
function elementsOf(objects: readonly Json[]): (table: string, name: string) => ReturnType<NamedElements> {
  const elements = new Map<string, Json[] | null>();
  for (const object of objects) {
    const [kind, value] = tagged(object);
    const body = asObject(value);
    if (body && (kind === 'set' || kind === 'map' || kind === 'element')) {
      const key = `${body.family} ${body.table} ${body.name}`;
      const changing =
        shaped(body, [], SET_KEYS) === null ||
        body.timeout !== undefined ||
        asList(body.flags).some((flag) => flag === 'timeout' || flag === 'dynamic');
      const earlier = elements.get(key);
      elements.set(key, changing || earlier === null ? null : [...(earlier ?? []), ...asList(body.elem)]);
    }
    const { family, table, expr } = (kind === 'rule' ? body : null) ?? {};
    for (const statement of asList(expr)) {
      if (LOOKING.has(tagged(statement)[0])) continue;
      for (const name of setsIn(statement)) elements.set(`${family} ${table} ${name}`, null);
    }
  }
  return (table, name) => elements.get(`${table} ${name}`)?.map((element) => bare(element)) ?? null;
}

function toRule(body: JsonObject, origin: string, elements: NamedElements): Rule {
  // a rule without statements would do nothing
  const statements = Array.isArray(body.expr) ? body.expr : [body.expr ?? { 'no statements': null }];
  const { steps, target, printed } = readRule(statements, body, elements);
  return {
    steps,
    target,
    text: typeof body.text === 'string' ? body.text : printed,
    origin,
    line: Number(body.line),
    packets: counterOf(body),
  };
}

/** Returns the packets that a rule has counted; null where it counts none. */
export function counterOf({ expr }: JsonObject): number | null {
  const counters = asList(expr).map((statement) => asObject(asObject(statement)?.counter)?.packets);
  return counters.find((value) => typeof value === 'number') ?? null;
}

interface ReadRule {
  steps: Step[];
  target: string;
  printed: string;
}

/** The nodes of a cluster have the same thousands of rules: one that names no set is read once. */
function readRule(
  statements: readonly Json[],
  { family, comment }: JsonObject,
  elements: NamedElements,
): ReadRule {
  const about = [family, comment].map((one) => one ?? null);
  const key = JSON.stringify([about, statements]);
  return key.includes('@') ? sharedRule(readStatements(statements, about, elements)) : readAlone(key);
}

/** Of one that names sets, what was read with other elements is another. */
const sharedRule = sharing((rule: ReadRule) => structureKey(rule));

const readAlone = onceForText((key) => {
  const [about, statements] = JSON.parse(key) as [Json[], Json[]];
  return readStatements(statements, about, () => null);
});

function readStatements(
  statements: readonly Json[],
  [family = null, comment = null]: readonly Json[],
  elements: NamedElements,
): ReadRule {
  return {
    steps: readSteps(statements, family, elements),
    target: targetOf(statements),
    printed: printRule(statements, comment ?? undefined),
  };
}

/** Returns the name that `iptables -L` would print for the target. */
function targetOf(statements: readonly Json[]): string {
  for (const statement of [...statements].reverse()) {
    const [name, body] = tagged(statement);
    if (name === 'jump' || name === 'goto') return String(asObject(body)?.target);
    if (name === 'xt' && asObject(body)?.type !== 'match') {
      const target = String(asObject(body)?.name);
      return /^[A-Z]\w*$/.test(target) ? target : 'xt';
    }
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
