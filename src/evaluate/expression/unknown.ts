/**
 * Values that are not known, or not whole, as expressions meet them. CEL's specification has unknowns go the way of
 * errors (https://github.com/google/cel-spec/blob/master/doc/langdef.md, "Partial State"): what needs one is unknown,
 * and `false && unknown` is false. So an unknown is an error here that says what is missing.
 */
import { EvaluationError } from '@marcbachmann/cel-js';
import type { Gap } from '../../model.ts';

/** Something that is read and not known. */
export interface MissingPart {
  problem: Gap['problem'];
  /** The reason, for people. */
  reason: string;
}

export type Unknown = EvaluationError & { missing: readonly MissingPart[] };

export function unknownFor(missing: readonly MissingPart[]): Unknown {
  const reason = missing.map((part) => part.reason).join('; ');
  return Object.assign(
    withoutStack(() => new EvaluationError(reason)),
    { missing },
  );
}

/** Makes an error that is a value, and nobody's fault: to find out where it was made takes longer than all else. */
function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof EvaluationError && 'missing' in value;
}

/** Joins what two parts lack. */
export function joined(one: Unknown, other: Unknown): Unknown {
  const has = new Set(one.missing.map(({ reason }) => reason));
  const further = other.missing.filter(({ reason }) => !has.has(reason));
  return further.length === 0 ? one : unknownFor([...one.missing, ...further]);
}

/** The item of a list of which nothing is known. */
export const ANYTHING = Symbol('anything');

/** Items that a list may hold beside those that are known, in whatever order: any number like each of these. */
interface FurtherItems {
  items: readonly unknown[];
  why: Unknown;
}

/** Entries that a map may hold beside those that are known: keys that may be there, and whether others may be. */
export interface FurtherEntries {
  keys: Map<string, Unknown>;
  others: { why: Unknown; of(key: string): Unknown } | null;
}

const ITEMS = Symbol('further items');
const ENTRIES = Symbol('further entries');

export function openList(known: unknown[], further: FurtherItems): unknown[] {
  return Object.assign(known, { [ITEMS]: further });
}

export function openMap(known: Map<string, unknown>, further: FurtherEntries): Map<string, unknown> {
  return Object.assign(known, { [ENTRIES]: further });
}

export const furtherItems = (list: unknown): FurtherItems | null =>
  Array.isArray(list) ? ((list as { [ITEMS]?: FurtherItems })[ITEMS] ?? null) : null;

const furtherEntries = (map: object): FurtherEntries | null =>
  (map as { [ENTRIES]?: FurtherEntries })[ENTRIES] ?? null;

/** Returns why it is not known whether the map has this key; null where that is known. */
export function doubtAbout(map: Map<unknown, unknown>, key: unknown): Unknown | null {
  const further = furtherEntries(map);
  if (further === null || map.has(key)) return null;
  const doubt = further.keys.get(String(key)) ?? further.others?.of(String(key)) ?? null;
  if (doubt !== null) further.keys.set(String(key), doubt);
  return doubt;
}

/** Returns the keys of a map that are known, and those that may be there. */
export function keysOf(map: Map<unknown, unknown>): { items: unknown[]; further: FurtherItems | null } {
  const items = [...map.keys()];
  const entries = furtherEntries(map);
  const why = entries === null ? null : lackIn(map);
  if (entries === null || why === null) return { items, further: null };
  return { items, further: { items: entries.others === null ? [...entries.keys.keys()] : [ANYTHING], why } };
}

const LEAST = Symbol('least');

/** A number that is not known, and no less than this: the size of what may have more. */
export interface AtLeast {
  [LEAST]: bigint;
  why: Unknown;
}

export const atLeastThis = (least: bigint, why: Unknown): AtLeast => ({ [LEAST]: least, why });

export const isAtLeast = (value: unknown): value is AtLeast =>
  typeof value === 'object' && value !== null && LEAST in value;

export const leastOf = (number: AtLeast): bigint => number[LEAST];

const found = new WeakMap<object, Unknown | null>();

/** Returns what is not known of a value, or of anything in it; null where all of it is known. */
export function lackIn(value: unknown): Unknown | null {
  if (isUnknown(value)) return value;
  if (typeof value !== 'object' || value === null) return null;
  if (isAtLeast(value)) return value.why;
  const known = found.get(value);
  if (known !== undefined) return known;
  const lack = lackBelow(value);
  found.set(value, lack);
  return lack;
}

function lackBelow(value: object): Unknown | null {
  const items = furtherItems(value);
  if (items !== null) return items.why;
  const entries = furtherEntries(value);
  if (entries !== null) return entries.others?.why ?? [...entries.keys.values()].reduce(joined);
  const inside = Array.isArray(value) ? value : value instanceof Map ? value.values() : Object.values(value);
  for (const part of inside) {
    const lack = lackIn(part);
    if (lack !== null) return lack;
  }
  return null;
}

/** Returns what makes a value itself less than whole: its items may lack something. */
export function lackOf(value: unknown): Unknown | null {
  if (isAtLeast(value)) return value.why;
  if (typeof value !== 'object' || value === null) return null;
  return furtherItems(value)?.why ?? (furtherEntries(value) === null ? null : lackIn(value));
}
