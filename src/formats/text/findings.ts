import { neededFix } from '../../evaluate/report-views.ts';
import type { Finding, Fix, Line, Report, RuleInfo } from '../../model.ts';
import type { Alike } from '../alike.ts';
import { explanations, lineText, originOf, remedyLines, subjectOf, whenceOf } from '../arrange.ts';
import { nameRanges } from '../name-ranges.ts';
import { counted, paragraphs, printable, sentence, shortened } from '../printable.ts';
import { columns, cutTo, hanging, listed, type Page, padded, wrap } from './page.ts';
import { drawing } from './path.ts';
import type { ReportedRule } from './reported.ts';

/** Limits of the evidence that is shown; all of it is in the JSON. */
const maxEvidenceLines = 12;
const maxEvidenceLength = 600;

/** The most groups of one rule, and the most lines of prose, where little is reported of much. */
const maxBriefGroups = 3;
const maxBriefLines = 2;

/** The most subjects that are reported with their places. */
const maxPlaces = 4;

/** A block for each rule that failed somewhere, worst first. */
export function failures(report: Report, reported: readonly ReportedRule[], page: Page): string[][] {
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  const places = new Map(report.hosts.map((host) => [host.name, whenceOf(host)]));
  const explained = explanations(report);
  const blocks = reported.map(({ findings, groups }) => {
    const rule = rules.get(findings[0].rule);
    const shown = page.detail === 'brief' ? groups.slice(0, maxBriefGroups) : groups;
    return [
      ...heading(findings[0], rule, page),
      ...shown.flatMap((group) => findingLines(group, places, explained, page)),
      ...leftOut(groups.slice(shown.length), page),
      ...(rule ? adviceFor(rule, findings, report, page) : []),
    ];
  });
  return reported.length > 0 && page.detail === 'brief' ? [...blocks, whereMoreIs(page)] : blocks;
}

function heading({ severity, rule: id }: Finding, rule: RuleInfo | undefined, page: Page): string[] {
  const label = `${severity}[${printable(id)}]: `;
  const [first = '', ...rest] = hanging(label, sentence(rule?.title ?? id), page.width);
  const title = [first.slice(label.length), ...rest].map((line) => page.paint('strong', line));
  return [`${page.paint(severity, label.trimEnd())} ${title[0]}`, ...title.slice(1)];
}

/** Prints findings that are reported as one: their subjects, then what they say. */
function findingLines(
  { findings, isSame }: Alike,
  places: ReadonlyMap<string, string>,
  explained: ReadonlyMap<string, string[]>,
  page: Page,
): string[] {
  const [first] = findings;
  const others = findings.flatMap(({ fingerprint }) => explained.get(fingerprint) ?? []);
  const message = sentence(first.message);
  return [
    ...(page.detail === 'brief' ? [] : ['']),
    ...subjectLines(findings, isSame, places, page),
    ...wrap(page.detail === 'brief' ? briefly(message, page) : message, page.width - 4).map(
      (line) => `    ${line}`,
    ),
    ...pathOf(first, page),
    ...(page.detail === 'brief' ? briefEvidence(first.evidence, page) : evidence(first.evidence, page)),
    ...alsoExplained(others, findings.length, page),
  ];
}

/** Lists subjects with their places; many of them as names alone: `50 subjects: web-[01-50]/init`. */
function subjectLines(
  findings: readonly Finding[],
  isSame: boolean,
  places: ReadonlyMap<string, string>,
  page: Page,
): string[] {
  const names = [...new Set(findings.map(subjectOf))];
  if (page.detail === 'full' || (isSame && names.length <= maxPlaces))
    return nameTable(
      findings.map((finding) => [
        subjectOf(finding),
        [places.get(finding.host) ?? '', ...newTag(finding)].join('  '),
      ]),
      page,
    );
  const about = [
    counted(names.length, 'subject'),
    ...newTag(findings[0]),
    ...(isSame ? [] : ['the first is shown']),
  ];
  const sum = about.join(', ');
  const text = `${sum}: ${listed(nameRanges(names), page)}`;
  return hanging('  ', text, page.width).map((line) => page.paint('strong', line));
}

/** Alike findings are all new, or none is. */
const newTag = (finding: Finding | undefined): string[] => (finding?.baseline === 'new' ? ['new'] : []);

/** Tells of the findings of a rule that are not shown. */
function leftOut(groups: readonly Alike[], page: Page): string[] {
  const findings = groups.flatMap(({ findings }) => findings);
  if (findings.length === 0) return [];
  const names = listed(nameRanges(findings.map(subjectOf)), page);
  return hanging('  ', `and ${counted(findings.length, 'finding')} more: ${names}`, page.width);
}

const whereMoreIs = (page: Page): string[] =>
  wrap(
    'twlint explain RULE says why it matters, and when it does not; twlint fix prints the commands for each host; --details tells each finding in full.',
    page.width,
  ).map((line) => page.paint('faint', line));

const aside = (text: string, page: Page): string[] =>
  wrap(text, page.width - 4).map((line) => `    ${page.paint('faint', line)}`);

function pathOf({ path }: Finding, page: Page): string[] {
  return path === null ? [] : ['', ...drawing(path, page), ''];
}

function alsoExplained(others: readonly string[], subjects: number, page: Page): string[] {
  if (others.length === 0) return [];
  const isMuch = page.detail === 'brief' || subjects > maxPlaces;
  return aside(`explains ${isMuch ? listed(others, page) : others.join(', ')}`, page);
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

/** Prints the first line of evidence, cut to the page, and the number of the others. */
function briefEvidence([first, ...more]: readonly Line[], page: Page): string[] {
  if (first === undefined) return [];
  const others = more.length === 0 ? '' : ` (and ${counted(more.length, 'line')} more)`;
  const room = page.width - 6 - others.length;
  const text = cutTo(`${originOf(first)}  ${lineText(first)}`, room);
  return [`    ${page.paint('faint', '|')} ${text}${page.paint('faint', others)}`];
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

function adviceFor(rule: RuleInfo, findings: readonly Finding[], report: Report, page: Page): string[] {
  const fix = neededFix(findings, rule.fix);
  return advice({ ...rule, fix }, remedyLines(fix, findings, report), page);
}

/** Prints a rule's advice for whoever has to fix the defect. */
export function advice(rule: RuleInfo, remedy: readonly string[], page: Page): string[] {
  const { why, fix, references, kernels = '', falsePositives = '' } = rule;
  if (page.detail === 'brief') return briefFix(fix, page);
  return [
    '',
    ...prose('why', why, page),
    ...prose('fix', fix.text, page),
    ...remedy.map((command) => commandLine(command, page)),
    ...prose('risk', fix.risk ?? '', page),
    ...prose('unless', falsePositives, page),
    ...prose('kernels', kernels, page),
    ...references.map(
      (link, i) => `  ${labelled(i === 0 ? 'see' : '', page.paint('faint', sentence(link)))}`,
    ),
  ];
}

/** Prints the first sentence of a fix: its commands need all of it, and what they risk. */
function briefFix(fix: Fix, page: Page): string[] {
  const [first = ''] = paragraphs(fix.text);
  const words = /^.*?\.(?= |$)/.exec(first)?.[0] ?? first;
  return wrap(`fix: ${briefly(words, page)}`, page.width - 4).map((line) => `    ${line}`);
}

/** Cuts prose to a few lines. */
const briefly = (text: string, page: Page): string => cutTo(text, maxBriefLines * (page.width - 10));

const commandLine = (command: string, page: Page): string =>
  `  ${labelled('', `  ${page.paint('good', command)}`)}`;

const labelWidth = 'kernels  '.length;
const labelled = (label: string, line: string): string => padded(label, labelWidth) + line;

function prose(label: string, text: string, page: Page): string[] {
  const lines = paragraphs(text).flatMap((paragraph) => wrap(paragraph, page.width - labelWidth - 2));
  return lines.map((line, i) => `  ${labelled(i === 0 ? label : '', line)}`);
}
