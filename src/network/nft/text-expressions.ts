/** The left sides of comparisons, and values written to marks: fields of packets and what is computed of them. */

import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { readElements, readValue } from './text-values.ts';
import { type Cursor, expect, isAt, Misread, peek, skip, take } from './tokens.ts';

/** Reads `ip saddr`, `ip saddr . tcp dport`, `meta mark & 0xff`, `ip saddr map @m`; null where no field comes next. */
export function readExpression(cursor: Cursor): Json {
  const field = readField(cursor);
  if (field === null) return null;
  const parts = [field];
  while (skip(cursor, '.')) {
    const next = readField(cursor);
    if (next === null) throw new Misread(`no field behind a dot`, peek(cursor)?.line ?? 1);
    parts.push(next);
  }
  const whole: Json = parts.length > 1 ? { concat: parts } : field;
  if (skip(cursor, 'map')) return { map: { key: whole, data: readData(cursor) } };
  return computed(cursor, whole);
}

/** Reads `@map`, or the map itself. */
export const readData = (cursor: Cursor): Json =>
  isAt(cursor, '{') ? { set: readElements(cursor) } : take(cursor).text;

/** The operators; they bind as in C: `&` before `^` before `|`. */
const OPERATORS = ['|', '^', '&'] as const;

function computed(cursor: Cursor, first: Json, level = 0): Json {
  const operator = OPERATORS[level];
  if (operator === undefined) return first;
  let left = computed(cursor, first, level + 1);
  while (skip(cursor, operator)) {
    const operand = skip(cursor, '(') ? bracketed(cursor) : (readField(cursor) ?? readValue(cursor));
    left = { [operator]: [left, computed(cursor, operand, level + 1)] };
  }
  return left;
}

/** Reads `(fin | syn | rst | ack)`: flags, which nft -j lists. */
function bracketed(cursor: Cursor): Json {
  const first = take(cursor).text;
  const flags = [first];
  while (skip(cursor, '|')) flags.push(take(cursor).text);
  expect(cursor, ')');
  return flags.length > 1 ? flags : first;
}

type Reader = (cursor: Cursor) => Json;

function readField(cursor: Cursor): Json {
  const { text = '', quoted = true } = peek(cursor) ?? {};
  if (quoted) return null;
  if (/^@(ll|nh|th|ih)$/.test(text)) return rawPayload(cursor);
  if (BARE_META.has(text)) return { meta: { key: take(cursor).text } };
  if (PROTOCOLS.has(text)) {
    take(cursor);
    return { payload: { protocol: text, field: take(cursor).text } };
  }
  const read = OTHERS[text];
  if (!read) return null;
  take(cursor);
  return read(cursor);
}

/** `@th,0,32` */
function rawPayload(cursor: Cursor): Json {
  const base = take(cursor).text.slice(1);
  expect(cursor, ',');
  const offset = Number(take(cursor).text);
  expect(cursor, ',');
  return { payload: { base, offset, len: Number(take(cursor).text) } };
}

/** The keys of meta that nft prints without `meta`. */
const BARE_META: ReadonlySet<string> = new Set(['iif', 'iifname', 'iifgroup', 'oif', 'oifname', 'oifgroup']);

const PROTOCOLS: ReadonlySet<string> = new Set([
  'ah',
  'arp',
  'comp',
  'dccp',
  'esp',
  'ether',
  'icmp',
  'icmpv6',
  'igmp',
  'ip',
  'ip6',
  'sctp',
  'th',
  'udp',
  'udplite',
  'vlan',
]);

const OTHERS = wordTable<Reader>({
  meta: (cursor) => ({ meta: { key: take(cursor).text } }),
  tcp: (cursor) =>
    skip(cursor, 'option')
      ? { 'tcp option': { name: take(cursor).text, field: take(cursor).text } }
      : { payload: { protocol: 'tcp', field: take(cursor).text } },
  rt: (cursor) => ({ rt: { key: take(cursor).text } }),
  ct: (cursor) => {
    const dir = ['original', 'reply'].find((one) => skip(cursor, one));
    const family = dir && ['ip', 'ip6'].find((one) => skip(cursor, one));
    const key = [...(family ? [family] : []), take(cursor).text].join(' ');
    return { ct: dir ? { key, dir } : { key } };
  },
  fib: (cursor) => {
    const flags = [take(cursor).text];
    while (skip(cursor, '.')) flags.push(take(cursor).text);
    return { fib: { result: take(cursor).text, flags } };
  },
  numgen: (cursor) => ({ numgen: { mode: take(cursor).text, ...readModulus(cursor) } }),
  symhash: (cursor) => ({ symhash: readModulus(cursor) }),
  jhash: (cursor) => ({ jhash: { expr: readExpression(cursor), ...readModulus(cursor) } }),
});

/** `mod 2 seed 0x1 offset 4` */
function readModulus(cursor: Cursor): { [key: string]: number } {
  const result: { [key: string]: number } = {};
  for (const key of ['mod', 'seed', 'offset']) {
    if (skip(cursor, key)) result[key] = Number(take(cursor).text);
  }
  return result;
}
