import type { Type } from '../../define.ts';
import { type Json, PROBLEMS } from '../../model.ts';

type Schema = Record<string, Json>;

/** The JSON Schema of the facts that a test gives: their values, or the reason why one is missing. */
export function factsSchema(facts: Readonly<Record<string, Type>>): Schema {
  const properties = Object.entries(facts).map(([fact, type]): [string, Json] => [
    fact,
    { anyOf: [ofType(type), { enum: [...PROBLEMS] }] },
  ]);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

/** The values of a fact's type, as a test may give them: fields may be left out. */
function ofType(type: Type): Schema {
  const schema = bare(type);
  return type.doc === undefined ? schema : { description: type.doc, ...schema };
}

function bare(type: Type): Schema {
  switch (type.kind) {
    case 'any':
      return {};
    case 'list':
      return { type: 'array', items: ofType(type.item) };
    case 'map':
      return { type: 'object', additionalProperties: ofType(type.value) };
    case 'object':
      return {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(
          Object.entries(type.fields).map(([name, field]) => [name, ofType(field)]),
        ),
      };
    default:
      return { type: { int: 'integer', double: 'number', string: 'string', bool: 'boolean' }[type.kind] };
  }
}
