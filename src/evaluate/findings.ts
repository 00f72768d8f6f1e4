import { groupBy } from '../grouped-by.ts';
import type { Finding } from '../model.ts';
import { Acquittal, acquittalIn, type Said } from './acquittal.ts';
import { copied } from './copied.ts';
import { fingerprintOf } from './fingerprint.ts';
import { fixFor } from './remedies/finding-fix.ts';
import type { LoadedRule } from './rules/rules.ts';
import type { Subject } from './subjects.ts';
import { type Judgement, judge, severityOf } from './verdicts.ts';

/** Tries the rules of its scope on a subject. */
export const findingsOn = (subject: Subject, rules: readonly LoadedRule[]): Finding[] =>
  judgedOn(subject, rules).map(([rule, judgement]) => findingOf(subject, rule, judgement));

/** What rules found on a subject, held while others are looked at: of what found nothing, as little as may be. */
interface KeptFindings {
  host: string;
  namespace: string | null;
  found: readonly (Finding | Said)[];
}

export function keptFindingsOn(subject: Subject, rules: readonly LoadedRule[]): KeptFindings {
  const { host, namespace } = subject;
  const found = judgedOn(subject, rules).map(([rule, judgement]) => {
    const said = acquittalIn(rule, judgement);
    if (said !== null) return said;
    const { evidence } = judgement;
    const kept = evidence.length > 0 ? copied(evidence) : evidence;
    return findingOf(subject, rule, { ...judgement, evidence: kept });
  });
  return { host, namespace, found };
}

/** What was kept, as findings: they are made each time that they are gone through. */
export class FindingsKept implements Iterable<Finding> {
  readonly kept: readonly KeptFindings[];

  constructor(kept: readonly KeptFindings[]) {
    this.kept = kept;
  }

  *[Symbol.iterator](): Generator<Finding> {
    for (const { host, namespace, found } of this.kept)
      for (const one of found) yield 'host' in one ? one : new Acquittal(one, host, namespace);
  }
}

/** Keeps what another process found on one host in the same way. */
export function keptFindings(
  findings: Iterable<Finding>,
  rules: ReadonlyMap<string, LoadedRule>,
): FindingsKept {
  if (findings instanceof FindingsKept) return findings;
  const saidBy = (finding: Finding): Said | null => {
    const rule = rules.get(finding.rule);
    const { evidence, fix, severity } = finding;
    const isPlain = evidence.length === 0 && fix === undefined && severity === rule?.severity;
    return rule !== undefined && isPlain ? acquittalIn(rule, finding) : null;
  };
  const subjects = groupBy(findings, ({ namespace }) => namespace);
  return new FindingsKept(
    subjects.map((found) => ({
      host: found[0].host,
      namespace: found[0].namespace,
      found: found.map((finding) => saidBy(finding) ?? finding),
    })),
  );
}

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
