import type { Type } from '../define.ts';
import { nearest } from '../errors.ts';
import type { Json } from '../model.ts';

type Fail = (path: (string | number)[], message: string, hint: string | null) => void;

/** The value of each type when a test leaves it out. */
const ZERO: Record<Type['kind'], Json> = {
  int: 0,
  double: 0,
  string: '',
  bool: false,
  any: null,
  list: [],
  map: {},
  object: {},
};

const FITS: Record<'int' | 'double' | 'string' | 'bool', (value: Json) => boolean> = {
  int: (value) => Number.isInteger(value),
  double: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
};

const WORDS = {
  int: 'an integer',
  double: 'a number',
  string: 'text',
  bool: 'true or false',
  list: 'a list',
  map: 'a mapping',
  object: 'a mapping',
};

/** Returns a value of the type: the part that a test gives, and zeros for the rest. Reports what does not fit. */
export function filled(type: Type, fixture: Json | undefined, fail: Fail): Json {
  const value = fixture ?? structuredClone(ZERO[type.kind]);
  if (type.kind === 'any') return value;
  if (!fits(type, value)) {
    fail([], `should be ${WORDS[type.kind]}`, null);
    return structuredClone(ZERO[type.kind]);
  }
  const inner =
    (key: string | number): Fail =>
    (path, message, hint) =>
      fail([key, ...path], message, hint);
  if (type.kind === 'list') return (value as Json[]).map((item, i) => filled(type.item, item, inner(i)));
  if (type.kind !== 'map' && type.kind !== 'object') return value;
  const entries = value as Record<string, Json>;
  if (type.kind === 'map')
    return Object.fromEntries(
      Object.entries(entries).map(([key, item]) => [key, filled(type.value, item, inner(key))]),
    );
  for (const key of Object.keys(entries).filter((name) => !Object.hasOwn(type.fields, name))) {
    const near = nearest(key, Object.keys(type.fields));
    fail([key], `there is no field "${key}"`, near === null ? null : `did you mean "${near}"?`);
  }
  return Object.fromEntries(
    Object.entries(type.fields).map(([key, field]) => [key, filled(field, entries[key], inner(key))]),
  );
}

function fits(type: Exclude<Type, { kind: 'any' }>, value: Json): boolean {
  if (type.kind === 'list') return Array.isArray(value);
  if (type.kind === 'map' || type.kind === 'object')
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  return FITS[type.kind as keyof typeof FITS](value);
}
