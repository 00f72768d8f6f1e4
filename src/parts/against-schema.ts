import type { Json } from '../model.ts';

type Values = { [key: string]: Json };

const isObject = (value: Json | undefined): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The keywords of JSON Schema that a schema of ours may have: others say nothing that is checked. */
const CHECKED = {
  const: (wanted, value) => (value === wanted ? null : `should be ${JSON.stringify(wanted)}`),
  enum: (choices, value) =>
    Array.isArray(choices) && choices.includes(value) ? null : `should be one of ${JSON.stringify(choices)}`,
  type: (types, value) =>
    (Array.isArray(types) ? types.some((type) => isOf(type, value)) : isOf(types, value))
      ? null
      : `should be ${types}`,
  minimum: (least, value) => (Number(value) >= Number(least) ? null : `should be ${least} at least`),
} as const satisfies Record<string, (keyword: Json, value: Json) => string | null>;

const CHECKS = Object.entries(CHECKED);

function isOf(type: Json, value: Json): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'integer':
      return Number.isSafeInteger(value);
    default:
      return typeof value === type;
  }
}

/**
 * Holds a value against a JSON Schema of ours. A few dozen lines for the few keywords that ours have: what a library for
 * all of them takes to start is more than to read a part.
 *
 * @param root the schema that `#/$defs/` is in
 * @returns the first fault, as `findings[0].severity should be one of ...`; null: there is none
 */
export function againstSchema(
  schema: Json,
  value: Json | undefined,
  root: Json,
  path: string,
): string | null {
  if (value === undefined) return `${path} is missing`;
  if (!isObject(schema)) return null;
  if (typeof schema.$ref === 'string') return againstSchema(definition(schema.$ref, root), value, root, path);
  if (Array.isArray(schema.oneOf)) {
    const faults = schema.oneOf.map((one) => againstSchema(one, value, root, path));
    return faults.includes(null) ? null : (faults[0] ?? null);
  }
  for (const [keyword, check] of CHECKS) {
    const wanted = schema[keyword];
    const fault = wanted === undefined ? null : check(wanted, value);
    if (fault !== null) return `${path} ${fault}`;
  }
  if (Array.isArray(value)) return firstOf(value, (item, i) => inItem(schema, item, root, `${path}[${i}]`));
  return isObject(value) ? inObject(schema, value, root, path) : null;
}

const inItem = ({ items }: Values, value: Json, root: Json, path: string): string | null =>
  items === undefined ? null : againstSchema(items, value, root, path);

function inObject(schema: Values, value: Values, root: Json, path: string): string | null {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const known = isObject(properties) ? properties : {};
  const lacking = (required as string[]).find((name) => !Object.hasOwn(value, name));
  if (lacking !== undefined) return `${path}.${lacking} is missing`;
  return firstOf(Object.entries(value), ([name, inner]) => {
    const place = `${path}.${name}`;
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    if (own !== undefined) return againstSchema(own, inner, root, place);
    return additionalProperties === false
      ? `${place} is not known`
      : againstSchema(additionalProperties, inner, root, place);
  });
}

function definition(ref: string, root: Json): Json {
  const { $defs = {} } = isObject(root) ? root : {};
  return isObject($defs) ? ($defs[ref.replace('#/$defs/', '')] ?? false) : false;
}

function firstOf<T>(items: readonly T[], faultOf: (item: T, i: number) => string | null): string | null {
  for (const [i, item] of items.entries()) {
    const fault = faultOf(item, i);
    if (fault !== null) return fault;
  }
  return null;
}
