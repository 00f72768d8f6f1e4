import { hash } from 'node:crypto';
import type { Finding } from '../model.ts';
import { fixFor } from './remedies/finding-fix.ts';
import type { LoadedRule } from './rules/rules.ts';
import type { Subject } from './subjects.ts';
import { judge, severityOf } from './verdicts.ts';

/** Tries the rules of its scope on a subject. */
export function findingsOn(subject: Subject, rules: readonly LoadedRule[]): Finding[] {
  const { host, namespace } = subject;
  return rules
    .filter(({ scope }) => scope === subject.scope)
    .map((rule) => {
      const judgement = judge(rule, subject);
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
    });
}

/** Returns a fingerprint without addresses, counters or times: the same defect has the same one in every run. */
export function fingerprintOf(...what: unknown[]): string {
  return hash('sha256', JSON.stringify(what), 'buffer').toString('hex', 0, 8);
}
