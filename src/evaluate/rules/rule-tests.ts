import { collectors as builtinCollectors } from '../../collectors/index.ts';
import type { Collector } from '../../define.ts';
import type { Snapshot, Verdict } from '../../model.ts';
import { buildVocabulary, type Vocabulary } from '../expression/vocabulary.ts';
import { refuseElsewhere } from '../recorded-evidence.ts';
import { evaluate } from '../report.ts';
import { contextOf, toFacts } from '../subjects.ts';
import { judge, severityOf } from '../verdicts.ts';
import type { RuleTest } from './rule-tests-reader.ts';
import type { LoadedRule } from './rules.ts';

/** The outcome of one test of a rule. */
export interface RuleTestResult {
  rule: string;
  name: string;
  ok: boolean;
  /** The verdict that was expected and the one that came instead; empty when they agree. */
  detail: string;
}

type Collectors = ReadonlyMap<string, Collector>;

/** Runs the tests inside a rule. `readSnapshot` reads a folder of recorded evidence. */
export function runRuleTests(
  rule: LoadedRule,
  readSnapshot: (folder: string) => Snapshot,
  collectors: Collectors = builtinCollectors,
): RuleTestResult[] {
  return rule.tests.map((test) => {
    const detail =
      test.kind === 'given'
        ? compareFixture(rule, test, buildVocabulary(collectors))
        : compareSubjects(rule, test, readSnapshot, collectors);
    return { rule: rule.id, name: test.name, ok: detail === '', detail };
  });
}

function compareFixture(
  rule: LoadedRule,
  test: RuleTest & { kind: 'given' },
  vocabulary: Vocabulary,
): string {
  const facts = toFacts(
    Object.entries(test.facts).map(([fact, fixture]) => [
      fact,
      fixture.ok ? fixture : { ...fixture, reason: 'as the test has it' },
    ]),
    vocabulary,
  );
  const known = { facts, context: contextOf(facts) };
  const { verdict, message } = judge(rule, known);
  const actual = message === '' ? verdict : `${verdict}: ${message}`;
  if (verdict !== test.verdict) return `expected ${test.verdict}, got ${actual}`;
  const [severity, wanted] = [severityOf(rule, verdict, known), test.severity ?? rule.severity];
  if (severity !== wanted) return `expected ${wanted} as severity, got ${severity}`;
  return message.includes(test.message) ? '' : `expected a message with "${test.message}", got ${actual}`;
}

function compareSubjects(
  rule: LoadedRule,
  test: RuleTest & { kind: 'evidence' },
  readSnapshot: (folder: string) => Snapshot,
  collectors: Collectors,
): string {
  refuseElsewhere(test);
  const { findings } = evaluate(readSnapshot(test.folder), [rule], collectors, { name: '', version: '' });
  const differences = Object.entries(test.subjects).flatMap(([verdict, expected]) => {
    const got = subjectsWith(verdict as Verdict, findings).join(', ') || 'none';
    const wanted = expected.toSorted().join(', ') || 'none';
    return got === wanted ? [] : [`expected ${verdict} on ${wanted}, got ${got}`];
  });
  return differences.join('; ');
}

function subjectsWith(
  verdict: Verdict,
  findings: readonly { verdict: Verdict; host: string; namespace: string | null }[],
): string[] {
  return findings
    .filter((finding) => finding.verdict === verdict)
    .map(({ host, namespace }) => (namespace === null ? host : `${host}/${namespace}`))
    .sort();
}
