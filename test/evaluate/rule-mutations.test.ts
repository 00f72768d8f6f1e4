/**
 * Do the tests inside a rule hold it fast? Each part of its conditions is changed, one at a time: `assert` turned
 * around, every number moved by one in both directions, every text changed, every `&&` and `||` swapped, every
 * comparison turned, each `!` left out, `exists` and `all` swapped. A changed rule must fail at least one of its own tests, or be refused.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { readRule } from '../../src/evaluate/rules/rule-reader.ts';
import { runRuleTests } from '../../src/evaluate/rules/rule-tests.ts';
import { type LoadedRule, loadRules } from '../../src/evaluate/rules/rules.ts';
import { parseYaml } from '../../src/yaml.ts';

const ROOT = join(import.meta.dirname, '../..');
const vocabulary = buildVocabulary(collectors);
type Document = Record<string, unknown> & { when?: string; assert: string; noteWhen?: string };

interface Mutant {
  key: 'when' | 'assert' | 'noteWhen';
  text: string;
  change: string;
}

/** A text or a number as it is written, an operator, or a loop. */
const TOKEN = /'[^']*'|"[^"]*"|\b\d+(?:\.\d+)?\b|&&|\|\||[<>]=?|[!=]=|!|\.(?:exists|all)\(/g;
const TURNED: Record<string, string> = {
  '&&': '||',
  '||': '&&',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  '==': '!=',
  '!=': '==',
  '!': '',
  '.exists(': '.all(',
  '.all(': '.exists(',
};

function mutantsOf(key: Mutant['key'], text: string): Mutant[] {
  const found = [...text.matchAll(TOKEN)].flatMap(({ 0: token, index }) =>
    replacementsOf(token).map((replacement) => ({
      key,
      text: text.slice(0, index) + replacement + text.slice(index + token.length),
      change: `${key}, at ${index}: ${token} becomes ${replacement}`,
    })),
  );
  const turned = key === 'assert' ? [{ key, text: `!(${text})`, change: 'assert is turned around' }] : [];
  return [...turned, ...found];
}

function replacementsOf(token: string): string[] {
  const turned = TURNED[token];
  if (turned !== undefined) return [turned];
  // a kernel's version
  const version = /^(["'])(\d+)\.(\d+)\1$/.exec(token);
  if (version) return [-1, 1].map((by) => `"${version[2]}.${Number(version[3]) + by}"`);
  if (/^["']/.test(token)) return [`${token.slice(0, -1)}~${token.at(-1)}`];
  const digits = token.split('.')[1]?.length ?? 0;
  return [-1, 1].map((by) => (Number(token) + by / 10 ** digits).toFixed(digits));
}

/** Whether the rule's tests, or the loader, notice. */
function isNoticed(rule: LoadedRule, document: Document, { key, text }: Mutant): boolean {
  const place = {
    file: rule.source.file,
    name: rule.name,
    folder: join(ROOT, 'rules', rule.name),
    root: join(ROOT, 'rules'),
  };
  // JSON is YAML
  const read = readRule(JSON.stringify({ ...document, [key]: text }), place, vocabulary);
  return read.rule === null || runRuleTests(read.rule, readSnapshot).some(({ ok }) => !ok);
}

const rules = loadRules([], { builtin: true, cwd: '/' });

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  const file = join(ROOT, rule.source.file);
  const document = parseYaml(readFileSync(file, 'utf8'), file).value as Document;
  const mutants = [
    ...(document.when === undefined ? [] : mutantsOf('when', document.when)),
    ...mutantsOf('assert', document.assert),
    ...(document.noteWhen === undefined ? [] : mutantsOf('noteWhen', document.noteWhen)),
  ];

  it(`is held fast by its tests (${mutants.length} changes)`, () => {
    const unnoticed = mutants.filter((mutant) => !isNoticed(rule, document, mutant));
    expect(unnoticed.map(({ change, text }) => `${change}\n    ${text.replaceAll(/\s+/g, ' ')}`)).toEqual([]);
  });
});
