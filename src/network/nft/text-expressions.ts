/** The left sides of comparisons, and values written to marks: fields of packets and what is computed of them. */

import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { readElements, readOperand } from './text-values.ts';
import { type Cursor, expect, isAt, Misread, peek, skip, take } from './tokens.ts';

/** Reads `ip saddr`, `ip saddr . tcp dport`, `meta mark & 0xff`, `ip saddr map @m`; null where no field comes next. */
export function readExpression(cursor: Cursor): Json {
  if (isAt(cursor, '(')) return computed(cursor, readOperandOf(cursor));
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

/** The operators, in signs and in words; they bind as in C: shifts before `&` before `^` before `|`. */
const OPERATORS: readonly (readonly (readonly [sign: string, word: string])[])[] = [
  [['|', 'or']],
  [['^', 'xor']],
  [['&', 'and']],
  [
    ['<<', 'lshift'],
    ['>>', 'rshift'],
  ],
];

/** Reads what follows the first operand of an expression. */
function computed(cursor: Cursor, first: Json, level = 0): Json {
  const operators = OPERATORS[level];
  if (operators === undefined) return first;
  let left = computed(cursor, first, level + 1);
  for (;;) {
    const operator = operators.find((names) => names.some((name) => skip(cursor, name)))?.[0];
    if (operator === undefined) return left;
    left = { [operator]: [left, computed(cursor, readOperandOf(cursor), level + 1)] };
  }
}

function readOperandOf(cursor: Cursor): Json {
  if (!skip(cursor, '(')) return readField(cursor) ?? readOperand(cursor);
  const inside = computed(cursor, readOperandOf(cursor));
  expect(cursor, ')');
  return inside;
}

type Reader = (cursor: Cursor) => Json;

function readField(cursor: Cursor): Json {
  const { text = '', quoted = true } = peek(cursor) ?? {};
  if (quoted) return null;
  if (/^@(ll|nh|th|ih)$/.test(text)) return rawPayload(cursor);
  if (BARE_META.has(text)) return { meta: { key: take(cursor).text } };
  const read = OTHERS[text] ?? (PROTOCOLS.has(text) ? payloadOf(text) : undefined);
  if (!read) return null;
  take(cursor);
  return read(cursor);
}

const payloadOf =
  (protocol: string): Reader =>
  (cursor) => ({ payload: { protocol, field: take(cursor).text } });

/** Reads `maxseg size`, `maxseg` of `maxseg exists`, `@255,8,8`: an option of a header, or a header of IPv6. */
const optionOf =
  (kind: string): Reader =>
  (cursor) => {
    const { text } = take(cursor);
    if (text.startsWith('@')) {
      while (skip(cursor, ',')) take(cursor);
      return { [kind]: { base: text } };
    }
    const isPresence = isAt(cursor, 'exists') || isAt(cursor, 'missing');
    return { [kind]: { name: text, ...(isPresence ? {} : { field: take(cursor).text }) } };
  };

/** `ip saddr`, `ip option rr exists` */
const orOption =
  (protocol: string, word = 'option'): Reader =>
  (cursor) =>
    skip(cursor, word) ? optionOf(`${protocol} ${word}`)(cursor) : payloadOf(protocol)(cursor);

const headerOf =
  (name: string): Reader =>
  (cursor) => ({ exthdr: { name, field: take(cursor).text } });

/** `@th,0,32` */
function rawPayload(cursor: Cursor): Json {
  const base = take(cursor).text.slice(1);
  expect(cursor, ',');
  const offset = Number(take(cursor).text);
  expect(cursor, ',');
  return { payload: { base, offset, len: Number(take(cursor).text) } };
}

/** The keys of meta that are printed without `meta`, by nft or by what translates rules of iptables for it. */
const BARE_META: ReadonlySet<string> = new Set([
  'cgroup',
  'cpu',
  'iif',
  'iifgroup',
  'iifname',
  'iiftype',
  'mark',
  'oif',
  'oifgroup',
  'oifname',
  'oiftype',
  'pkttype',
  'rtclassid',
  'skgid',
  'skuid',
]);

const PROTOCOLS: ReadonlySet<string> = new Set([
  'ah',
  'arp',
  'comp',
  'dccp',
  'esp',
  'ether',
  'gre',
  'icmp',
  'icmpv6',
  'igmp',
  'ip6',
  'th',
  'udp',
  'udplite',
  'vlan',
]);

const ROUTING_HEADER: ReadonlySet<string> = new Set(['hdrlength', 'nexthdr', 'seg-left', 'type']);

const OTHERS = wordTable<Reader>({
  meta: (cursor) => ({ meta: { key: take(cursor).text } }),
  ip: orOption('ip'),
  tcp: orOption('tcp'),
  sctp: orOption('sctp', 'chunk'),
  exthdr: optionOf('exthdr'),
  dst: headerOf('dst'),
  frag: headerOf('frag'),
  hbh: headerOf('hbh'),
  mh: headerOf('mh'),
  srh: headerOf('srh'),
  rt: (cursor) => {
    const family = ['ip', 'ip6'].find((one) => skip(cursor, one));
    const key = take(cursor).text;
    // the routing header of IPv6 has the same name as the route of the packet
    if (ROUTING_HEADER.has(key)) return { exthdr: { name: 'rt', field: key } };
    return { rt: family ? { key, family } : { key } };
  },
  ct: (cursor) => {
    const dir = ['original', 'reply'].find((one) => skip(cursor, one));
    const family = dir && ['ip', 'ip6'].find((one) => skip(cursor, one));
    const key = [...(family ? [family] : []), take(cursor).text].join(' ');
    return { ct: dir ? { key, dir } : { key } };
  },
  ipsec: (cursor) => {
    const dir = take(cursor).text;
    if (skip(cursor, 'spnum')) take(cursor);
    const family = ['ip', 'ip6'].find((one) => skip(cursor, one));
    return { ipsec: { dir, key: take(cursor).text, ...(family ? { family } : {}) } };
  },
  osf: (cursor) => {
    if (skip(cursor, 'ttl')) take(cursor);
    return { osf: { key: take(cursor).text } };
  },
  socket: (cursor) => {
    const key = take(cursor).text;
    if (skip(cursor, 'level')) take(cursor);
    return { socket: { key } };
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
