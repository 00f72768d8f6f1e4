import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { runRuleTests } from '../../src/evaluate/rules/rule-tests.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';

const rules = loadRules([], { builtin: true, cwd: '/' });

it('there are rules', () => {
  expect(rules.length).toBeGreaterThanOrEqual(10);
});

it('without their tests they are the same', () => {
  const untested = loadRules([], { builtin: true, tests: false, cwd: '/' });
  const plain = (list: typeof rules) => JSON.stringify(list.map((rule) => ({ ...rule, tests: [] })));
  expect(plain(untested)).toBe(plain(rules));
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  const results = runRuleTests(rule, readSnapshot);

  it.each(results.map((result) => [result.name, result] as const))('%s', (_name, { detail }) => {
    expect(detail).toBe('');
  });

  it('is named by where it lies, and shown from the package', () => {
    expect(rule.source.file).toBe(`rules/${rule.name}.yaml`);
  });

  it('says what its remedy can break, and when a finding is no defect', () => {
    const { sysctl, atLeast, risk } = rule.fix;
    if (sysctl !== undefined || atLeast !== undefined) expect(risk).toBeDefined();
    expect(rule.falsePositives).toBeDefined();
  });

  it('has near misses, on which it is silent', () => {
    const silent = rule.tests.filter((test) =>
      test.kind === 'given' ? ['pass', 'not-applicable'].includes(test.verdict) : true,
    );
    expect(silent.length).toBeGreaterThanOrEqual(2);
  });

  it.each(['fail', 'unknown'])('has a test of facts that are not whole which expects %s', (verdict) => {
    const ofParts = rule.tests.flatMap((test) =>
      test.kind === 'given' && test.isPartial ? [test.verdict] : [],
    );
    expect(ofParts).toContain(verdict);
  });

  it('explains only rules that there are', () => {
    for (const id of rule.supersedes ?? []) expect(rules.map((other) => other.id)).toContain(id);
  });

  it('yields only to rules about paths', () => {
    for (const id of rule.yields ?? []) expect(rules.find((other) => other.id === id)?.scope).toBe('path');
  });

  it('has a test of what it does not apply to', () => {
    const verdicts = rule.tests.map((test) => (test.kind === 'given' ? test.verdict : 'evidence'));
    if (rule.when !== null) expect(verdicts).toContain('not-applicable');
  });
});
