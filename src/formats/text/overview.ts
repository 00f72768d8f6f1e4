/** The summary that a report begins with: one line for each rule and each cause, so that all of it is on one screen. */
import { bySeverity } from '../../evaluate/report-views.ts';
import type { Finding, Report } from '../../model.ts';
import { checksLost, type RootCause } from '../causes.ts';
import { nameRanges } from '../name-ranges.ts';
import { counted, printable, sentence, shortened } from '../printable.ts';
import { columns, cutTo, type Page, padded } from './page.ts';
import type { ReportedRule } from './reported.ts';

/** With a heading of five lines, and what stands between the parts, 24 lines. */
const maxRules = 9;
const maxCauses = 4;
const maxId = 12;

/** Lists rules with the number of their hosts, and causes with what they cost; less where what follows is as short. */
export function overview(
  report: Report,
  reported: readonly ReportedRule[],
  causes: readonly RootCause[],
  page: Page,
): string[] {
  if (reported.length === 0) return [];
  const rules = reported.length === 1 ? [] : ruleRows(report, reported, page);
  const lacks = causeRows(causes, page);
  return [...rules, ...(rules.length > 0 && lacks.length > 0 ? [''] : []), ...lacks];
}

function ruleRows({ rules }: Report, reported: readonly ReportedRule[], page: Page): string[] {
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  const rows = reported.slice(0, maxRules).map(({ findings }) => {
    const worst = findings.reduce((a, b) => (bySeverity(b, a) < 0 ? b : a));
    const hosts = new Set(findings.map(({ host }) => host)).size;
    return {
      severity: worst.severity,
      id: shortened(printable(worst.rule), maxId),
      hosts: [counted(hosts, 'host'), ...newOnes(findings)].join(', '),
      title: sentence(titles.get(worst.rule) ?? ''),
    };
  });
  const wide = (key: 'id' | 'hosts') => Math.max(...rows.map((row) => columns(row[key])));
  const [idWidth, hostsWidth] = [wide('id'), wide('hosts')];
  const more = reported.slice(maxRules);
  return [
    ...rows.map(({ severity, id, hosts, title }) => {
      const head = `${padded(id, idWidth)}  ${hosts.padStart(hostsWidth)}  `;
      const room = Math.max(10, page.width - 11 - columns(head));
      const cut = cutTo(title, room);
      return `  ${page.paint(severity, severity.padEnd(7))}  ${page.paint('strong', head)}${cut}`.trimEnd();
    }),
    ...(more.length > 0
      ? [`  and ${more.length} more ${more.length === 1 ? 'rule' : 'rules'}, none of them worse`]
      : []),
  ];
}

function newOnes(findings: readonly Finding[]): string[] {
  const hosts = new Set(findings.filter(({ baseline }) => baseline === 'new').map(({ host }) => host)).size;
  return hosts === 0 ? [] : [`${hosts} new`];
}

function causeRows(causes: readonly RootCause[], page: Page): string[] {
  if (causes.length === 0) return [];
  const rows = causes.slice(0, maxCauses).map((cause) => {
    const names = nameRanges(cause.subjects);
    const first = names.slice(0, 2).join(', ');
    const others = names.length > 2 ? ` and ${names.length - 2} more` : '';
    const cost = checksLost(cause) === '' ? '' : `, ${checksLost(cause)}`;
    return `${cutTo(`${first}${others}: ${cause.reason}`, page.width - 2 - columns(cost))}${cost}`;
  });
  const more = causes.length - rows.length;
  return [
    page.paint('warning', 'Could not be looked at'),
    ...rows.map((row) => `  ${row}`),
    ...(more > 0 ? [`  and ${more} more ${more === 1 ? 'cause' : 'causes'}`] : []),
  ];
}
