import type { Type } from '../../define.ts';

/** The part of the CEL library that registers types. */
interface TypeRegistry {
  registerType(name: string, definition: { ctor: new () => object; fields: Record<string, string> }): unknown;
}

type Encoder = (value: unknown) => unknown;

/** A type as CEL knows it, and the conversion of values to it. */
interface CelType {
  name: string;
  encode: Encoder;
}

interface CelTypes {
  nameOf(fact: string): string;
  encode(fact: string, value: unknown): unknown;
  /** Every field name there is, for suggestions. */
  fields: string[];
}

/**
 * Tells CEL the types of facts. Values are converted once: integers to bigints (a JS number is a double to CEL),
 * maps to Maps (so that a key called `constructor` is a key), objects to instances of a class of their own, by
 * which CEL knows them.
 */
export function celTypes(registry: TypeRegistry, types: Readonly<Record<string, Type>>): CelTypes {
  const fields = new Set<string>();
  const known = new Map<string, CelType>();
  const define = (name: string, type: Type): CelType => {
    switch (type.kind) {
      case 'list': {
        const item = define(`${name}.item`, type.item);
        return { name: `list<${item.name}>`, encode: (value) => listOf(value).map(item.encode) };
      }
      case 'map': {
        const entry = define(`${name}.value`, type.value);
        return { name: `map<string, ${entry.name}>`, encode: (value) => toMap(value, entry.encode) };
      }
      case 'object': {
        const inner = Object.entries(type.fields).map(([key, field]) => ({
          key,
          ...define(`${name}.${key}`, field),
        }));
        for (const { key } of inner) fields.add(key);
        const ctor = class {};
        registry.registerType(name, {
          ctor,
          fields: Object.fromEntries(inner.map(({ key, name: typeName }) => [key, typeName])),
        });
        return { name, encode: (value) => toObject(new ctor(), value, inner) };
      }
      default:
        return { name: type.kind === 'any' ? 'dyn' : type.kind, encode: SCALARS[type.kind] };
    }
  };
  for (const [fact, type] of Object.entries(types)) known.set(fact, define(fact, type));
  // biome-ignore lint/style/noNonNullAssertion: only facts of `types` are asked for
  const typeOf = (fact: string): CelType => known.get(fact)!;
  return {
    nameOf: (fact) => typeOf(fact).name,
    encode: (fact, value) => typeOf(fact).encode(value),
    fields: [...fields].sort(),
  };
}

const SCALARS: Record<'int' | 'double' | 'string' | 'bool' | 'any', Encoder> = {
  int: (value) => BigInt(expect(Number.isInteger(value), value, 'an integer') as number),
  double: (value) => expect(typeof value === 'number', value, 'a number'),
  string: (value) => expect(typeof value === 'string', value, 'a string'),
  bool: (value) => expect(typeof value === 'boolean', value, 'true or false'),
  any: (value) => toDynamic(value),
};

function toDynamic(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toDynamic);
  return typeof value === 'object' && value !== null ? toMap(value, toDynamic) : value;
}

function toMap(value: unknown, encode: Encoder): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const [key, entry] of Object.entries(objectOf(value))) map.set(key, encode(entry));
  return map;
}

function toObject(instance: object, value: unknown, fields: { key: string; encode: Encoder }[]): object {
  const object = objectOf(value);
  for (const { key, encode } of fields) Reflect.set(instance, key, encode(object[key]));
  return instance;
}

function listOf(value: unknown): unknown[] {
  return expect(Array.isArray(value), value, 'a list') as unknown[];
}

function objectOf(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return expect(isObject, value, 'a mapping') as Record<string, unknown>;
}

function expect(holds: boolean, value: unknown, what: string): unknown {
  if (!holds) throw new TypeError(`${JSON.stringify(value) ?? 'nothing'} is not ${what}`);
  return value;
}
