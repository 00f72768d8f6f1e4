/** The JSON Schema of twlint.yaml, for editors; made of the same data as its reader. */
import type { Json } from '../model.ts';
import { CONNECTION_KEYS, type OptionKey, type OptionKind, PROFILES, TOP_KEYS } from './config-keys.ts';
import { WAIVER_KEYS } from './waiver-reader.ts';

type Schema = Record<string, Json>;

/** Returns the schema (2020-12). */
export function configSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of twlint: twlint.yaml',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...propertiesOf(TOP_KEYS),
      profile: { enum: [...PROFILES], description: 'Values that come with twlint; those here win' },
      severities: {
        description: 'The severity of rules: by id, or by a pattern of ids',
        type: 'object',
        additionalProperties: { enum: ['error', 'warning', 'note'] },
      },
      connection: { type: 'object', additionalProperties: false, properties: propertiesOf(CONNECTION_KEYS) },
      waivers: {
        description: 'Findings that are accepted for a while',
        type: ['array', 'null'],
        items: waiver(),
      },
    },
  };
}

const propertiesOf = (keys: Readonly<Record<string, OptionKey>>): Schema =>
  Object.fromEntries(
    Object.entries(keys).map(([key, { value, describe }]) => [
      key,
      { description: describe, ...valueSchema(value) },
    ]),
  );

const TEXT: Schema = { type: 'string', pattern: '\\S' };
const LINE: Schema = { type: 'string', pattern: '^\\s*\\S[^\\n]*\\s*$' };
const LIST: Schema = { type: 'array', minItems: 1, items: TEXT };

function valueSchema(value: OptionKind): Schema {
  switch (value.kind) {
    case 'text':
    case 'path':
      return LINE;
    case 'paths':
    case 'inventories':
    case 'patterns':
      return LIST;
    case 'flag':
      return { type: 'boolean' };
    case 'duration':
      return { type: ['string', 'number'], minimum: 0, pattern: '^\\d+(\\.\\d+)?(ms|s|m|min|h)?$' };
    case 'share':
      return { type: ['string', 'integer'], minimum: 0, pattern: '^\\d+%?$' };
    case 'number':
      return { type: 'integer', minimum: value.least };
    case 'choice':
      return { enum: [...value.choices] };
    default:
      return value satisfies never;
  }
}

function waiver(): Schema {
  const described = (description: string, schema: Schema = LINE) => ({ description, ...schema });
  const properties: Record<(typeof WAIVER_KEYS)['required' | 'optional'][number], Schema> = {
    rule: described('The id of a rule, or a pattern of ids'),
    hosts: described('The hosts, as --limit takes them'),
    namespace: described('The name of a network namespace, or a pattern; without it, any'),
    path: described('The name of a path, or a pattern; without it, any'),
    undecided: { description: 'Accept that the check is undecided, too', type: 'boolean' },
    reason: described('Why it is accepted', TEXT),
    owner: described('Who answers for it'),
    until: described('The last day on which it holds, UTC', { type: 'string', format: 'date' }),
  };
  return { type: 'object', additionalProperties: false, required: [...WAIVER_KEYS.required], properties };
}
