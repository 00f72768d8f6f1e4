/** The matches of nft's JSON: `match`, and the keys of maps. */
import type { Json } from '../../model.ts';
import { constant, TCP } from '../fields.ts';
import type { Match } from '../ruleset.ts';
import { type Field, readPayloadField } from './fields.ts';
import { printExpression } from './print.ts';
import { asList, asObject, bare, type JsonObject, members } from './values.ts';

/** Returns the members of a named set or map; null when they can't be known, as rules change them. */
export type NamedElements = (name: string) => Json[] | null;

/** A key of one field or of several, concatenated. */
export interface Key {
  needs: Match[];
  /** Returns the matches that hold when the key has this value; null when they can't be read. */
  row(value: Json): Match[] | null;
  /** The field; null for a key of several. */
  field: Field | null;
}

export function readMatchKey(left: Json): Key | null {
  const parts = asObject(left)?.concat;
  if (!Array.isArray(parts)) {
    const field = readPayloadField(left);
    return field && { needs: field.needs, row: (value) => single(field, value), field };
  }
  const fields = parts.map(readPayloadField);
  if (!fields.every((field) => field !== null)) return null;
  return {
    needs: fields.flatMap((field) => field.needs),
    row: (value) => combined(fields, value),
    field: null,
  };
}

const single = (field: Field, value: Json): Match[] | null => {
  const match = value === '*' ? constant(true) : field.read([value]);
  return match && [match];
};

function combined(fields: Field[], value: Json): Match[] | null {
  if (value === '*') return [];
  const values = asObject(value)?.concat;
  if (!Array.isArray(values) || values.length !== fields.length) return null;
  // biome-ignore lint/style/noNonNullAssertion: there are as many values as fields
  const matches = fields.map((field, i) => field.read([bare(values[i]!)]));
  return matches.every((match) => match !== null) ? (matches as Match[]) : null;
}

/** `{"match": {"op": "==", "left": ..., "right": ...}}` */
export function readMatch(match: JsonObject, named: NamedElements): Match[] {
  const undecided: Match[] = [{ kind: 'undecided', text: printExpression({ match }) }];
  const { op = '==', left = null, right = null } = match;
  const flags = flagsOf(left);
  if (flags && op === '==') return opensTcp(flags, right);
  const key = readMatchKey(left);
  if (!key) return undecided;
  if (op === 'in' && key.field && isMark(left)) return negated(key.field.read([0]), true) ?? undecided;
  const values = valuesOf(right, op, named);
  if (!values) return undecided;
  const found = key.field ? key.field.read(values) : rows(key, values);
  const wanted = found && negated(found, op === '!=');
  return wanted ? [...key.needs, ...wanted] : undecided;
}

/** Returns the flags that `tcp flags & (...)` looks at. */
function flagsOf(left: Json): Json[] | null {
  const [payload, flags = null] = asList(asObject(left)?.['&']);
  const { protocol, field } = asObject(asObject(payload)?.payload) ?? {};
  return protocol === 'tcp' && field === 'flags' ? asList(flags) : null;
}

/** Resolves a match of TCP flags: the packet that opens a TCP connection is a SYN. */
function opensTcp(looked: Json[], right: Json): Match[] {
  const found = looked.includes('syn') ? ['syn'] : [];
  return [
    { kind: 'protocol', protocols: [TCP, TCP], not: false },
    constant(asList(right).join() === found.join()),
  ];
}

const isMark = (left: Json) =>
  asObject(asObject(left)?.meta)?.key === 'mark' || asObject(asObject(left)?.ct)?.key === 'mark';

function valuesOf(right: Json, op: Json, named: NamedElements): Json[] | null {
  if (typeof right === 'string' && right.startsWith('@')) return named(right.slice(1));
  if (op === 'in') return asList(right);
  if (op === '<') return range(0, Number(right) - 1);
  if (op === '<=') return range(0, Number(right));
  if (op === '>') return range(Number(right) + 1, 0xffffffff);
  if (op === '>=') return range(Number(right), 0xffffffff);
  return op === '==' || op === '!=' ? members(right) : null;
}

function range(low: number, high: number): Json[] | null {
  return Number.isInteger(low) && Number.isInteger(high) ? [{ range: [low, high] }] : null;
}

function rows(key: Key, values: Json[]): Match | null {
  const found = values.map((value) => key.row(value));
  return found.every((row) => row !== null) ? { kind: 'any', rows: found as Match[][], not: false } : null;
}

function negated(match: Match | null, turn: boolean): Match[] | null {
  if (!match || (turn && !('not' in match))) return null;
  return [turn && 'not' in match ? { ...match, not: !match.not } : match];
}
