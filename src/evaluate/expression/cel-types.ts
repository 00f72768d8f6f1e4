import type { Type } from '../../define.ts';
import { emptyTable } from '../../word-table.ts';
import type { Lacking } from './lacking.ts';
import { ANYTHING, atLeastThis, isUnknown, openList, openMap, type Unknown } from './unknown.ts';

/** The part of the CEL library that registers types. */
interface TypeRegistry {
  registerType(name: string, definition: { ctor: new () => object; fields: Record<string, string> }): unknown;
}

type Encoder = (value: unknown, lacking: Lacking | null) => unknown;

/** A type as CEL knows it, and the conversion of values to it. */
interface CelType {
  name: string;
  encode: Encoder;
  /** Returns an item of which only these fields are known. */
  anyOne(known: Readonly<Record<string, unknown>>, why: Unknown): unknown;
}

interface CelTypes {
  nameOf(fact: string): string;
  encode(fact: string, value: unknown, lacking: Lacking | null): unknown;
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
        return {
          name: `list<${item.name}>`,
          encode: (value, lacking) => toList(value, item, lacking),
          anyOne: anything,
        };
      }
      case 'map': {
        const entry = define(`${name}.value`, type.value);
        return {
          name: `map<string, ${entry.name}>`,
          encode: (value, lacking) => toMap(value, entry.encode, lacking),
          anyOne: anything,
        };
      }
      case 'object': {
        const inner = Object.entries(type.fields).map(([key, field]) => ({
          key,
          ...define(`${name}.${key}`, field),
        }));
        for (const { key } of inner) fields.add(key);
        const ctor = class {
          [key: string]: unknown;
        };
        registry.registerType(name, {
          ctor,
          fields: Object.fromEntries(inner.map(({ key, name: typeName }) => [key, typeName])),
        });
        return {
          name,
          encode: (value, lacking) => toObject(new ctor(), value, inner, lacking),
          anyOne: (known, why) => {
            const given = inner.map(({ key, encode }) => [
              key,
              key in known ? encode(known[key], null) : why,
            ]);
            return Object.assign(new ctor(), Object.fromEntries(given));
          },
        };
      }
      default:
        return {
          name: type.kind === 'any' ? 'dyn' : type.kind,
          encode: SCALARS[type.kind],
          anyOne: anything,
        };
    }
  };
  for (const [fact, type] of Object.entries(types)) known.set(fact, define(fact, type));
  // biome-ignore lint/style/noNonNullAssertion: only facts of `types` are asked for
  const typeOf = (fact: string): CelType => known.get(fact)!;
  return {
    nameOf: (fact) => typeOf(fact).name,
    encode: (fact, value, lacking) => typeOf(fact).encode(value, lacking),
    fields: [...fields].sort(),
  };
}

const SCALARS: Record<'int' | 'double' | 'string' | 'bool' | 'any', Encoder> = {
  int: (value, lacking) => {
    const number = BigInt(expect(Number.isInteger(value), value, 'an integer') as number);
    return lacking === null || lacking.least === null ? number : atLeastThis(number, lacking.least);
  },
  double: (value) => expect(typeof value === 'number', value, 'a number'),
  string: (value) => expect(typeof value === 'string', value, 'a string'),
  bool: (value) => expect(typeof value === 'boolean', value, 'true or false'),
  any: (value) => toDynamic(value),
};

const anything = () => ANYTHING;

function toDynamic(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toDynamic);
  return typeof value === 'object' && value !== null ? toMap(value, toDynamic, null) : value;
}

/** An item's fields are known with it. */
function toList(value: unknown, item: CelType, lacking: Lacking | null): unknown[] {
  const items = listOf(value).map((one) => item.encode(one, null));
  const lack = lacking?.more ?? null;
  return lack === null
    ? items
    : openList(items, { items: [item.anyOne(lack.known, lack.why)], why: lack.why });
}

function toMap(value: unknown, encode: Encoder, lacking: Lacking | null): Map<string, unknown> {
  const map = new Map<string, unknown>();
  const parts = lacking?.parts ?? emptyTable<Lacking | Unknown>();
  for (const [key, entry] of Object.entries(objectOf(value))) {
    const within = parts[key] ?? null;
    if (!isUnknown(within)) map.set(key, encode(entry, within));
  }
  if (lacking === null) return map;
  const keys = new Map(Object.entries(parts).filter((part): part is [string, Unknown] => isUnknown(part[1])));
  return keys.size === 0 && lacking.more === null ? map : openMap(map, { keys, others: lacking.more });
}

function toObject(
  instance: Record<string, unknown>,
  value: unknown,
  fields: { key: string; encode: Encoder }[],
  lacking: Lacking | null,
): object {
  const given = objectOf(value);
  for (const { key, encode } of fields) {
    const within = lacking === null ? null : lacking.of(key);
    if (within === null && isLong(given[key])) whenRead(instance, key, () => encode(given[key], null));
    else instance[key] = isUnknown(within) ? within : encode(given[key], within);
  }
  return instance;
}

const isLong = (value: unknown): boolean => Array.isArray(value) && value.length > 100;

/** Few expressions read the list of all rules of a host: such a one is converted when it is read. */
function whenRead(instance: Record<string, unknown>, key: string, value: () => unknown): void {
  const hold = (whole: unknown) =>
    Object.defineProperty(instance, key, { value: whole, writable: true, enumerable: true });
  Object.defineProperty(instance, key, {
    configurable: true,
    enumerable: true,
    get() {
      const whole = value();
      hold(whole);
      return whole;
    },
  });
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
