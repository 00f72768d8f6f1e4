/** The JSON Schema of a file of intents, for editors; made of the same data as its reader. */
import { EVIDENCE } from '../evaluate/recorded-evidence.ts';
import { SEVERITIES } from '../evaluate/rules/rule-shape.ts';
import type { Json } from '../model.ts';
import { type EXPECTATIONS, INTENT_KEYS, INTENT_TEST_KEYS, INTENT_VERDICTS } from './intent-reader.ts';
import { SENDER_FORMS } from './intent-words.ts';

type Schema = Record<string, Json>;

const LINE: Schema = { type: 'string', pattern: '^\\s*\\S[^\\n]*\\s*$' };
const LINES: Schema = { oneOf: [LINE, { type: 'array', minItems: 1, items: LINE }] };

/** Returns the schema (2020-12). */
export function intentSchema(): Schema {
  const properties: Record<(typeof INTENT_KEYS)['required' | 'optional'][number], Schema> = {
    name: { ...LINE, description: 'What must hold, in words' },
    from: { ...LINES, description: `Who sends: ${SENDER_FORMS}` },
    to: { ...LINE, description: 'Where to: ADDRESS[:PORT][/PROTOCOL], as 10.0.0.5:5432/tcp' },
    expect,
    why: { type: 'string', pattern: '\\S', description: 'Why it must hold' },
    severity: {
      enum: [...SEVERITIES],
      description: 'How bad it is where it does not hold: error, if absent',
    },
    tests: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: [...INTENT_TEST_KEYS.required],
        properties: TEST,
      },
      description: 'What comes of it on evidence that was recorded: `twlint intent test`',
    },
  };
  const intent = {
    type: 'object',
    additionalProperties: false,
    required: [...INTENT_KEYS.required],
    properties,
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Intents of twlint: what must hold between senders and an address',
    type: 'object',
    additionalProperties: false,
    required: ['intents'],
    properties: { intents: { type: 'array', minItems: 1, items: intent } },
  };
}

const TEST: Record<(typeof INTENT_TEST_KEYS)['required'][number], Schema> = {
  name: { ...LINE, description: 'What is the case there, in one line' },
  evidence: {
    type: 'string',
    pattern: EVIDENCE.source,
    description: 'A folder with a snapshot beside this file: FILE/NAME for FILE.yaml',
  },
  expect: { enum: [...INTENT_VERDICTS] },
};

const EXPECTED: Record<(typeof EXPECTATIONS)[number], Schema> = {
  delivered: {
    type: 'boolean',
    description: 'Whether packets come to the namespace that has the address in the end, or to nobody',
  },
  source: { ...LINE, description: 'The source that the end sees: kept, translated, an address or a network' },
  clocks: {
    type: 'integer',
    minimum: 1,
    description: 'The most clocks (of TCP timestamps) that may arrive from one address',
  },
  via: {
    ...LINES,
    description: 'The hosts that packets pass, in this order: HOST[/NAMESPACE] or group:NAME',
  },
};

const expect: Schema = {
  description: 'What must become of every packet',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: EXPECTED,
  // what does not arrive has no source
  if: { properties: { delivered: { const: false } }, required: ['delivered'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { maxProperties: 1 },
};
