/** Settles how much a report tells of each finding: the more there is, the less. */
import { defects } from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Finding, Report } from '../../model.ts';
import { type Alike, alikeFindings, equalFindings } from '../alike.ts';
import type { FormatOptions } from '../format.ts';
import type { Detail } from './page.ts';

/** The findings of one rule, as a report tells them. */
export interface ReportedRule {
  findings: [Finding, ...Finding[]];
  groups: Alike[];
}

/** The most different findings that are reported with all of their rules. */
const MOST_IN_FULL = 7;

/** Returns the defects by rule, worst first, and how much of each is reported. */
export function reportedFindings(
  report: Report,
  { all, details = false }: Pick<FormatOptions, 'all' | 'details'>,
): { reported: ReportedRule[]; detail: Detail } {
  const isFull = all || details;
  const reported = groupBy(defects(report), ({ rule }) => rule).map((findings) => ({
    findings,
    groups: isFull ? equalFindings(findings) : alikeFindings(findings),
  }));
  const sum = reported.reduce((sum, { groups }) => sum + groups.length, 0);
  return { reported, detail: isFull ? 'full' : sum > MOST_IN_FULL ? 'brief' : 'normal' };
}
