import { groupBy } from '../../grouped-by.ts';
import type { Finding, Report, Verdict } from '../../model.ts';
import { subjectOf } from '../arrange.ts';
import { printable } from '../printable.ts';
import { hanging, listed, type Page } from './page.ts';

/** Every check that found nothing wrong, by rule. */
export function passedChecks({ findings }: Report, page: Page): string[] {
  return [
    ...section('Passed', 'pass', findings, page),
    ...section('Did not apply', 'not-applicable', findings, page),
  ].slice(1);
}

function section(title: string, verdict: Verdict, findings: Finding[], page: Page): string[] {
  const rules = groupBy(
    findings.filter((finding) => finding.verdict === verdict),
    (finding) => finding.rule,
  );
  if (rules.length === 0) return [];
  const lines = rules.flatMap((group) =>
    hanging(`  ${printable(group[0].rule)}  `, listed(group.map(subjectOf), page), page.width),
  );
  return ['', page.paint('good', title), ...lines];
}
