/** The statements of nft's JSON: verdicts, translations, marks, maps. */
import type { Json } from '../../model.ts';
import { type AddressSet, size } from '../addresses.ts';
import { WITHOUT_EFFECT as TARGETS_WITHOUT_EFFECT } from '../iptables/targets.ts';
import type { Ranges } from '../ranges.ts';
import type { Action, Match, Randomness, Side, Step } from '../ruleset.ts';
import { readMangle } from './marks.ts';
import { type NamedElements, readMatch, readMatchKey } from './matches.ts';
import { mergedPorts } from './merged-ports.ts';
import { printExpression } from './print.ts';
import { asList, asNumber, asObject, bare, type JsonObject, readAddresses, readNumbers } from './values.ts';

/** Reads a rule's statements as steps: each action with the matches before it. */
export function readSteps(statements: readonly Json[], named: NamedElements): Step[] {
  const steps: Step[] = [];
  let when: Match[] = [];
  for (let i = 0; i < statements.length; i++) {
    const merged = mergedPorts(statements[i], statements[i + 1]);
    if (merged) i++;
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    const { matches, action } = merged ? matchOnly(merged) : readStatement(statements[i]!, named);
    when.push(...matches);
    if (!action) continue;
    steps.push({ when, action });
    when = [];
  }
  if (when.length > 0) steps.push({ when, action: null });
  return steps;
}

interface Statement {
  matches: Match[];
  action: Action | null;
}

const matchOnly = (matches: Match[]): Statement => ({ matches, action: null });
const doing = (action: Action | null): Statement => ({ matches: [], action });

function readStatement(statement: Json, named: NamedElements): Statement {
  const [name, body] = Object.entries(asObject(statement) ?? {})[0] ?? ['', null];
  const text = printExpression(statement);
  if (name === 'match') return matchOnly(readMatch(asObject(body) ?? {}, named));
  if (WITHOUT_EFFECT.has(name)) return matchOnly([]);
  if (LIMITS.has(name)) return matchOnly([{ kind: 'undecided', text }]);
  if (name === 'xt') return readXt(asObject(body) ?? {}, text);
  if (name === 'mangle') return doing(readWriting(asObject(body) ?? {}, named));
  return doing(readAction(name, asObject(body) ?? {}, named) ?? { kind: 'unknown', text, effect: 'any' });
}

const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'counter',
  'log',
  'set',
  'map',
  'continue',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'flow',
  'dup',
  'last',
  'secmark',
]);

/** Statements that hold for some packets of a kind, and not for others. */
const LIMITS: ReadonlySet<string> = new Set(['limit', 'quota', 'ct count', 'meter']);

function readAction(name: string, body: JsonObject, named: NamedElements): Action | null {
  switch (name) {
    case 'accept':
    case 'drop':
    case 'return':
      return { kind: name };
    case 'reject':
      return { kind: 'drop' };
    case 'jump':
    case 'goto':
      return { kind: name, chain: String(body.target) };
    case 'notrack':
      return { kind: 'notrack' };
    case 'masquerade':
    case 'redirect': {
      const ports = readPorts(body.port);
      return ports === undefined ? null : { kind: name, ports, random: randomness(body) };
    }
    case 'snat':
    case 'dnat':
      return readNat(name === 'snat' ? 'source' : 'destination', body, named);
    case 'vmap':
      return readVerdictMap(body, named);
    default:
      return null;
  }
}

/** Reads a write to a mark, which may come out of a map. */
function readWriting(body: JsonObject, named: NamedElements): Action | null {
  const map = asObject(asObject(body.value)?.map);
  const write = (value: Json) => readMangle({ ...body, value });
  return (map && readMap(map, named, write)) ?? write(body.value ?? null);
}

function readPorts(value: Json | undefined): Ranges<number> | null | undefined {
  if (value === undefined) return null;
  return readNumbers([value], asNumber) ?? undefined;
}

function randomness({ flags }: JsonObject): Randomness {
  const list = asList(flags);
  if (list.includes('fully-random')) return 'fully';
  return list.includes('random') ? 'random' : 'no';
}

/** Reads a translation to one address, a range, or the data of a map for the packet's key. */
function readNat(side: Side, body: JsonObject, named: NamedElements): Action | null {
  const map = asObject(asObject(body.addr)?.map);
  if (map) return readMap(map, named, (value) => natTo(side, { ...body, addr: value }));
  return natTo(side, body);
}

function natTo(side: Side, body: JsonObject): Action | null {
  const [addr, port] = asList(asObject(body.addr)?.concat ?? null);
  const target = addr === undefined ? (body.addr ?? null) : bare(addr);
  const addresses = target === null ? null : readAddresses([target]);
  const ports = readPorts(port ?? body.port);
  if ((target !== null && addresses === null) || ports === undefined) return null;
  const mapped = netmap(side, target, addresses, body);
  if (mapped) return mapped;
  const persistent = asList(body.flags).includes('persistent');
  return { kind: 'translate', side, addresses, ports, random: randomness(body), persistent };
}

/** Reads `snat ip prefix to ip saddr map { 10.0.0.0/24 : 192.168.0.0/24 }`, which keeps the bits behind the prefix. */
function netmap(side: Side, target: Json, network: AddressSet | null, body: JsonObject): Action | null {
  if (!asList(body.flags).includes('netmap') && !asList(body.type_flags).includes('prefix')) return null;
  const bits =
    asNumber(asObject(asObject(target)?.prefix)?.len ?? null) ??
    (network && size(network) === 1n ? 32 : null);
  return network && bits !== null ? { kind: 'netmap', side, network, bits } : null;
}

function readVerdictMap(body: JsonObject, named: NamedElements): Action | null {
  return readMap(body, named, (verdict) => {
    const [name, target] = Object.entries(asObject(verdict) ?? {})[0] ?? ['', null];
    return name === 'continue'
      ? { kind: 'choose', cases: [] }
      : readAction(name, asObject(target) ?? {}, named);
  });
}

/** Reads `KEY map DATA`: a case for each element. */
function readMap(map: JsonObject, named: NamedElements, then: (value: Json) => Action | null): Action | null {
  const { data = null, key = null } = map;
  const elements =
    typeof data === 'string' && data.startsWith('@') ? named(data.slice(1)) : asList(asObject(data)?.set);
  if (!elements) return null;
  // the element for everything else comes last
  const pairs = elements
    .map((element) => asList(element) as [Json, Json])
    .sort((a, b) => Number(bare(a[0]) === '*') - Number(bare(b[0]) === '*'));
  const rows = isAllocated(key) ? numgenCases(key, pairs) : looked(key, pairs);
  if (!rows) return null;
  const cases: Step[] = [];
  for (const [i, when] of rows.entries()) {
    // biome-ignore lint/style/noNonNullAssertion: there are as many pairs as rows
    const action = then(bare(pairs[i]![1]));
    if (!action) return null;
    cases.push({ when, action });
  }
  return { kind: 'choose', cases };
}

function looked(key: Json, pairs: [Json, Json][]): Match[][] | null {
  const read = readMatchKey(key);
  if (!read) return null;
  const rows: Match[][] = [];
  for (const [value] of pairs) {
    const row = read.row(bare(value));
    if (!row) return null;
    rows.push([...read.needs, ...row]);
  }
  return rows;
}

/**
 * True for a number generated for each packet: every element's turn comes, and one surely where they cover all numbers.
 */
const isAllocated = (key: Json) =>
  ['numgen', 'jhash', 'symhash'].some((kind) => asObject(key)?.[kind] !== undefined);

function numgenCases(key: Json, pairs: [Json, Json][]): Match[][] {
  const [, body] = Object.entries(asObject(key) ?? {})[0] ?? ['', null];
  const total = pairs.map(([value]) => widthOf(bare(value))).reduce((a, b) => a + b, 0);
  const covered = total === asNumber(asObject(body)?.mod ?? null);
  const text = printExpression(key);
  return pairs.map((_, i) => (covered && i === pairs.length - 1 ? [] : [{ kind: 'chance', text }]));
}

function widthOf(value: Json): number {
  const range = asObject(value)?.range;
  return Array.isArray(range) ? Number(range[1]) - Number(range[0]) + 1 : 1;
}

/** Reads an xt expression, which iptables wrote; nft names it and no more. */
function readXt({ type, name }: JsonObject, text: string): Statement {
  if (type === 'match') return matchOnly(name === 'comment' ? [] : [{ kind: 'undecided', text }]);
  // ebtables alone has watchers
  if (type === 'watcher' || TARGETS_WITHOUT_EFFECT.has(String(name))) return matchOnly([]);
  if (name === 'MASQUERADE') return doing({ kind: 'masquerade', ports: null, random: 'no' });
  return doing({ kind: 'unknown', text, effect: XT_MARKING.has(String(name)) ? 'mark' : 'any' });
}

/** The xt targets that mark; SET may take a mark out of a set. */
const XT_MARKING: ReadonlySet<string> = new Set(['MARK', 'CONNMARK', 'SET']);
