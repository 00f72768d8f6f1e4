import { defects, joinedFix } from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Finding, Fix, Line, Report, RuleInfo } from '../../model.ts';
import {
  commandsOf,
  compositeKey,
  explanations,
  lineText,
  originOf,
  subjectOf,
  whenceOf,
} from '../arrange.ts';
import { paragraphs, printable, sentence, shortened } from '../printable.ts';
import { columns, hanging, type Page, padded, wrap } from './page.ts';
import { drawing } from './path.ts';

/** Limits of the evidence that is shown; all of it is in the JSON. */
const maxEvidenceLines = 12;
const maxEvidenceLength = 600;

/** A block for each rule that failed somewhere, worst first. */
export function failures(report: Report, page: Page): string[][] {
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  const places = new Map(report.hosts.map((host) => [host.name, whenceOf(host)]));
  const explained = explanations(report);
  return groupBy(defects(report), (finding) => finding.rule).map((findings) => {
    const rule = rules.get(findings[0].rule);
    return [
      ...heading(findings[0], rule, page),
      ...subjects(findings, places, explained, page),
      ...(rule ? advice({ ...rule, fix: neededFix(findings, rule.fix) }, page) : []),
    ];
  });
}

/** Joins what the single findings of a rule need; one that says nothing of its own needs all of its fix. */
const neededFix = ([first, ...more]: [Finding, ...Finding[]], fix: Fix): Fix =>
  joinedFix(
    first.fix ?? fix,
    more.map((finding) => finding.fix ?? fix),
  );

function heading({ severity, rule: id }: Finding, rule: RuleInfo | undefined, page: Page): string[] {
  const label = `${severity}[${printable(id)}]: `;
  const [first = '', ...rest] = hanging(label, sentence(rule?.title ?? id), page.width);
  const title = [first.slice(label.length), ...rest].map((line) => page.paint('strong', line));
  return [`${page.paint(severity, label.trimEnd())} ${title[0]}`, ...title.slice(1)];
}

/** Lists subjects with one message and the same evidence together: a fleet often has one defect everywhere. */
function subjects(
  findings: Finding[],
  places: Map<string, string>,
  explained: ReadonlyMap<string, string[]>,
  page: Page,
): string[] {
  const alike = groupBy(findings, ({ message, evidence, path, fingerprint }) =>
    compositeKey(message, JSON.stringify(evidence), path === null ? null : fingerprint),
  );
  return alike.flatMap((group) => [
    '',
    ...nameTable(
      group.map((finding) => [subjectOf(finding), places.get(finding.host) ?? '']),
      page,
    ),
    ...wrap(sentence(group[0].message), page.width - 4).map((line) => `    ${line}`),
    ...pathOf(group[0], page),
    ...evidence(group[0].evidence, page),
    ...alsoExplained(
      group.flatMap(({ fingerprint }) => explained.get(fingerprint) ?? []),
      page,
    ),
  ]);
}

function pathOf({ path }: Finding, page: Page): string[] {
  return path === null ? [] : ['', ...drawing(path, page), ''];
}

function alsoExplained(others: string[], page: Page): string[] {
  if (others.length === 0) return [];
  return wrap(`explains ${others.join(', ')}`, page.width - 4).map(
    (line) => `    ${page.paint('faint', line)}`,
  );
}

/** Names and where the inventory has them, in two columns. */
export function nameTable(rows: [name: string, place: string][], page: Page): string[] {
  const width = rows.reduce((widest, [name]) => Math.min(32, Math.max(widest, columns(name))), 0);
  return rows.map(
    ([name, place]) => `  ${page.paint('strong', padded(name, width))}  ${page.paint('faint', place)}`,
  );
}

function evidence(lines: Line[], page: Page): string[] {
  const widest = lines.reduce((most, line) => Math.max(most, columns(originOf(line))), 0);
  const column = widest <= page.width / 4 ? widest : 0;
  const shown = lines
    .slice(0, maxEvidenceLines)
    .flatMap((line) => evidenceLine(`${padded(originOf(line), column)}  `, line, column > 0, page));
  const hidden = lines.length - maxEvidenceLines;
  const rest = `... and ${hidden} more ${hidden === 1 ? 'line' : 'lines'} in --format json`;
  return [...shown, ...(hidden > 0 ? wrap(rest, page.width - 6) : [])].map(
    (line) => `    ${page.paint('faint', '|')} ${line}`,
  );
}

/** Prints a line of evidence: its place is faint, its text is not. */
function evidenceLine(origin: string, line: Line, aligned: boolean, page: Page): string[] {
  const content = shortened(lineText(line), maxEvidenceLength);
  const [first = '', ...rest] = aligned
    ? hanging(origin, content, page.width - 6)
    : wrap(origin + content, page.width - 10);
  const head = first.startsWith(origin) ? page.paint('faint', origin) + first.slice(origin.length) : first;
  return [head, ...rest.map((line) => (aligned ? line : `    ${line}`))];
}

/** Prints a rule's advice for whoever has to fix the defect. */
export function advice(rule: RuleInfo, page: Page): string[] {
  const { why, fix, references, kernels = '', falsePositives = '' } = rule;
  return [
    '',
    ...prose('why', why, page),
    ...prose('fix', fix.text, page),
    ...commandsOf(fix).map((command) => `  ${labelled('', `  ${page.paint('good', command)}`)}`),
    ...prose('risk', fix.risk ?? '', page),
    ...prose('unless', falsePositives, page),
    ...prose('kernels', kernels, page),
    ...references.map(
      (link, i) => `  ${labelled(i === 0 ? 'see' : '', page.paint('faint', sentence(link)))}`,
    ),
  ];
}

const labelWidth = 'kernels  '.length;
const labelled = (label: string, line: string): string => padded(label, labelWidth) + line;

function prose(label: string, text: string, page: Page): string[] {
  const lines = paragraphs(text).flatMap((paragraph) => wrap(paragraph, page.width - labelWidth - 2));
  return lines.map((line, i) => `  ${labelled(i === 0 ? label : '', line)}`);
}
