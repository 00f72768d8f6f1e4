import type { Json, Verdict } from '../../model.ts';
import type { Vocabulary } from '../expression/vocabulary.ts';
import { factsSchema } from '../facts/fact-schema.ts';
import {
  EVIDENCE,
  EXPECT_KEYS,
  FIX_KEYS,
  INTERFACE_KEYS,
  MODULE,
  REFERENCE,
  RULE_ID,
  RULE_KEYS,
  SCOPES,
  SETTING_KEY,
  SETTING_VALUE,
  SEVERITIES,
  TEST_KEYS,
  VERDICTS,
} from './rule-shape.ts';

type Schema = Record<string, Json>;

/**
 * Returns the JSON Schema (2020-12) of rule files. What only an expression's meaning shows, the reader alone refuses.
 */
export function ruleSchema({ facts }: Vocabulary): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A rule of twlint',
    ...mapping(RULE_KEYS, RULE),
    allOf: SCOPES.map((scope) =>
      implies(
        { properties: { scope: { const: scope } }, required: ['scope'] },
        { properties: { tests: { items: { properties: { given: { $ref: `#/$defs/${scope}` } } } } } },
      ),
    ),
    $defs: Object.fromEntries(SCOPES.map((scope) => [scope, factsSchema(facts[scope])])),
  };
}

/** Builds an implication. Not as a literal: an object with a `then` of its own looks like a promise. */
const implies = (condition: Schema, consequence: Schema): Schema =>
  Object.fromEntries([
    ['if', condition],
    ['then', consequence],
  ]);

const TEXT: Schema = { type: 'string', pattern: '\\S' };
const LINE: Schema = { type: 'string', pattern: '^\\s*\\S[^\\n]*\\s*$' };
const TEXTS: Schema = { type: 'array', items: TEXT, minItems: 1 };
const SUBJECTS: Schema = { type: 'array', items: TEXT };

/** A mapping of these keys and no others; the table of its entries must have each of them. */
function mapping<K extends string>(
  { required, optional = [] }: { required: readonly K[]; optional?: readonly K[] },
  properties: Record<K, Schema>,
): Schema {
  const known: K[] = [...required, ...optional];
  return {
    type: 'object',
    required: [...required],
    additionalProperties: false,
    properties: Object.fromEntries(known.map((key) => [key, properties[key]])),
  };
}

const told = (description: string, schema: Schema): Schema => ({ description, ...schema });
const like = (pattern: RegExp): Schema => ({ type: 'string', pattern: pattern.source });
const oneOf = (choices: readonly string[]): Schema => ({ enum: [...choices] });

function settings(value: Schema): Schema {
  return { type: 'object', propertyNames: like(SETTING_KEY), additionalProperties: value };
}

const FIX: Schema = mapping(FIX_KEYS, {
  text: told('What to do, in words', TEXT),
  sysctl: told(
    'Settings, and the values that they should have',
    settings({ type: ['number', 'string'], pattern: SETTING_VALUE.source }),
  ),
  atLeast: told('Settings of which more will do, and the least', settings({ type: 'number' })),
  adds: told(
    'Settings that hold a list, and what it should have besides',
    settings({ type: 'string', pattern: SETTING_VALUE.source }),
  ),
  interfaces: told('Settings of interfaces, as rp_filter', {
    type: 'object',
    propertyNames: like(MODULE),
    additionalProperties: mapping(INTERFACE_KEYS, {
      value: told('What should be in force there', { type: 'integer' }),
      on: told('CEL: the names of these interfaces', TEXT),
    }),
  }),
  modules: told('Kernel modules to load, now and at each boot', {
    type: 'array',
    items: like(MODULE),
    minItems: 1,
  }),
  only: told('CEL: where settings and modules, by name, are a part of the fix at all', {
    type: 'object',
    propertyNames: like(SETTING_KEY),
    additionalProperties: TEXT,
  }),
  removes: told('Settings that no file should make', TEXTS),
  commands: told('Shell commands, in order', TEXTS),
  risk: told('What that can break', TEXT),
});

const EXPECTED: Schema = mapping(EXPECT_KEYS, {
  verdict: oneOf(VERDICTS),
  message: told('A part of the message', TEXT),
});

const EXPECTED_SUBJECTS: Schema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(VERDICTS.map((verdict) => [verdict, SUBJECTS])),
};

const TEST: Schema = {
  ...mapping(TEST_KEYS, {
    name: told('What is the case here, in one line', LINE),
    given: told('Facts; what is left out is zero, empty or false, and a word says why one is missing', {
      type: 'object',
    }),
    evidence: told('A folder beside the rule with recorded evidence: RULE/NAME', like(EVIDENCE)),
    expect: told('A verdict, one with a part of the message or, of evidence, all subjects of a verdict', {}),
  }),
  oneOf: [
    { required: ['given'], properties: { expect: { anyOf: [oneOf(VERDICTS), EXPECTED] } } },
    { required: ['evidence'], properties: { expect: EXPECTED_SUBJECTS } },
  ],
};

/** A test that expects a verdict, in any of the three ways to say so. */
const expecting = (verdict: Verdict): Schema => ({
  required: ['expect'],
  properties: {
    expect: {
      anyOf: [
        { const: verdict },
        { type: 'object', properties: { verdict: { const: verdict } }, required: ['verdict'] },
        { type: 'object', properties: { [verdict]: { minItems: 1 } }, required: [verdict] },
      ],
    },
  },
});

const RULE: Record<(typeof RULE_KEYS.required | typeof RULE_KEYS.optional)[number], Schema> = {
  id: told('Two to four capitals and three digits; stable for good', like(RULE_ID)),
  title: told('The defect, in one line', LINE),
  severity: told(
    'error: it breaks something; warning: it will, or may; note: worth knowing',
    oneOf(SEVERITIES),
  ),
  scope: told('What it is tried on: each host, each network namespace, or each path', oneOf(SCOPES)),
  when: told('CEL: where it applies; without it, everywhere', TEXT),
  assert: told('CEL: what must hold', TEXT),
  noteWhen: told('CEL: where a finding is a note, whatever the severity', TEXT),
  message: told('What is wrong here, with values in {{ }}', TEXT),
  why: told('What goes wrong, and how', TEXT),
  fix: told('What to do about it', FIX),
  references: told('Web addresses of first-hand sources', {
    type: 'array',
    items: like(REFERENCE),
    minItems: 1,
  }),
  supersedes: told('Ids of rules whose findings fold into those of this one', TEXTS),
  kernels: told('For which kernels it matters, in words: < 4.12', LINE),
  falsePositives: told('When a finding is no defect', TEXT),
  tests: told('One that expects fail, one pass, and one unknown at least', {
    type: 'array',
    items: TEST,
    allOf: (['fail', 'pass', 'unknown'] as const).map((verdict) => ({ contains: expecting(verdict) })),
  }),
};
