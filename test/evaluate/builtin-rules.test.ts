import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { runRuleTests } from '../../src/evaluate/rule-tests.ts';
import { loadRules } from '../../src/evaluate/rules.ts';

const rules = loadRules([], { builtin: true, cwd: '/' });

it('there are rules', () => {
  expect(rules.length).toBeGreaterThanOrEqual(10);
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  const results = runRuleTests(rule, readSnapshot);

  it.each(results.map((result) => [result.name, result] as const))('%s', (_name, { detail }) => {
    expect(detail).toBe('');
  });

  it('is named by where it lies, and shown from the package', () => {
    expect(rule.source.file).toBe(`rules/${rule.name}.yaml`);
  });

  it('has a test of what it does not apply to', () => {
    const verdicts = rule.tests.map((test) => (test.kind === 'given' ? test.verdict : 'evidence'));
    if (rule.when !== null) expect(verdicts).toContain('not-applicable');
  });
});
