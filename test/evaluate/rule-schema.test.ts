/** The JSON Schema of rules beside the reader: what the reader takes is valid, and what a schema can see, it refuses. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { ruleSchema } from '../../src/evaluate/rules/rule-schema.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import { parseYaml } from '../../src/yaml.ts';

const ROOT = join(import.meta.dirname, '../..');
const BAD = join(ROOT, 'test/data/bad-rules');

const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(
  ruleSchema(buildVocabulary(collectors)),
);

function errorsIn(text: string, file: string): string[] {
  validate(parseYaml(text, file).value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const rules = loadRules([], { builtin: true, cwd: '/' });

it.each(rules.map(({ source }) => source.file))('%s is valid', (file) => {
  expect(errorsIn(readFileSync(join(ROOT, file), 'utf8'), file)).toEqual([]);
});

/** What is wrong there is within an expression, a matter of several files or of what settings are, or no YAML at all. */
const BEYOND_A_SCHEMA = [
  'Bad_Name',
  'braces',
  'has',
  'item-named-like-a-fact',
  'loops-in-loops',
  'not-a-condition',
  'not-yaml',
  'out-of-scope',
  'pattern-is-none',
  'pattern-not-written-out',
  'pattern-repeats-a-group',
  'repeated-key',
  'reserved-word',
  'several-at-once',
  'syntax-error',
  'too-deep',
  'too-long',
  'types-that-do-not-fit',
  'version-that-is-none',
  'settings-without-their-module',
];

const bad = readdirSync(BAD)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.replace('.yaml', ''));

describe('refuses what is wrong with', () => {
  it.each(bad.filter((name) => !BEYOND_A_SCHEMA.includes(name) && !name.startsWith('typo-')))(
    '%s',
    (name) => {
      const file = join(BAD, `${name}.yaml`);
      expect(errorsIn(readFileSync(file, 'utf8'), file)).not.toEqual([]);
    },
  );
});
