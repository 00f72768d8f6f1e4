import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Type } from '../../src/define.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { readRule } from '../../src/evaluate/rules/rule-reader.ts';
import { runRuleTests } from '../../src/evaluate/rules/rule-tests.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/writing-rules.md'), 'utf8');
const vocabulary = buildVocabulary(collectors);

function fieldsOf(type: Type): string[] {
  if (type.kind === 'list') return fieldsOf(type.item);
  if (type.kind === 'map') return fieldsOf(type.value);
  if (type.kind !== 'object') return [];
  return Object.entries(type.fields).flatMap(([name, field]) => [name, ...fieldsOf(field)]);
}

it.each(Object.entries(vocabulary.facts.netns))('the page tells all of %s', (fact, type) => {
  const item = page.split(/^(?=- `)|\n\n/m).find((part) => part.startsWith(`- \`${fact}\`:`));
  expect(item).toBeDefined();
  for (const field of fieldsOf(type)) expect(item).toContain(`\`${field}\``);
});

it('the example on the page is a rule, and passes its own tests', () => {
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(page)!;
  const place = { file: 'docs/writing-rules.md', name: 'example', folder: 'example', root: '.' };
  const { rule, document } = readRule(example!, place, vocabulary);
  expect(document.errors.map((error) => error.describe())).toEqual([]);
  const results = runRuleTests(rule!, () => {
    throw new Error('the example has no evidence');
  });
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
});
