import { expect, it } from 'vitest';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import { type AuditedBy, differenceOf, digestOfRules } from '../../src/parts/audited-by.ts';

const rules = loadRules([], { builtin: true, tests: false, cwd: '.' });
const by: AuditedBy = { twlint: '1.0.0', rules: digestOfRules(rules), netns: 'all', interval: null };
const difference = (change: Partial<AuditedBy>) =>
  differenceOf({ name: 'part-1', by }, { name: 'part-2', by: { ...by, ...change } });

const without = (...ids: string[]) =>
  Object.fromEntries(Object.entries(by.rules).filter(([id]) => !ids.includes(id)));

it.each<[string | null, Partial<AuditedBy>]>([
  [null, {}],
  ['part-1 is of twlint 1.0.0, part-2 of 1.0.1', { twlint: '1.0.1' }],
  ['part-1 is with --netns all, part-2 with --netns init', { netns: 'init' }],
  ['part-1 is without --interval, part-2 with --interval 10s', { interval: '10s' }],
  ['part-1 is with the rule TW001, part-2 without', { rules: without('TW001') }],
  ['part-1 is with the rules TW001, TW002, part-2 without', { rules: without('TW001', 'TW002') }],
  ['part-1 is without the rule XX001, part-2 with', { rules: { ...by.rules, XX001: '0' } }],
  [
    'part-1 and part-2 are by different forms of the rule TW001',
    { rules: { ...by.rules, TW001: '0123456789abcdef' } },
  ],
])('%s', (says, change) => expect(difference(change)).toBe(says));

it('a rule has another digest for all that its findings hang on', () => {
  const [rule] = rules;
  const other = rules[1]!;
  const { id } = rule!;
  const changes = {
    ...{ severity: 'note', title: 'another', fix: { text: 'another' }, supersedes: ['XX001'] },
    ...{ when: { ...other.assert, text: 'false' }, assert: other.assert, noteWhen: other.assert },
    ...{ message: other.message, fixConditions: { interfaces: [], only: new Map([['x', other.assert]]) } },
  } as const;
  for (const [name, value] of Object.entries(changes))
    expect([name, digestOfRules([{ ...rule!, [name]: value }])[id]]).not.toEqual([name, by.rules[id]]);
  const elsewhere = { file: 'elsewhere.yaml', line: 7, column: 1 };
  expect(digestOfRules([{ ...rule!, source: elsewhere, tests: [] }])[id]).toBe(by.rules[id]);
});

it('does not hang on the order of rules', () => {
  expect(JSON.stringify(digestOfRules(rules.toReversed()))).toBe(JSON.stringify(by.rules));
});
