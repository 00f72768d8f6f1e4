import {
  acceptedDefects,
  countChecks,
  defects,
  unseenSubjects,
  untriedOnImages,
} from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Report, Severity, Verdict } from '../../model.ts';
import { counted, printable } from '../printable.ts';
import { type Page, wrap } from './page.ts';

/** Warns of an interrupted run, first and last, as either may be all that is read. */
export function interruption({ interrupted }: Report, page: Page): string[] {
  if (!interrupted) return [];
  const message =
    'Interrupted: this report is incomplete. What it does not mention may not have been looked at.';
  return wrap(message, page.width).map((line) => page.paint('warning', line));
}

/** Summarizes what was examined. */
export function summary(report: Report, page: Page): string[] {
  return [coverage(report), ...images(report)].flatMap((line) => wrap(line, page.width));
}

/** Summarizes what could not be examined, and the findings. */
export function outcome(report: Report, page: Page): string[] {
  const missing = missed(report);
  return [
    ...(missing === '' ? [] : wrap(missing, page.width).map((line) => page.paint('warning', line))),
    ...findingsOrNone(report, missing !== '' || report.interrupted, page),
  ];
}

/** `Looked at 3 of 4 hosts, 7 namespaces, with 9 rules.` */
function coverage({ hosts, rules }: Report): string {
  const reached = hosts.filter((host) => host.reached.ok);
  const namespaces = reached.reduce((sum, host) => sum + host.namespaces.length, 0);
  const failed = hosts.length - reached.length;
  const of =
    failed > 0 ? `${reached.length} of ${counted(hosts.length, 'host')}` : counted(hosts.length, 'host');
  return `Looked at ${of} (${counted(namespaces, 'namespace')}) with ${counted(rules.length, 'rule')}.`;
}

/** `Not tried on image golden: 22 rules about counters, which no image has; 9 rules for want of a running kernel.` */
function images(report: Report): string[] {
  return groupBy(untriedOnImages(report), ({ counting, others }) => `${counting} ${others}`).map((group) => {
    const [{ counting, others }] = group;
    const names = group.map(({ host }) => printable(host.name)).join(', ');
    const images = group.length === 1 ? 'image' : 'images';
    const untried = [
      ...(counting > 0 ? [`${counted(counting, 'rule')} about counters, which no image has`] : []),
      ...(others > 0 ? [`${counted(others, 'rule')} for want of a running kernel`] : []),
    ];
    return `Not tried on ${images} ${names}: ${untried.join('; ')}.`;
  });
}

function findingsOrNone(report: Report, incomplete: boolean, page: Page): string[] {
  const failed = defects(report);
  if (failed.length > 0) return [severities(failed, page)];
  const style = !incomplete && verdicts(report, 'pass') > 0 ? 'good' : 'warning';
  return wrap(acquittal(report, incomplete), page.width).map((line) => page.paint(style, line));
}

function severities(failed: { severity: Severity }[], page: Page): string {
  const each = (['error', 'warning', 'note'] as const).map((severity) => {
    const sum = failed.filter((finding) => finding.severity === severity).length;
    return sum > 0 ? page.paint(severity, counted(sum, severity)) : counted(0, severity);
  });
  return each.join(', ');
}

/** `Not seen: 1 host, 2 facts. Undecided: 2 checks.` */
function missed(report: Report): string {
  const dark = unseenSubjects(report);
  const counts: [number, string][] = [
    [dark.filter((gap) => gap.namespace === null).length, 'host'],
    [dark.filter((gap) => gap.namespace !== null).length, 'namespace'],
    [report.gaps.filter((gap) => gap.fact !== null).length, 'fact'],
  ];
  const lost = counts.filter(([sum]) => sum > 0).map(([sum, noun]) => counted(sum, noun));
  const unknown = verdicts(report, 'unknown');
  return [
    ...(lost.length > 0 ? [`Not seen: ${lost.join(', ')}.`] : []),
    ...(unknown > 0 ? [`Undecided: ${counted(unknown, 'check')}.`] : []),
  ].join(' ');
}

/** Reports that nothing wrong was found; the value of that depends on what was evaluated. */
function acquittal(report: Report, incomplete: boolean): string {
  const passed = verdicts(report, 'pass');
  const aside = verdicts(report, 'not-applicable');
  if (report.hosts.length === 0) return 'Nothing was checked: there are no hosts.';
  if (report.rules.length === 0) return 'Nothing was checked: there are no rules.';
  const isAccepted = acceptedDefects(report).length > 0;
  if (passed === 0 && isAccepted) return 'No open findings.';
  if (passed === 0 && verdicts(report, 'unknown') > 0) return 'Nothing could be decided.';
  if (passed === 0 && aside === 0) return 'Nothing was checked.';
  if (passed === 0) return 'Nothing was checked: no rule applies to these hosts.';
  const others = aside > 0 ? `, ${aside} did not apply` : '';
  return `No ${isAccepted ? 'open ' : ''}findings${incomplete ? ' in what was seen' : ''}: ${counted(passed, 'check')} passed${others}.`;
}

const verdicts = ({ findings }: Report, verdict: Verdict): number =>
  countChecks(findings.filter((finding) => finding.verdict === verdict && finding.waiver === undefined));
