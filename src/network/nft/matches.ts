/** The matches of nft's JSON: `match`, and the keys of maps. */
import type { Json } from '../../model.ts';
import { parseAddress } from '../address-text.ts';
import { constant } from '../fields.ts';
import type { Match } from '../ruleset.ts';
import { mayBeEitherPort } from './either-port.ts';
import type { Field } from './field-readers.ts';
import { readPayloadField } from './fields.ts';
import { printExpression } from './print.ts';
import { bare, members, shaped, tagged } from './values.ts';

/** Returns the members of a named set or map; null when they can't be known, as rules change them. */
export type NamedElements = (name: string) => Json[] | null;

/** A key of one field or of several, concatenated. */
export interface Key {
  needs: Match[];
  /** Returns the matches that hold when the key has this value; null when they can't be read. */
  row(value: Json): Match[] | null;
  /** The field; null for a key of several. */
  field: Field | null;
  /** True where only some bits of the field are looked at. */
  masked: boolean;
}

export function readMatchKey(left: Json): Key | null {
  const [kind, parts] = tagged(left);
  if (kind !== 'concat' || !Array.isArray(parts)) {
    const field = readPayloadField(left);
    return field && { needs: field.needs, row: (value) => single(field, value), field, masked: kind === '&' };
  }
  const fields = parts.map(readPayloadField);
  if (!fields.every((field) => field !== null)) return null;
  return {
    needs: fields.flatMap((field) => field.needs),
    row: (value) => combined(fields, value),
    field: null,
    masked: false,
  };
}

const single = (field: Field, value: Json): Match[] | null => {
  const match = value === '*' ? constant(true) : field.read([value]);
  return match && [match];
};

function combined(fields: Field[], value: Json): Match[] | null {
  if (value === '*') return [];
  const [kind, values] = tagged(value);
  if (kind !== 'concat' || !Array.isArray(values) || values.length !== fields.length) return null;
  // biome-ignore lint/style/noNonNullAssertion: there are as many values as fields
  const matches = fields.map((field, i) => field.read([bare(values[i]!)]));
  return matches.every((match) => match !== null) ? (matches as Match[]) : null;
}

/**
 * Reads `{"match": {"op": "==", "left": ..., "right": ...}}`. Whatever is not understood of it is undecided; what must
 * hold before the field can be looked at holds all the same.
 */
export function readMatch(body: Json, elements: NamedElements): Match[] {
  const undecided: Match = { kind: 'undecided', text: printExpression({ match: body }) };
  const { op = null, left = null, right = null } = shaped(body, ['op', 'left', 'right']) ?? {};
  const key = readMatchKey(left);
  if (!key || !isOperator(op)) return [undecided];
  if (mayBeEitherPort(left, right)) return [...key.needs, undecided];
  return [...key.needs, compared(key, op, right, elements) ?? undecided];
}

const OPERATORS = ['==', '!=', '<', '<=', '>', '>=', 'in', '!'] as const;
type Operator = (typeof OPERATORS)[number];

const isOperator = (op: Json): op is Operator => OPERATORS.some((one) => one === op);

function compared(key: Key, op: Operator, right: Json, elements: NamedElements): Match | null {
  if (op === 'in' || op === '!') return key.field?.test(op, right) ?? null;
  if (op === '<') return negated(compared(key, '>=', right, elements));
  if (op === '>') return negated(compared(key, '<=', right, elements));
  if (op === '!=' && Array.isArray(right) && key.field && !key.masked) return hasNeither(key.field, right);
  const values = valuesOf(right, op, elements);
  if (!values) return null;
  const found = key.field ? key.field.read(values) : rows(key, values);
  return op === '!=' ? negated(found) : found;
}

/**
 * Reads `ct state != established,related`: of a rule of iptables, nft 0.9.8 prints it and means none of these; of its own
 * rules it would mean that they are not both there.
 */
function hasNeither(field: Field, right: Json[]): Match | null {
  const [equal, none] = [field.test('!=', right), field.test('!', right)];
  if (!equal || !none) return equal;
  return {
    kind: 'any',
    rows: [
      [equal, none],
      [equal, { kind: 'undecided', text: 'whether != of several bits means any of them' }],
    ],
    not: false,
  };
}

function valuesOf(right: Json, op: Operator, elements: NamedElements): Json[] | null {
  if (op === '<=') return upTo(right, ([lowest]) => [lowest, right]);
  if (op === '>=') return upTo(right, ([, highest]) => [right, highest]);
  return typeof right === 'string' && right.startsWith('@') ? elements(right.slice(1)) : members(right);
}

type Ends = readonly [Json, Json];
/** The least and the greatest of what a value can be: a number, or an address. */
const ENDS = {
  number: [0, 0xffffffff],
  4: ['0.0.0.0', '255.255.255.255'],
  6: ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
} as const;

function upTo(value: Json, ends: (of: Ends) => Ends): Json[] | null {
  if (typeof value === 'number') return [{ range: [...ends(ENDS.number)] }];
  const address = typeof value === 'string' ? parseAddress(value) : null;
  return address && [{ range: [...ends(ENDS[address.family])] }];
}

function rows(key: Key, values: Json[]): Match | null {
  const found = values.map((value) => key.row(value));
  return found.every((row) => row !== null) ? { kind: 'any', rows: found as Match[][], not: false } : null;
}

const negated = (match: Match | null): Match | null =>
  match && 'not' in match ? { ...match, not: !match.not } : null;
