import { unseenSubjects } from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Finding, Gap, Report } from '../../model.ts';
import { compositeKey, subjectOf, whenceOf } from '../arrange.ts';
import { printable, sentence } from '../printable.ts';
import { nameTable } from './findings.ts';
import { type Page, wrap } from './page.ts';

const maxSubjects = 10;

/** Lists what could not be examined, and the rules left undecided by it. Empty when everything was seen. */
export function gaps(report: Report, page: Page): string[] {
  const parts = [...subjects(report, page), ...facts(report.gaps, page), ...undecided(report.findings, page)];
  return parts.length === 0 ? [] : [page.paint('warning', 'Could not be looked at'), ...parts];
}

/** Lists hosts that refused login and namespaces that could not be entered; those of one reason together. */
function subjects(report: Report, page: Page): string[] {
  const places = new Map(report.hosts.map((host) => [host.name, whenceOf(host)]));
  return groupBy(unseenSubjects(report), ({ problem, reason }) => compositeKey(problem, reason)).flatMap(
    (group) => [
      '',
      ...nameTable(
        group.map((gap) => [subjectOf(gap), places.get(gap.host) ?? '']),
        page,
      ),
      ...wrap(problemOf(group[0]), page.width - 4).map((line) => `    ${line}`),
    ],
  );
}

function facts(gaps: Gap[], page: Page): string[] {
  const missing = gaps.filter((gap) => gap.fact !== null);
  const groups = groupBy(missing, ({ fact, problem, reason }) => compositeKey(fact, problem, reason));
  return groups.flatMap((group) => [
    '',
    // biome-ignore lint/style/noNonNullAssertion: gaps without a fact are filtered out
    ...entry(`fact ${printable(group[0].fact!)}`, problemOf(group[0]), group.map(subjectOf), page),
  ]);
}

/** Lists undecided rules; those that miss the same thing on the same subjects are listed together. */
function undecided(findings: Finding[], page: Page): string[] {
  const unknown = findings.filter((finding) => finding.verdict === 'unknown');
  const perRule = groupBy(unknown, ({ rule, message }) => compositeKey(rule, message));
  const alike = groupBy(perRule, (group) => compositeKey(group[0].message, ...group.map(subjectOf)));
  return alike.flatMap((groups) => {
    const [first] = groups[0];
    const rules = groups.map((group) => printable(group[0].rule));
    return [
      '',
      ...entry(`undecided ${rules.join(', ')}`, sentence(first.message), groups[0].map(subjectOf), page),
    ];
  });
}

/** Prints a missing fact or rule, its subjects, and the reason. */
function entry(label: string, reason: string, subjects: string[], page: Page): string[] {
  const [first = '', ...rest] = wrap(`${label} on ${listed(subjects, page)}`, page.width - 8);
  return [
    `  ${page.paint('strong', label)}${page.paint('faint', first.slice(label.length))}`,
    ...rest.map((line) => page.paint('faint', `        ${line}`)),
    ...wrap(reason, page.width - 4).map((line) => `    ${line}`),
  ];
}

/** Joins names with commas; a long list is cut unless everything was requested. */
export function listed(names: string[], page: Page): string {
  const unique = [...new Set(names)];
  const shown = page.all ? unique : unique.slice(0, maxSubjects);
  const hidden = unique.length - shown.length;
  return shown.join(', ') + (hidden > 0 ? ` and ${hidden} more` : '');
}

const problemOf = ({ problem, reason }: Gap): string => sentence(`${problem}: ${reason}`);
