/** Compares the findings of two reports. Pure. */
import { defects } from '../evaluate/report-views.ts';
import type { EarlierFinding, Finding, Report } from '../model.ts';
import { knownIn, missingFrom } from './baseline.ts';
import type { EarlierReport } from './earlier-report.ts';

/** A defect that both reports have, and that is not the same in both. */
interface ChangedFinding {
  before: EarlierFinding;
  after: EarlierFinding;
}

export interface ReportDiff {
  /** Defects that only the later report has, worst first. */
  new: EarlierFinding[];
  /** Defects whose severity, or whose message but for its numbers, is another. */
  changed: ChangedFinding[];
  gone: EarlierFinding[];
  /** Defects of the earlier report of which the later one can't tell. */
  unseen: EarlierFinding[];
}

/** Compares the open findings of a report with those of an earlier one. */
export function compareReports(before: EarlierReport, after: Report): ReportDiff {
  const earlier = new Map(before.findings.map((finding) => [finding.fingerprint, finding]));
  const now = new Map(defects(after).map((finding) => [finding.fingerprint, withoutEvidence(finding)]));
  const known = knownIn(before);
  return {
    new: [...now.values()].filter(({ fingerprint }) => !known.has(fingerprint)),
    changed: [...now.values()].flatMap((finding): ChangedFinding[] => {
      const then = earlier.get(finding.fingerprint);
      return then === undefined || isSame(then, finding) ? [] : [{ before: then, after: finding }];
    }),
    ...missingFrom(after, before),
  };
}

function withoutEvidence({ rule, host, namespace, severity, message, fingerprint }: Finding): EarlierFinding {
  return { rule, host, namespace, severity, message, fingerprint };
}

/** Counters and times are others in each run. */
const isSame = (a: EarlierFinding, b: EarlierFinding): boolean =>
  a.severity === b.severity && withoutNumbers(a.message) === withoutNumbers(b.message);

const withoutNumbers = (text: string): string => text.replace(/\d+(\.\d+)?/g, '#').replace(/\s+/g, ' ');

/** Returns a report as an earlier one. */
export const asEarlier = (report: Report): EarlierReport => ({
  findings: defects(report).map(withoutEvidence),
  explained: report.findings
    .filter(({ verdict, foldedInto }) => verdict === 'fail' && foldedInto !== null)
    .map(({ fingerprint }) => fingerprint),
  rules: report.rules.map(({ id }) => id),
  finishedAt: report.finishedAt,
});
