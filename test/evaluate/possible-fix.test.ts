/** A fix that a rule about one host makes for a subject is one that the rule can have; a changed one is not. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { fixFor } from '../../src/evaluate/remedies/finding-fix.ts';
import { mayBeFixOf } from '../../src/evaluate/remedies/possible-fix.ts';
import { type LoadedRule, loadRules } from '../../src/evaluate/rules/rules.ts';
import { contextOf, toFacts } from '../../src/evaluate/subjects.ts';
import type { Fix } from '../../src/model.ts';

const all = loadRules([], { builtin: true, cwd: join(import.meta.dirname, '../..') });
const rules = all.filter(({ scope }) => scope !== 'path');
const vocabulary = buildVocabulary(collectors);

/** The fixes for the subjects of a rule's own tests. */
function fixesOf(rule: LoadedRule): Fix[] {
  return rule.tests.flatMap((test) => {
    if (test.kind !== 'given') return [];
    const given = Object.entries(test.facts).map(
      ([fact, one]) => [fact, one.ok ? one : { ...one, reason: 'as the test has it' }] as const,
    );
    const facts = toFacts(
      given.map(([fact, one]) => [fact, one]),
      vocabulary,
    );
    return fixFor(rule, { facts, context: contextOf(facts) }) ?? [];
  });
}

const made = rules.flatMap((rule) => fixesOf(rule).map((fix) => ({ id: rule.id, rule, fix })));

it('the tests of rules make fixes, of settings of interfaces among them', () => {
  expect(made.length).toBeGreaterThan(20);
  const keys = made.flatMap(({ fix }) => Object.keys(fix.sysctl ?? {}));
  expect(keys.some((key) => /^net\.ipv4\.conf\.eth\d+\./.test(key))).toBe(true);
});

it('each of them is one of its rule', () => {
  expect(made.filter(({ rule, fix }) => !mayBeFixOf(rule, fix)).map(({ id }) => id)).toEqual([]);
  expect(rules.filter((rule) => !mayBeFixOf(rule, withoutInterfaces(rule.fix))).map(({ id }) => id)).toEqual(
    [],
  );
});

const withoutInterfaces = ({ interfaces: _, ...fix }: Fix): Fix => fix;

describe.each<[string, (fix: Fix) => Fix]>([
  ['words', (fix) => ({ ...fix, text: `${fix.text} ` })],
  ['a risk', (fix) => ({ ...fix, risk: 'none' })],
  ['a command', (fix) => ({ ...fix, commands: [...(fix.commands ?? []), 'true'] })],
  ['a setting', (fix) => ({ ...fix, sysctl: { ...fix.sysctl, 'kernel.core_pattern': '|/bin/sh' } })],
  ['a setting of an interface', (fix) => ({ ...fix, sysctl: { 'net.ipv4.conf.eth0.accept_redirects': 1 } })],
  ['a setting of a prototype', (fix) => ({ ...fix, sysctl: JSON.parse('{"__proto__": 1}') })],
  ['a least value', (fix) => ({ ...fix, atLeast: { ...fix.atLeast, 'kernel.panic': 1 } })],
  ['a word of a list', (fix) => ({ ...fix, adds: { ...fix.adds, 'net.ipv4.ip_local_reserved_ports': '1' } })],
  ['a module', (fix) => ({ ...fix, modules: [...(fix.modules ?? []), 'evil'] })],
  ['a setting that goes', (fix) => ({ ...fix, removes: [...(fix.removes ?? []), 'kernel.panic'] })],
  ['settings of interfaces', (fix) => ({ ...fix, interfaces: { rp_filter: 0 } })],
])('with %s of somebody else', (_, change) => {
  it('is none of any rule', () => {
    const whole = rules.map((rule) => ({ id: rule.id, rule, fix: withoutInterfaces(rule.fix) }));
    const taken = [...made, ...whole].filter(({ rule, fix }) => mayBeFixOf(rule, change(fix)));
    expect(taken.map(({ id }) => id)).toEqual([]);
  });
});
