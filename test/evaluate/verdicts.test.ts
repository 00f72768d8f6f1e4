import { expect, it } from 'vitest';
import { type Parsed, t } from '../../src/define.ts';
import { messageOf } from '../../src/evaluate/expression/message.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import type { Fact } from '../../src/evaluate/facts/facts.ts';
import { contextOf, toFacts } from '../../src/evaluate/subjects.ts';
import { judge, severityOf } from '../../src/evaluate/verdicts.ts';
import type { Problem } from '../../src/model.ts';
import { collectorsOf } from './collectors.ts';

const vocabulary = buildVocabulary(
  collectorsOf({
    alpha: { type: t.map(t.int()) },
    beta: { type: t.list(t.string()) },
    gamma: { type: t.map(t.any()), scope: 'host' },
    delta: { type: t.object({ list: t.list(t.int()) }) },
  }),
);

interface Case {
  name: string;
  when?: string;
  assert: string;
  message?: string;
  facts: Record<string, Problem | Parsed<unknown>>;
  /** It is an image. */
  atRest?: true;
  expect: string;
}

const alpha = (value: Record<string, number>, more: Partial<Parsed<unknown>> = {}) => ({ value, ...more });

const cases: Case[] = [
  {
    name: 'what holds passes',
    assert: 'alpha.a == 1',
    facts: { alpha: alpha({ a: 1 }) },
    expect: 'pass',
  },
  {
    name: 'what does not hold fails, with its message',
    assert: 'alpha.a == 1',
    message: 'a is {{ alpha.a }}, not 1',
    facts: { alpha: alpha({ a: 2 }) },
    expect: 'fail: a is 2, not 1',
  },
  {
    name: 'without "when" being true, it does not apply',
    when: 'alpha.a == 1',
    assert: 'false',
    facts: { alpha: alpha({ a: 2 }) },
    expect: 'not-applicable',
  },
  {
    name: 'a missing fact that "when" reads',
    when: 'size(beta) > 0',
    assert: 'false',
    facts: { beta: 'denied' },
    expect: 'unknown: beta is not known: denied, for a test',
  },
  {
    name: 'a missing fact that only "assert" reads does not matter where the rule does not apply',
    when: 'alpha.a == 1',
    assert: 'size(beta) > 0',
    facts: { alpha: alpha({ a: 2 }), beta: 'denied' },
    expect: 'not-applicable',
  },
  {
    name: 'a missing fact that "assert" reads, where it applies',
    when: 'alpha.a == 1',
    assert: 'size(beta) > 0',
    facts: { alpha: alpha({ a: 1 }), beta: 'timeout' },
    expect: 'unknown: beta is not known: timeout, for a test',
  },
  {
    name: 'what holds acquits nobody where it is not known whether it means something',
    when: 'size(beta) > 0',
    assert: 'alpha.a == 0',
    facts: { alpha: alpha({ a: 0 }), beta: 'denied' },
    expect: 'unknown: beta is not known: denied, for a test',
  },
  ...['alpha.a == 1 || size(beta) > 0', 'size(beta) > 0 || alpha.a == 1'].map((assert) => ({
    name: `one side of an "or" acquits, whatever the order: ${assert}`,
    assert,
    facts: { alpha: alpha({ a: 1 }), beta: 'unparsable' as const },
    expect: 'pass',
  })),
  ...['alpha.a == 2 && size(beta) > 0', 'size(beta) > 0 && alpha.a == 2'].map((assert) => ({
    name: `one side of an "and" convicts, whatever the order: ${assert}`,
    assert,
    facts: { alpha: alpha({ a: 1 }), beta: 'truncated' as const },
    expect: 'fail: broken',
  })),
  {
    name: 'where neither side decides, it is not known',
    assert: 'alpha.a == 2 || size(beta) > 0',
    facts: { alpha: alpha({ a: 1 }), beta: 'truncated' },
    expect: 'unknown: beta is not known: truncated, for a test',
  },
  {
    name: 'a condition that is not known, and need not be',
    assert: '(size(beta) > 0 ? alpha.a : 2) == 2',
    facts: { alpha: alpha({ a: 2 }), beta: 'denied' },
    expect: 'pass',
  },
  {
    name: 'a missing fact that only the message reads: it says so',
    assert: 'alpha.a == 1',
    message: 'a is {{ alpha.a }} beside {{ size(beta) }}',
    facts: { alpha: alpha({ a: 2 }), beta: 'failed' },
    expect: 'fail: a is 2 beside not known',
  },
  {
    name: 'all that is missing is told',
    assert: 'alpha.a == 1 || size(beta) > 0 || "x" in gamma || alpha.b == 1',
    facts: { alpha: 'absent', beta: 'denied', gamma: 'unsupported' },
    expect:
      'unknown: alpha is not known: absent, for a test; beta is not known: denied, for a test; gamma is not known: unsupported, for a test',
  },
  {
    name: 'a fact that nobody collected',
    assert: 'size(beta) > 0',
    facts: {},
    expect: 'unknown: beta is not known: unsupported, it was not collected',
  },
  {
    name: 'an entry that is not there',
    assert: 'alpha.b == 1',
    facts: { alpha: alpha({ a: 1 }) },
    expect: "unknown: it can't be told: there is no b",
  },
  {
    name: 'an entry that is not there, in "when"',
    when: 'alpha.b == 1',
    assert: 'true',
    facts: { alpha: alpha({ a: 1 }) },
    expect: 'unknown: "when" can\'t be told: there is no b',
  },
  {
    name: 'an entry that is not there, in the message only: the finding stands',
    assert: 'alpha.a == 1',
    message: 'b is {{ alpha.b }}',
    facts: { alpha: alpha({ a: 2 }) },
    expect: 'fail: b is (unknown: there is no b)',
  },
  {
    name: 'an entry that could not be read',
    assert: '!("b" in alpha)',
    facts: { alpha: alpha({ a: 1 }, { unreadable: { b: 'permission denied' } }) },
    expect: 'unknown: alpha b could not be read: permission denied',
  },
  {
    name: 'an entry that could not be read, and need not be',
    assert: 'alpha.a == 1',
    facts: { alpha: alpha({ a: 1 }, { unreadable: { b: 'permission denied' } }) },
    expect: 'pass',
  },
  {
    name: 'an entry that could not be read, of a fact that is read as a whole',
    assert: 'alpha.all(key, alpha[key] == 1)',
    facts: { alpha: alpha({ a: 1 }, { unreadable: { b: 'permission denied' } }) },
    expect: 'unknown: alpha b could not be read: permission denied',
  },
  {
    name: 'half a fact does not acquit',
    assert: 'size(beta) == 0',
    facts: { beta: { value: [], partial: 'a table was not shown' } },
    expect: 'unknown: beta is not complete: a table was not shown',
  },
  {
    name: 'nor by not applying',
    when: 'size(beta) > 0',
    assert: 'false',
    facts: { beta: { value: [], partial: 'a table was not shown' } },
    expect: 'unknown: beta is not complete: a table was not shown',
  },
  {
    name: 'half a fact convicts',
    assert: 'size(beta) == 0',
    message: 'there are {{ beta }}',
    facts: { beta: { value: ['x', 'y'], partial: 'a table was not shown' } },
    expect: 'fail: there are x, y',
  },
  {
    name: 'a message says what is known of a sentence, and leaves out a clause that may not stand',
    assert: 'alpha.a == 1',
    message:
      "{{ 'a of ' + string(size(beta)) + ' and b ' + string(alpha.b) + (alpha.b > 1 ? ', too many' : '') }}",
    facts: {
      alpha: alpha({ a: 2 }, { unreadable: { b: 'permission denied' } }),
      beta: { value: ['x'], partial: 'a table was not shown' },
    },
    expect: 'fail: a of at least 1 and b not known',
  },
  {
    name: 'half a fact has at least what is known of it',
    assert: 'size(beta) < 2',
    message: '{{ size(beta) }}: {{ beta }}',
    facts: { beta: { value: ['x', 'y'], partial: 'a table was not shown' } },
    expect: 'fail: at least 2: x, y',
  },
  {
    name: 'a message names an item that is known',
    assert: 'size(beta) == 0',
    message: "{{ beta[0] }} and {{ beta[1] }}{{ size(beta) > 2 ? ' and more' : '' }}",
    facts: { beta: { value: ['x'], partial: 'a table was not shown' } },
    expect: 'fail: x and not known',
  },
  {
    name: 'a place in half a list proves nothing',
    assert: 'beta[0] != "x"',
    facts: { beta: { value: ['x'], partial: 'a table was not shown' } },
    expect: 'unknown: beta is not complete: a table was not shown',
  },
  {
    name: 'an entry that half a map does not show',
    when: '"b" in alpha',
    assert: 'alpha.b == 1',
    facts: { alpha: alpha({ a: 1 }, { partial: 'only some were shown' }) },
    expect: 'unknown: alpha b is not known: only some were shown',
  },
  {
    name: 'an entry that half a map shows',
    when: '"a" in alpha',
    assert: 'alpha.a == 1',
    facts: { alpha: alpha({ a: 1 }, { partial: 'only some were shown' }) },
    expect: 'pass',
  },
  {
    name: 'half a fact that was not read',
    assert: 'alpha.a == 1',
    facts: { alpha: alpha({ a: 1 }), beta: { value: [], partial: 'a table was not shown' } },
    expect: 'pass',
  },
  {
    name: 'comparing a word with a number',
    assert: 'gamma.a > 1',
    facts: { gamma: { value: { a: '32768 60999' } } },
    expect: "unknown: it can't be told: no such overload: dyn<string> > int",
  },
  {
    name: 'an entry that nothing here can tell',
    assert: 'alpha.a == 1',
    facts: { alpha: alpha({ a: 1 }, { unsupported: { a: 'a kernel knows' } }) },
    expect: 'unknown: alpha a could not be read: a kernel knows',
  },
  {
    name: 'an entry that nothing here can tell, of an image',
    assert: 'alpha.a == 1',
    facts: { alpha: alpha({ a: 1 }, { unsupported: { a: 'a kernel knows' } }) },
    atRest: true,
    expect: 'not-applicable: alpha a could not be read: a kernel knows',
  },
  {
    name: 'a fact that only a running kernel knows, of an image',
    when: 'size(beta) > 0',
    assert: 'false',
    facts: { beta: 'unsupported' },
    atRest: true,
    expect: 'not-applicable: beta is not known: unsupported, for a test',
  },
  {
    name: 'a rule that asks a running kernel does not apply to an image, whatever else is missing',
    assert: 'size(beta) > 0 && alpha.a == 1',
    facts: { beta: 'unsupported', alpha: 'denied' },
    atRest: true,
    expect:
      'not-applicable: beta is not known: unsupported, for a test; alpha is not known: denied, for a test',
  },
  {
    name: 'what could not be read of an image',
    assert: 'alpha.a == 1',
    facts: { alpha: 'denied' },
    atRest: true,
    expect: 'unknown: alpha is not known: denied, for a test',
  },
];

it.each(cases)('$name', ({ when, assert, message = 'broken', facts: given, atRest, expect: expected }) => {
  const facts = factsOf(given);
  const rule = {
    when: when === undefined ? null : compiled(when),
    assert: compiled(assert),
    message: messageOf(
      message.split(/\{\{|\}\}/).map((part, i) => (i % 2 === 0 ? part : compiled(part, 'text'))),
    ),
  };
  const judgement = judge(rule, { facts, context: contextOf(facts), ...(atRest && { atRest }) });
  const said = judgement.message === '' ? '' : `: ${judgement.message}`;
  expect(`${judgement.verdict}${said}`).toBe(expected);
});

it('shows the lines of the words that were read, in that order, each once', () => {
  const line = (text: string, line = 1) => ({ origin: '/proc/alpha', line, text });
  const facts = factsOf({
    alpha: alpha({ a: 1, b: 2, c: 3 }, { lines: { a: line('a 1'), b: line('b 2', 2), c: line('c 3', 3) } }),
    beta: { value: [], lines: { other: line('no') } },
  });
  const rule = {
    when: compiled('"b" in alpha'),
    assert: compiled('alpha.a == 2 || alpha.b == 1 || size(beta) > 0'),
    message: messageOf(['c']),
  };
  const { evidence } = judge(rule, { facts, context: contextOf(facts) });
  expect(evidence.map(({ text }) => text)).toEqual(['b 2', 'a 1']);
});

it('shows eight lines of a word, and tells of the others', () => {
  const lines = Array.from({ length: 12 }, (_, i) => ({
    origin: 'ipvs',
    line: i + 1,
    text: `service ${i + 1}`,
  }));
  const facts = factsOf({ alpha: alpha({ a: 1 }, { lines: { a: lines } }) });
  const rule = { when: null, assert: compiled('alpha.a == 2'), message: messageOf(['no']) };
  const { evidence } = judge(rule, { facts, context: contextOf(facts) });
  expect(evidence).toHaveLength(9);
  expect(evidence.at(-1)).toEqual({ origin: 'ipvs', line: 0, text: '... and 4 more' });
});

it('of a list, shows the lines of the items that fail; all where items have no line each', () => {
  const lines = [1, 2, 3].map((number) => ({ origin: 'list', line: number, text: `item ${number}` }));
  const rule = { when: null, assert: compiled('delta.list.all(one, one != 2)'), message: messageOf(['no']) };
  const shown = (list: number[]) => {
    const facts = factsOf({ delta: { value: { list }, lines: { list: lines } } });
    return judge(rule, { facts, context: contextOf(facts) }).evidence.map(({ text }) => text);
  };
  expect(shown([1, 2, 3])).toEqual(['item 2']);
  expect(shown([1, 2])).toEqual(['item 1', 'item 2', 'item 3']);
});

it.each<[string, string | null, Record<string, Problem | Parsed<unknown>>, string]>([
  ['a failure has the severity of its rule', null, {}, 'error'],
  ['it is a note where the rule says so', 'alpha.a == 1', { alpha: alpha({ a: 1 }) }, 'note'],
  ['elsewhere it is none', 'alpha.a == 1', { alpha: alpha({ a: 2 }) }, 'error'],
  ['nor where that is not known', 'alpha.a == 1', { alpha: 'denied' }, 'error'],
  ['nor where it can not be told', 'alpha.b == 1', { alpha: alpha({ a: 1 }) }, 'error'],
])('%s', (_, noteWhen, given, severity) => {
  const facts = factsOf(given);
  const rule = { severity: 'error' as const, noteWhen: noteWhen === null ? null : compiled(noteWhen) };
  const known = { facts, context: contextOf(facts) };
  expect(severityOf(rule, 'fail', known)).toBe(severity);
  expect(severityOf(rule, 'pass', known)).toBe('error');
});

function compiled(text: string, use: 'value' | 'text' = 'value') {
  const result = vocabulary.languages.netns.compile(text, use);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join());
  return result.expression;
}

function factsOf(given: Record<string, Problem | Parsed<unknown>>): Map<string, Fact> {
  return toFacts(
    Object.entries(given).map(([fact, value]) => [
      fact,
      typeof value === 'string' ? { ok: false, problem: value, reason: 'for a test' } : { ok: true, value },
    ]),
    vocabulary,
  );
}
