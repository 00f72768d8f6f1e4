import type { Type } from '../../src/define.ts';

/** Where a value is not of the type that its collector declares: rules are checked against that type. */
export function misfits(value: unknown, type: Type, path = 'value'): string[] {
  switch (type.kind) {
    case 'any':
      return value === undefined ? [`${path} is undefined`] : [];
    case 'int':
      return Number.isInteger(value) ? [] : [`${path} is no integer`];
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? [] : [`${path} is no number`];
    case 'string':
      return typeof value === 'string' ? [] : [`${path} is no string`];
    case 'bool':
      return typeof value === 'boolean' ? [] : [`${path} is no boolean`];
    case 'list':
      return Array.isArray(value)
        ? value.flatMap((item, i) => misfits(item, type.item, `${path}[${i}]`))
        : [`${path} is no list`];
    case 'map':
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, item]) => misfits(item, type.value, `${path}["${key}"]`))
        : [`${path} is no map`];
    case 'object':
      return isRecord(value) ? misfitsOfFields(value, type.fields, path) : [`${path} is no object`];
  }
}

function misfitsOfFields(
  value: Record<string, unknown>,
  fields: Record<string, Type>,
  path: string,
): string[] {
  const extra = Object.keys(value).filter((key) => !(key in fields));
  return [
    ...extra.map((key) => `${path}.${key} is not declared`),
    ...Object.entries(fields).flatMap(([key, type]) =>
      key in value ? misfits(value[key], type, `${path}.${key}`) : [`${path}.${key} is missing`],
    ),
  ];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
