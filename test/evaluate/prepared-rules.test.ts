/** The built-in rules as the program has them are the same rules as their files. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import type { Expression } from '../../src/evaluate/expression/expression.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import { prepare, rulesOf } from '../../src/evaluate/rules/prepare.ts';
import type { PreparedRules } from '../../src/evaluate/rules/prepared.ts';
import { type LoadedRule, loadRules, prepareBuiltins, withTests } from '../../src/evaluate/rules/rules.ts';

const ROOT = join(import.meta.dirname, '../..');
const vocabulary = buildVocabulary(collectors);
const filed = loadRules([], { builtin: true, tests: false, cwd: '/' });
// as it is read from a file
const prepared: PreparedRules = JSON.parse(JSON.stringify(prepareBuiltins()));
const made = rulesOf(prepared, vocabulary, (name) => ({
  file: `rules/${name}.yaml`,
  name,
  folder: join(ROOT, 'rules', name),
  root: join(ROOT, 'rules'),
})).sort((a, b) => (a.id < b.id ? -1 : 1));

const headOf = (expression: Expression | null) =>
  expression && { text: expression.text, type: expression.type, reads: expression.reads };
const plain = ({ when, assert, noteWhen, message, fixConditions, ...rule }: LoadedRule) => ({
  ...rule,
  when: headOf(when),
  assert: headOf(assert),
  noteWhen: headOf(noteWhen),
  message: message.reads,
  interfaces: fixConditions.interfaces.map(({ on, ...one }) => ({ ...one, on: headOf(on) })),
  only: [...fixConditions.only].map(([name, one]) => [name, headOf(one)]),
});

describe('prepared rules', () => {
  it('say the same', () => {
    expect(filed.length).toBeGreaterThan(100);
    expect(made.map(plain)).toEqual(filed.map(plain));
  });

  it('find the same', () => {
    const snapshot = readSnapshot(join(ROOT, 'inventories/demo'));
    const tool = { name: 'twlint', version: '0' };
    const report = evaluate(snapshot, made, collectors, tool);
    expect(report.findings.length).toBeGreaterThan(0);
    expect(report).toEqual(evaluate(snapshot, filed, collectors, tool));
  });

  it('look at the items of a list one by one as well', () => {
    expect(made.map(({ assert }) => headOf(assert.each?.holds ?? null))).toEqual(
      filed.map(({ assert }) => headOf(assert.each?.holds ?? null)),
    );
  });

  it('get their tests from their files', () => {
    expect(withTests(made[0]!).tests).toEqual(loadRules([], { builtin: true, cwd: '/' })[0]!.tests);
  });

  it('are not made of a rule with a mistake, which is told with its place', () => {
    const location = { file: 'a-rule.yaml', name: 'a-rule', folder: '/', root: '/' };
    expect(() => prepare([{ text: 'id: XX001\n', location }], vocabulary)).toThrow(
      /a-rule.yaml:1:1: the rule lacks/,
    );
  });
});
