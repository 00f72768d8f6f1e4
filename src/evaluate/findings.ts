import type { Finding } from '../model.ts';
import { Acquittal } from './acquittal.ts';
import { copied } from './copied.ts';
import { fingerprintOf } from './fingerprint.ts';
import { fixFor } from './remedies/finding-fix.ts';
import type { LoadedRule } from './rules/rules.ts';
import type { Subject } from './subjects.ts';
import { type Judgement, judge, severityOf } from './verdicts.ts';

/** Tries the rules of its scope on a subject. */
export const findingsOn = (subject: Subject, rules: readonly LoadedRule[]): Finding[] =>
  judgedOn(subject, rules).map(([rule, judgement]) => findingOf(subject, rule, judgement));

/** The same, to be kept while others are looked at: of checks that found nothing, as little as may be. */
export const keptFindingsOn = (subject: Subject, rules: readonly LoadedRule[]): Finding[] =>
  judgedOn(subject, rules).map(([rule, judgement]) => {
    const { verdict, message, evidence } = judgement;
    if (message === '' && (verdict === 'pass' || verdict === 'not-applicable'))
      return new Acquittal(rule, verdict, subject.host, subject.namespace);
    return findingOf(subject, rule, {
      ...judgement,
      evidence: evidence.length > 0 ? copied(evidence) : evidence,
    });
  });

const judgedOn = (subject: Subject, rules: readonly LoadedRule[]) =>
  rules
    .filter(({ scope }) => scope === subject.scope)
    .map((rule): [LoadedRule, Judgement] => [rule, judge(rule, subject)]);

function findingOf(subject: Subject, rule: LoadedRule, judgement: Judgement): Finding {
  const { host, namespace } = subject;
  const fix = judgement.verdict === 'fail' ? fixFor(rule, subject) : null;
  return {
    rule: rule.id,
    host,
    namespace,
    ...judgement,
    severity: severityOf(rule, judgement.verdict, subject),
    fingerprint: fingerprintOf(rule.id, host, namespace),
    ...(fix === null ? {} : { fix }),
    path: null,
    foldedInto: null,
  };
}
