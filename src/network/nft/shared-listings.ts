/**
 * The nodes of a cluster have the same thousands of chains but for handles and counters: those that name no set, which may
 * hold a node's own addresses, are read once, and of the next node their counters alone.
 */
import type { Json } from '../../model.ts';
import { onceFor } from '../../once-for.ts';
import { sharing, structureKey } from '../../sharing.ts';
import type { Chain, Rule, Table } from '../ruleset.ts';
import { type CountedTables, sharedChainsIn } from '../shared-tables.ts';
import { listedIn, parseNftJson } from './json.ts';
import { counterOf, readTables } from './tables.ts';
import { asList, asObject, type JsonObject, tagged } from './values.ts';

/** Throws as `parseNftJson` does. */
export function readNftJson(text: string, origin: string): CountedTables {
  const line = onlyLineOf(text);
  const groups = line === null ? null : byTable(listedIn(text, origin));
  // other programs print an object on several lines, or what is of no table
  if (line === null || groups === null) return { tables: parseNftJson(text, origin), counts: new Map() };
  const counts = new Map<Rule, number>();
  const tables = groups.flatMap((listed) => readTable(listed, { line, origin, counts }));
  return { tables, counts };
}

/** Returns the line on which all of the JSON stands, as nft prints it; null where it stands on several. */
function onlyLineOf(text: string): number | null {
  const begin = text.search(/^\s*\{/m);
  const before = text.slice(0, begin) + (/^\s*/.exec(text.slice(begin))?.[0] ?? '');
  return text.trimEnd().includes('\n', before.length) ? null : before.split('\n').length;
}

/** An object of a listing. */
interface Listed {
  kind: string;
  body: JsonObject;
}

/** Groups what is listed by its table, in order; null where something is of none. */
function byTable(objects: readonly Json[]): Listed[][] | null {
  const groups = new Map<string, Listed[]>();
  for (const object of objects) {
    const [kind, value] = tagged(object);
    const body = asObject(value);
    if (kind === 'metainfo') continue;
    const name = kind === 'table' ? body?.name : body?.table;
    if (typeof body?.family !== 'string' || typeof name !== 'string') return null;
    const key = JSON.stringify([body.family, name]);
    const group = groups.get(key);
    if (group) group.push({ kind, body });
    else groups.set(key, [{ kind, body }]);
  }
  return [...groups.values()];
}

interface Reading {
  line: number;
  origin: string;
  /** Gets what the rules of shared chains have counted. */
  counts: Map<Rule, number>;
}

/** Returns the table; none where it is of a family that sees no packets of IP. */
function readTable(listed: readonly Listed[], { line, origin, counts }: Reading): Table[] {
  const own = chainsNamingSets(listed);
  const isOf = ({ kind, body }: Listed, shared: boolean): boolean => {
    if (kind === 'table') return true;
    return shared === (kind === 'chain' ? !own.has(body.name) : kind === 'rule' && !own.has(body.chain));
  };
  for (const { kind, body } of listed) if (kind === 'rule') body.line = line;
  const [rest] = readTables(listed.filter((one) => isOf(one, false)).map(asListed), origin);
  const common = listed.filter((one) => isOf(one, true));
  const counted = common.flatMap(({ kind, body }) => (kind === 'rule' ? [countedBy(body)] : []));
  for (const { body } of common) forgetHandle(body);
  const key = structureKey([origin, common]);
  const chains = sharedChains({ key, read: () => readShared(common.map(asListed), origin) }).read();
  for (const [rule, count] of countsIn(chains, counted)) counts.set(rule, count);
  if (rest === undefined) return [];
  const named = listed.flatMap(({ kind, body }): [string, Chain][] => {
    const name = String(body.name);
    const chain = kind === 'chain' ? (chains.get(name) ?? rest.chains.get(name)) : undefined;
    return chain ? [[name, chain]] : [];
  });
  return [{ ...rest, chains: new Map(named) }];
}

const asListed = ({ kind, body }: Listed): Json => ({ [kind]: body });

/** Returns the chains with a rule that names a set. */
const chainsNamingSets = (listed: readonly Listed[]): ReadonlySet<Json | undefined> =>
  new Set(
    listed.flatMap(({ kind, body }) => (kind === 'rule' && namesSet(body.expr ?? null) ? [body.chain] : [])),
  );

/** Tells whether there is a set anywhere in it: `@set`. */
function namesSet(value: Json): boolean {
  if (typeof value === 'string') return value.startsWith('@');
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(namesSet);
}

/** What a rule has counted, and the name of its chain. */
interface Counted {
  chain: string;
  packets: number | null;
}

/** Takes what a rule has counted out of it. */
function countedBy(rule: JsonObject): Counted {
  const packets = counterOf(rule);
  for (const statement of asList(rule.expr)) {
    const counter = asObject(asObject(statement)?.counter);
    if (typeof counter?.packets === 'number') counter.packets = 0;
    if (typeof counter?.bytes === 'number') counter.bytes = 0;
  }
  return { chain: String(rule.chain), packets };
}

/** The number that the kernel has given an object. */
function forgetHandle(body: JsonObject): void {
  if (typeof body.handle === 'number') body.handle = 0;
}

/** Joins rules and counters, which stand in the same order in each chain. */
function* countsIn(chains: Chains, counted: readonly Counted[]): Generator<[Rule, number]> {
  const places = new Map<string, number>();
  for (const { chain, packets } of counted) {
    const place = places.get(chain) ?? 0;
    places.set(chain, place + 1);
    const rule = chains.get(chain)?.rules[place];
    if (rule !== undefined && packets !== null) yield [rule, packets];
  }
}

type Chains = Table['chains'];

function readShared(objects: readonly Json[], origin: string): Chains {
  const [table] = readTables(objects, origin);
  return table ? sharedChainsIn(table) : new Map();
}

interface KeyedChains {
  key: string;
  read(): Chains;
}

/** Held as long as somebody holds the chains: who has one of them has the first. */
const sharedChains = sharing(
  ({ key }: KeyedChains) => key,
  ({ key, read }): KeyedChains => {
    const chains = read();
    const kept: KeyedChains = { key, read: () => chains };
    const [first] = chains.values();
    if (first) keyedBy(first).add(kept);
    return kept;
  },
);

const keyedBy = onceFor((_: Chain) => new Set<KeyedChains>());
