import { unseenSubjects } from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Finding, Gap, Report } from '../../model.ts';
import { compositeKey, subjectOf, whenceOf } from '../arrange.ts';
import { checksLost, type RootCause, reservation } from '../causes.ts';
import { nameRanges } from '../name-ranges.ts';
import { counted, printable, sentence } from '../printable.ts';
import { nameTable } from './findings.ts';
import { listed, type Page, wrap } from './page.ts';

/** The most causes that are told of, where little is told of much. */
const maxBriefCauses = 8;

/** Lists what could not be examined, and the rules left undecided by it. Empty when everything was seen. */
export function gaps(report: Report, page: Page): string[] {
  const parts = [...subjects(report, page), ...facts(report.gaps, page), ...undecided(report.findings, page)];
  return parts.length === 0 ? [] : [page.paint('warning', 'Could not be looked at'), ...parts];
}

/** Lists the same by root cause. */
export function causesOfGaps({ hosts }: Report, causes: readonly RootCause[], page: Page): string[] {
  const places = new Map(hosts.map((host) => [printable(host.name), whenceOf(host)]));
  const shown = page.detail === 'brief' ? causes.slice(0, maxBriefCauses) : causes;
  const more = causes.length - shown.length;
  if (causes.length === 0) return [];
  return [
    page.paint('warning', 'Could not be looked at'),
    ...shown.flatMap((cause) => ['', ...causeLines(cause, places, page)]),
    ...(more > 0 ? ['', `  and ${counted(more, 'cause')} more (--details tells all)`] : []),
  ];
}

/** `h5, h[7-9]: 487 checks`, then the reason; a single host with its place. */
function causeLines(cause: RootCause, places: ReadonlyMap<string, string>, page: Page): string[] {
  const [first = '', ...others] = cause.subjects;
  const place = others.length === 0 ? places.get(first) : undefined;
  const names = listed(nameRanges(cause.subjects), page);
  const cost = checksLost(cause);
  const aside = `${place === undefined ? '' : `  ${place}`}${cost === '' ? '' : `: ${cost}`}`;
  const [head = '', ...rest] = wrap(names + aside, page.width - 8);
  const strong = Math.min(names.length, head.length);
  const facts = cause.facts.length > 0 ? ` (${listed(cause.facts.map(printable), page)})` : '';
  return [
    `  ${page.paint('strong', head.slice(0, strong))}${page.paint('faint', head.slice(strong))}`,
    ...rest.map((line) => `        ${line}`),
    ...wrap(`${cause.reason}${reservation(cause)}${facts}`, page.width - 4).map((line) => `    ${line}`),
  ];
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

const problemOf = ({ problem, reason }: Gap): string => sentence(`${problem}: ${reason}`);
