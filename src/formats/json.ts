import { countChecks } from '../evaluate/report-views.ts';
import { type Finding, REPORT_VERSION, type Report } from '../model.ts';
import type { Format } from './format.ts';
import { jsonTextPieces } from './json-text.ts';
import { type State, stateOf } from './states.ts';

/** A report as JSON has it: defects, what is undecided, and, where all was asked for, the other checks. */
export interface JsonReport extends Report {
  version: typeof REPORT_VERSION;
  totals: Record<string, number>;
  undecided: Finding[];
  checks?: Finding[];
}

/** All there is, for programs: `twlint schema report` describes it. */
export const json: Format = (report, { all }) => jsonTextPieces(jsonReport(report, all));

export function jsonReport(report: Report, all: boolean): JsonReport {
  const of = (...verdicts: Finding['verdict'][]) =>
    report.findings.filter(({ verdict }) => verdicts.includes(verdict));
  return {
    version: REPORT_VERSION,
    ...report,
    totals: totalsOf(report),
    findings: of('fail'),
    undecided: of('unknown'),
    ...(all && { checks: of('pass', 'not-applicable') }),
  };
}

function totalsOf({ hosts, findings, gaps }: Report): Record<string, number> {
  const of = (wanted: State) => findings.filter((finding) => stateOf(finding) === wanted);
  const open = of('open');
  const ofSeverity = (wanted: Finding['severity']) =>
    open.filter(({ severity }) => severity === wanted).length;
  return {
    hosts: hosts.length,
    hostsSeen: hosts.filter(({ reached }) => reached.ok).length,
    errors: ofSeverity('error'),
    warnings: ofSeverity('warning'),
    notes: ofSeverity('note'),
    accepted: of('accepted').length,
    explained: of('explained').length,
    undecided: countChecks(of('undecided')),
    passed: countChecks(of('passed')),
    notApplicable: countChecks(of('not-applicable')),
    gaps: gaps.length,
  };
}
