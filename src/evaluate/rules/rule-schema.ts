import type { Json, Verdict } from '../../model.ts';
import type { Vocabulary } from '../expression/vocabulary.ts';
import { factsSchema } from '../facts/fact-schema.ts';
import { EVIDENCE } from '../recorded-evidence.ts';
import {
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

const described = (description: string, schema: Schema): Schema => ({ description, ...schema });
const like = (pattern: RegExp): Schema => ({ type: 'string', pattern: pattern.source });
const oneOf = (choices: readonly string[]): Schema => ({ enum: [...choices] });

function settings(value: Schema): Schema {
  return { type: 'object', propertyNames: like(SETTING_KEY), additionalProperties: value };
}

const FIX: Schema = mapping(FIX_KEYS, {
  text: described('What to do, in words', TEXT),
  sysctl: described(
    'Settings, and the values that they should have',
    settings({ type: ['number', 'string'], pattern: SETTING_VALUE.source }),
  ),
  atLeast: described('Settings of which more will do, and the least', settings({ type: 'number' })),
  adds: described(
    'Settings that hold a list, and what it should have besides',
    settings({ type: 'string', pattern: SETTING_VALUE.source }),
  ),
  interfaces: described('Settings of interfaces, as rp_filter', {
    type: 'object',
    propertyNames: like(MODULE),
    additionalProperties: mapping(INTERFACE_KEYS, {
      value: described('What should be in force there', { type: 'integer' }),
      on: described('CEL: the names of these interfaces', TEXT),
    }),
  }),
  modules: described('Kernel modules to load, now and at each boot', {
    type: 'array',
    items: like(MODULE),
    minItems: 1,
  }),
  only: described('CEL: where settings and modules, by name, are a part of the fix at all', {
    type: 'object',
    propertyNames: like(SETTING_KEY),
    additionalProperties: TEXT,
  }),
  removes: described('Settings that no file should make', TEXTS),
  commands: described('Shell commands, in order', TEXTS),
  risk: described('What that can break', TEXT),
});

const EXPECTED: Schema = mapping(EXPECT_KEYS, {
  verdict: oneOf(VERDICTS),
  message: described('A part of the message', TEXT),
  severity: described('That of the finding; where it is left out, that of the rule', oneOf(SEVERITIES)),
});

const EXPECTED_SUBJECTS: Schema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(VERDICTS.map((verdict) => [verdict, SUBJECTS])),
};

const TEST: Schema = {
  ...mapping(TEST_KEYS, {
    name: described('What is the case here, in one line', LINE),
    given: described('Facts; what is left out is zero, empty or false, and a word says why one is missing', {
      type: 'object',
    }),
    partial: described(
      'Facts, or entries of them, of which what is given is not all: lists and maps may have more, others are not known',
      TEXTS,
    ),
    evidence: described('A folder beside the rule with recorded evidence: RULE/NAME', like(EVIDENCE)),
    expect: described(
      'A verdict, one with a part of the message or, of evidence, all subjects of a verdict',
      {},
    ),
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
  id: described('Two to four capitals and three digits; stable for good', like(RULE_ID)),
  title: described('The defect, in one line', LINE),
  severity: described(
    'error: it breaks something; warning: it will, or may; note: worth knowing',
    oneOf(SEVERITIES),
  ),
  scope: described('What it is tried on: each host, each network namespace, or each path', oneOf(SCOPES)),
  when: described('CEL: where it applies; without it, everywhere', TEXT),
  assert: described('CEL: what must hold', TEXT),
  noteWhen: described('CEL: where a failure is only a note', TEXT),
  message: described('What is wrong here, with values in {{ }}', TEXT),
  why: described('What goes wrong, and how', TEXT),
  fix: described('What to do about it', FIX),
  references: described('Web addresses of first-hand sources', {
    type: 'array',
    items: like(REFERENCE),
    minItems: 1,
  }),
  supersedes: described('Ids of rules whose findings fold into those of this one', TEXTS),
  yields: described('Ids of rules about paths that know better, where they know', TEXTS),
  kernels: described('For which kernels it matters, in words: < 4.12', LINE),
  falsePositives: described('When a finding is no defect', TEXT),
  tests: described('One that expects fail, one pass, and one unknown at least', {
    type: 'array',
    items: TEST,
    allOf: (['fail', 'pass', 'unknown'] as const).map((verdict) => ({ contains: expecting(verdict) })),
  }),
};
