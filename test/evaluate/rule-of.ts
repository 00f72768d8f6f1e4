import type { Collector } from '../../src/define.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { type LoadedRule, readRule } from '../../src/evaluate/rules/rule-reader.ts';
import type { Severity } from '../../src/model.ts';

interface Essence {
  id: string;
  assert: string;
  message: string;
  when?: string;
  severity?: Severity;
  scope?: 'host' | 'netns';
  supersedes?: string[];
}

/** A rule of which only what it says matters: the rest, its tests included, is made up. */
export function ruleOf(
  { id, assert, message, when, severity = 'warning', scope = 'netns', supersedes }: Essence,
  collectors: ReadonlyMap<string, Collector>,
): LoadedRule {
  const tests = ['fail', 'pass', 'unknown'].map((expect) => ({ name: expect, given: {}, expect }));
  const [fact] = Object.keys(buildVocabulary(collectors).facts[scope]);
  tests.push({ name: 'lacking', given: { [fact!]: 'denied' }, expect: 'unknown' });
  const text = JSON.stringify({
    id,
    title: 'A rule for tests',
    severity,
    scope,
    ...(when === undefined ? {} : { when }),
    ...(supersedes === undefined ? {} : { supersedes }),
    assert,
    message,
    why: 'Since it is so.',
    fix: { text: 'Fix it.' },
    references: ['https://docs.kernel.org/'],
    tests,
  });
  const place = { file: `${id}.yaml`, name: id, folder: id, root: id };
  const { rule, document } = readRule(text, place, buildVocabulary(collectors));
  if (rule === null) throw new Error(document.errors.map((error) => error.describe()).join('\n'));
  return rule;
}
