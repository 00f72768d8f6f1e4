/**
 * What a kernel has counted since it began never goes away again: where a rule goes by that alone, it is worth a note,
 * which says since when, and how many a day that is.
 */
import { describe, expect, it } from 'vitest';
import type { LoadedRule } from '../../src/evaluate/rules/rule-reader.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';

const LIFETIME = ['counters total', 'conntrack stats', 'neighbours ipv4 table_fulls'];

const readsLifetime = ({ assert }: LoadedRule) =>
  assert.reads.some(({ fact, keys }) =>
    LIFETIME.some((words) => [fact, ...keys].join(' ').startsWith(words)),
  );

/** The facts that say whether there was an interval. */
const SAMPLED = ['counters', 'conntrack', 'neighbours'];

/** Of two counters that are compared, how many a day says nothing. */
const RATIOS = ['TW006'];

const rules = loadRules([], { builtin: true, cwd: '/' }).filter(readsLifetime);

it('some rules go by them', () => {
  expect(rules.map(({ id }) => id)).toEqual(expect.arrayContaining(['LS002', 'CT004', 'HR006', 'TW005']));
});

describe.each(rules)('$id', ({ id, tests, severity }) => {
  const failing = tests.flatMap((test) => {
    if (test.kind !== 'given' || test.verdict !== 'fail') return [];
    const told = SAMPLED.flatMap((fact) => (test.facts[fact]?.ok ? [test.facts[fact].value.value] : []));
    const isSampled = told.some((value) => (value as { sampled?: boolean }).sampled === true);
    return isSampled ? [] : [test];
  });

  it('is a note without an interval', () => {
    expect(failing.length).toBeGreaterThan(0);
    for (const test of failing) expect([test.name, test.severity ?? severity]).toEqual([test.name, 'note']);
  });

  it('says since when, and how many a day', () => {
    const said = failing.map(({ message }) => message);
    expect(said).toContainEqual(expect.stringMatching(/since|began/));
    if (!RATIOS.includes(id)) expect(said).toContainEqual(expect.stringMatching(/less than one a day/));
    expect(said).not.toContainEqual(expect.stringMatching(/\b0 a day/));
  });
});
