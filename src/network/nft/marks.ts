/** `meta mark set ...`, `ct mark set ...` and other fields that nft writes. */
import type { Json } from '../../model.ts';
import { and32, not32, or32, xor32 } from '../fields.ts';
import type { Action } from '../ruleset.ts';
import { printExpression } from './print.ts';
import { asNumber, asObject, type JsonObject, shaped, tagged } from './values.ts';

/** Reads a write to a field; null when it writes nothing that any rule or route could notice. */
export function readMangle({ key = null, value = null }: JsonObject): Action | null {
  const text = printExpression({ mangle: { key, value } });
  const of = markOf(key);
  if (of === null) return isUnnoticed(key) ? null : { kind: 'unknown', text, effect: 'any' };
  const formula = evaluate(value);
  if (!formula) return { kind: 'unknown', text, effect: 'mark' };
  const { from, and, xor } = formula;
  if (from === null || from === of) return { kind: 'setMark', of, value: xor, mask: not32(and) };
  if (xor !== 0) return { kind: 'unknown', text, effect: 'mark' };
  return { kind: 'copyMark', to: of, fromMask: and, toMask: 0xffffffff };
}

/** Tells whether neither rules nor routes see it: a stateless translation is seen, and so is what is not known. */
function isUnnoticed(key: Json): boolean {
  const [kind, body] = tagged(key);
  if (kind === 'meta' || kind === 'ct') return UNNOTICED.has(String(shaped(body, ['key'])?.key));
  if (kind !== 'payload') return OPTIONS.has(kind);
  const { protocol, field } = shaped(body, ['protocol', 'field']) ?? {};
  // bytes without a field's name may be anything
  if (field === undefined) return asObject(body)?.base === 'll';
  if (protocol === 'ip' || protocol === 'ip6') return !ADDRESS_FIELDS.has(String(field));
  return field !== 'sport' && field !== 'dport';
}

const UNNOTICED: ReadonlySet<string> = new Set(['event', 'label', 'nftrace', 'priority', 'secmark', 'zone']);
const OPTIONS: ReadonlySet<string> = new Set(['exthdr', 'ip option', 'sctp chunk', 'tcp option']);
const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['saddr', 'daddr', 'protocol', 'nexthdr']);

function markOf(expression: Json): 'packet' | 'connection' | null {
  const [kind, body] = tagged(expression);
  if (shaped(body, ['key'])?.key !== 'mark') return null;
  return kind === 'meta' ? 'packet' : kind === 'ct' ? 'connection' : null;
}

/** (from & and) ^ xor: the form of every expression of a mark and constants. */
interface Formula {
  from: 'packet' | 'connection' | null;
  and: number;
  xor: number;
}

function evaluate(expression: Json): Formula | null {
  const constant = asNumber(expression);
  if (constant !== null) return { from: null, and: 0, xor: constant };
  const from = markOf(expression);
  if (from) return { from, and: 0xffffffff, xor: 0 };
  const [operator, operands] = tagged(expression);
  if (!['&', '|', '^'].includes(operator) || !Array.isArray(operands) || operands.length < 2) return null;
  const parts = operands.map(evaluate);
  return parts.reduce((a, b) => (a && b ? combine(operator, a, b) : null));
}

function combine(operator: string, a: Formula, b: Formula): Formula | null {
  if (b.from !== null) return a.from === null ? combine(operator, b, a) : null;
  const c = b.xor;
  if (operator === '&') return { from: a.from, and: and32(a.and, c), xor: and32(a.xor, c) };
  if (operator === '^') return { from: a.from, and: a.and, xor: xor32(a.xor, c) };
  return { from: a.from, and: and32(a.and, not32(c)), xor: or32(and32(a.xor, not32(c)), c) };
}
