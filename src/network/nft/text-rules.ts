/** Converts the statements of a rule from the form of `nft list ruleset` to that of `nft -j list ruleset`. */

import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { readData, readExpression } from './text-expressions.ts';
import { atom, readValue, readVerdict } from './text-values.ts';
import { type Cursor, done, expect, isAt, Misread, peek, skip, take } from './tokens.ts';
import type { JsonObject } from './values.ts';

/**
 * Reads a rule; a part that can't be read ends it with an unknown statement: its text. Of rules of iptables, nft 1.1.7
 * prints comments before the statements.
 */
export function readTextRule(cursor: Cursor): { expr: Json[] } {
  const expr: Json[] = [];
  while (!done(cursor)) {
    if (skip(cursor, 'comment')) {
      take(cursor);
      continue;
    }
    const start = cursor.at;
    try {
      expr.push(readStatement(cursor));
    } catch (error) {
      if (!(error instanceof Misread)) throw error;
      const rest = cursor.tokens.slice(start).map(({ text }) => text);
      return { expr: [...expr, { [rest.join(' ')]: null }] };
    }
  }
  return { expr };
}

function readStatement(cursor: Cursor): Json {
  const verdict = readVerdict(cursor);
  if (verdict) return verdict;
  const { text, quoted } = peek(cursor) ?? take(cursor);
  const read = quoted ? undefined : STATEMENTS[text];
  if (read && (text !== 'ct' || isCtStatement(cursor))) {
    take(cursor);
    return read(cursor);
  }
  return readMatch(cursor);
}

type Reader = (cursor: Cursor) => Json;

/** Takes `KEY VALUE` for as long as they come. */
function options(cursor: Cursor, ...keys: string[]): void {
  while (keys.some((key) => skip(cursor, key))) take(cursor);
}

const STATEMENTS = wordTable<Reader>({
  counter: (cursor) => {
    if (skip(cursor, 'name')) return { counter: readExpression(cursor) ?? take(cursor).text };
    if (!skip(cursor, 'packets')) return { counter: null };
    const packets = Number(take(cursor).text);
    options(cursor, 'bytes');
    return { counter: { packets } };
  },
  last: (cursor) => {
    options(cursor, 'used');
    return { last: null };
  },
  log: (cursor) => {
    do {
      options(cursor, 'prefix', 'level', 'group', 'snaplen', 'queue-threshold');
    } while (skip(cursor, 'flags') && readLogFlags(cursor));
    return { log: null };
  },
  limit: (cursor) => {
    if (skip(cursor, 'name')) return { limit: take(cursor).text };
    skip(cursor, 'rate');
    skip(cursor, 'over');
    take(cursor);
    // `10 mbytes/second`
    if (peek(cursor)?.text.includes('/')) take(cursor);
    if (skip(cursor, 'burst')) {
      take(cursor);
      take(cursor);
    }
    return { limit: null };
  },
  quota: (cursor) => {
    if (skip(cursor, 'name')) return { quota: take(cursor).text };
    for (const token of ['over', 'until']) skip(cursor, token);
    take(cursor);
    take(cursor);
    if (skip(cursor, 'used')) {
      take(cursor);
      take(cursor);
    }
    return { quota: null };
  },
  reject: (cursor) => {
    if (!skip(cursor, 'with')) return { reject: null };
    const type = take(cursor).text;
    skip(cursor, 'type');
    const expr = take(cursor).text;
    return { reject: type === 'tcp' ? { type: `tcp ${expr}` } : { type, expr } };
  },
  notrack: () => ({ notrack: null }),
  masquerade: (cursor) => ({ masquerade: translation(cursor) }),
  redirect: (cursor) => ({ redirect: translation(cursor) }),
  snat: (cursor) => ({ snat: translation(cursor) }),
  dnat: (cursor) => ({ dnat: translation(cursor) }),
  add: (cursor) => change(cursor, 'add'),
  update: (cursor) => change(cursor, 'update'),
  delete: (cursor) => change(cursor, 'delete'),
  xt: (cursor) => ({ xt: { type: take(cursor).text, name: take(cursor).text } }),
  flow: (cursor) => {
    take(cursor);
    return { flow: take(cursor).text };
  },
  dup: (cursor) => {
    options(cursor, 'to', 'device');
    return { dup: null };
  },
  reset: (cursor) => {
    expect(cursor, 'tcp');
    expect(cursor, 'option');
    return { reset: { 'tcp option': { name: take(cursor).text } } };
  },
  meter: (cursor) => {
    take(cursor);
    options(cursor, 'size');
    return { meter: passBraces(cursor) };
  },
  ct: (cursor) => {
    const what = take(cursor).text;
    for (const token of ['set', 'over']) skip(cursor, token);
    return { [`ct ${what}`]: readExpression(cursor) ?? take(cursor).text };
  },
});

/** Tells statements from the fields of a connection: `ct helper set "ftp"` is one, `ct helper "ftp"` asks. */
function isCtStatement({ tokens, at }: Cursor): boolean {
  const [what, then] = [tokens[at + 1]?.text, tokens[at + 2]?.text];
  return what === 'count' || (then === 'set' && ['helper', 'timeout', 'expectation'].includes(what ?? ''));
}

/** `all`, `skuid`, `ip options`, `tcp sequence,options` */
function readLogFlags(cursor: Cursor): true {
  const { text } = take(cursor);
  if (text === 'tcp' || text === 'ip') readFlags(cursor);
  return true;
}

function passBraces(cursor: Cursor): null {
  for (let depth = 0; ; ) {
    const { text, quoted } = take(cursor);
    if (text === '{' && !quoted) depth++;
    if (text === '}' && !quoted && --depth === 0) return null;
  }
}

/**
 * `add @set { ip saddr timeout 1h counter }`, `update @set { ip saddr limit rate 1/second }`, `update @map { ip saddr : 1 }`
 */
function change(cursor: Cursor, op: string): Json {
  const set = take(cursor).text;
  const start = cursor.at;
  expect(cursor, '{');
  const elem = readExpression(cursor);
  options(cursor, 'timeout', 'expires', 'comment');
  const counted = skip(cursor, 'counter');
  if (skip(cursor, '}')) return { set: { op, elem, set, ...(counted ? { stmt: [{ counter: null }] } : {}) } };
  const isMap = isAt(cursor, ':');
  cursor.at = start;
  passBraces(cursor);
  return isMap ? { map: { op, elem, map: set, data: null } } : { set: { op, elem, set, stmt: [null] } };
}

/** `ip to 10.0.0.1:80 persistent`, `to :1024-65535 fully-random`, `ip prefix to ip saddr map { ... }` */
function translation(cursor: Cursor): Json {
  const result: JsonObject = {};
  for (const family of ['ip', 'ip6']) if (skip(cursor, family)) result.family = family;
  const prefix = skip(cursor, 'prefix');
  if (prefix) result.type_flags = 'prefix';
  if (skip(cursor, 'addr', '.', 'port') || skip(cursor, 'interval')) result.type_flags = 'concat';
  if (skip(cursor, 'to')) Object.assign(result, readGoal(cursor));
  const flags = isAt(cursor, 'comment') || done(cursor) ? [] : readFlags(cursor);
  if (flags.length > 0 || prefix) result.flags = [...flags, ...(prefix ? ['netmap'] : [])];
  return Object.keys(result).length > 0 ? result : null;
}

function readGoal(cursor: Cursor): JsonObject {
  const expression = readExpression(cursor);
  if (expression !== null) return { addr: expression };
  const token = take(cursor);
  const { text } = token;
  // `[fd00::1]:80` and `10.0.0.1:80`, but `fd00::1`
  const [, address = '', port] = /^(\[.*\]|[^:[\]]*):([^:]*)$/.exec(text) ?? /^(.*)$/.exec(text) ?? [];
  const bare = address.replace(/[[\]]/g, '');
  return {
    ...(bare === '' ? {} : { addr: atom({ ...token, text: bare }) }),
    ...(port === undefined ? {} : { port: atom({ ...token, text: port }) }),
  };
}

function readFlags(cursor: Cursor): string[] {
  const flags = [take(cursor).text];
  while (skip(cursor, ',')) flags.push(take(cursor).text);
  return flags;
}

/** `EXPRESSION [==] VALUE`, `EXPRESSION vmap DATA`, `EXPRESSION set VALUE` */
function readMatch(cursor: Cursor): Json {
  const start = cursor.at;
  const left = readExpression(cursor);
  if (left === null) throw new Misread('no field', peek(cursor)?.line ?? 1);
  if (skip(cursor, 'vmap')) return { vmap: { key: left, data: readData(cursor) } };
  if (skip(cursor, 'set')) {
    const value = readExpression(cursor) ?? readValue(cursor);
    const tokens = cursor.tokens.slice(start, cursor.at).map(({ text }) => text);
    return isLoose(tokens) ? { xt: { type: 'target', name: 'CONNMARK' } } : { mangle: { key: left, value } };
  }
  const sign = SIGNS.find((one) => skip(cursor, one));
  const right = presence(left, cursor) ?? readValue(cursor);
  if (skip(cursor, '/')) return comparison(sign ?? '==', { '&': [left, readValue(cursor)] }, right);
  return comparison(sign ?? (isBits(left) && !isWhole(right) ? 'in' : '=='), left, right);
}

/**
 * Tells whether it is what nft makes of a CONNMARK target, which says less than the target does: `ct mark set mark and
 * 0xff` is printed where the other bits stay, `ct mark xor 0x5 and 0xffffff00` where `and` comes first (iptables 1.8.9,
 * libxt_CONNMARK.c). nft writes its own operators as signs.
 */
function isLoose(tokens: readonly string[]): boolean {
  const operators = tokens.filter((word) => word === 'and' || word === 'or' || word === 'xor').length;
  const marks = tokens.filter((word) => word === 'mark').length;
  const ofConnection = tokens.filter((word) => word === 'ct').length;
  return operators > 0 && ofConnection > 0 && (operators > 1 || ofConnection < marks);
}

const SIGNS = ['==', '!=', '<=', '>=', '<', '>', '!'];

const comparison = (op: string, left: Json, right: Json): Json => ({ match: { op, left, right } });

/** `fib saddr oif missing`, `tcp option maxseg exists` */
function presence(left: Json, cursor: Cursor): Json {
  if (!PRESENCE.some((kind) => kind in (left as JsonObject))) return null;
  return skip(cursor, 'missing') ? false : skip(cursor, 'exists') ? true : null;
}

const PRESENCE = ['exthdr', 'fib', 'ip option', 'rt', 'sctp chunk', 'tcp option'];

/** Tells whether the field is a set of bits: without an operator, one bit in common is enough. */
function isBits(left: Json): boolean {
  const { ct, payload } = left as { ct?: JsonObject; payload?: JsonObject };
  return ct?.key === 'state' || ct?.key === 'status' || ct?.key === 'label' || payload?.field === 'flags';
}

/** True for sets, and for `established | related`: values of the whole field. */
const isWhole = (value: Json) =>
  typeof value === 'string'
    ? value.startsWith('@')
    : typeof value === 'object' && value !== null && ('set' in value || '|' in value);
