/**
 * Who is convicted on a part of the facts reads what is known of them: the same words as if these were all, where numbers
 * say that there may be more, and without the clauses that may not stand.
 */
import { expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import type { RuleTest } from '../../src/evaluate/rules/rule-tests-reader.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import { contextOf, toFacts } from '../../src/evaluate/subjects.ts';
import { judge } from '../../src/evaluate/verdicts.ts';

type Given = Extract<RuleTest, { kind: 'given' }>;

const vocabulary = buildVocabulary(collectors);
const rules = loadRules([], { builtin: true, cwd: '/' });
const convicted = rules.flatMap((rule) =>
  rule.tests.flatMap((test) =>
    test.kind === 'given' && test.verdict === 'fail' && isPartial(test)
      ? [[rule.id, test.name, rule, test] as const]
      : [],
  ),
);

function isPartial({ facts }: Given): boolean {
  return Object.values(facts).some((fixture) => fixture.ok && fixture.value.partial !== undefined);
}

it('each rule convicts on a part of its facts, or all but a few', () => {
  expect(new Set(convicted.map(([id]) => id)).size).toBeGreaterThan(rules.length / 2);
});

it.each(convicted)('%s: %s', (_id, _name, rule, test) => {
  const said = (isWhole: boolean) => {
    const facts = toFacts(
      Object.entries(test.facts).map(([fact, fixture]) => {
        if (!fixture.ok) return [fact, { ...fixture, reason: 'for a test' }];
        const { partial: _, ...whole } = fixture.value;
        return [fact, isWhole ? { ...fixture, value: whole } : fixture];
      }),
      vocabulary,
    );
    return judge(rule, { facts, context: contextOf(facts) }).message;
  };
  const [ofPart, ofAll] = [wordsOf(said(false)), wordsOf(said(true))];
  expect(ofPart.length).toBeGreaterThan(0);
  let next = 0;
  for (const word of ofAll) if (word === ofPart[next]) next++;
  expect(ofPart.slice(next), `of ${ofPart.join(' ')}`).toEqual([]);
});

const wordsOf = (message: string) => message.replaceAll('at least ', '').split(/[\s,;:.]+/);
