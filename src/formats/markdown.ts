import { bySeverity, defects, neededFix, newDefects } from '../evaluate/report-views.ts';
import type { Report, RuleInfo } from '../model.ts';
import { lineText, originOf, remedyLines, subjectOf } from './arrange.ts';
import { checksLost, type RootCause, reservation, rootCauses } from './causes.ts';
import type { Format } from './format.ts';
import { fenced, inComment } from './markdown-text.ts';
import { nameRanges } from './name-ranges.ts';
import { counted, paragraphs, sentence, shortened } from './printable.ts';
import { standingSentences } from './standing-sentences.ts';
import { type ReportedRule, reportedFindings } from './text/reported.ts';

/** GitHub takes 65,536 characters as a comment, and 1 MiB as the summary of a step. */
const MOST = 64_000;
const MOST_ROWS = 100;
const MOST_NAMES = 20;
const MOST_LINES = 8;
const MOST_CHARACTERS = 600;
/** The most different findings of one rule. */
const MOST_GROUPS = 5;

/** The report for a comment or the summary of a step: as much as GitHub takes, worst first, and what is left out as a number. */
export const markdown: Format = function* (report, { allowIncomplete = false }) {
  const { reported } = reportedFindings(report, { all: false });
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  const head = [
    heading(report),
    [coverage(report), ...standingSentences(report).map(words)].join(' '),
    ...(report.interrupted ? ['**Interrupted: this report is incomplete.**'] : []),
    ...(reported.length > 0 ? [table(reported, rules)] : []),
    ...(allowIncomplete ? [] : lacks(rootCauses(report))),
  ].join('\n\n');
  const parts = reported.map((one) => `\n${ruleFold(one, rules.get(one.findings[0].rule), report)}\n`);
  yield `${head}\n`;
  let room = MOST - head.length;
  for (const [i, part] of parts.entries()) {
    room -= part.length;
    if (room < 0) {
      yield `\n${counted(parts.length - i, 'rule')} more: in \`-o html\` and \`-o json\` is all of it.\n`;
      return;
    }
    yield part;
  }
};

function heading(report: Report): string {
  const failed = defects(report);
  const each = (['error', 'warning', 'note'] as const).map((severity) =>
    counted(failed.filter((finding) => finding.severity === severity).length, severity),
  );
  const fresh = report.baseline === undefined ? '' : ` (${newDefects(report).length} new)`;
  return `## twlint: ${failed.length === 0 ? 'no findings' : `${each.join(', ')}${fresh}`}`;
}

function coverage({ hosts, rules, findings }: Report): string {
  const seen = hosts.filter(({ reached }) => reached.ok).length;
  const undecided = findings.filter(({ verdict, waiver }) => verdict === 'unknown' && !waiver).length;
  const unknown = undecided > 0 ? ` ${counted(undecided, 'check')} could not be decided.` : '';
  return `Looked at ${seen} of ${counted(hosts.length, 'host')} with ${counted(rules.length, 'rule')}.${unknown}`;
}

function table(reported: readonly ReportedRule[], rules: ReadonlyMap<string, RuleInfo>): string {
  const rows = reported.slice(0, MOST_ROWS).map(({ findings }) => {
    const worst = findings.toSorted(bySeverity)[0]?.severity ?? findings[0].severity;
    const hosts = new Set(findings.map(({ host }) => host)).size;
    const title = shortened(sentence(rules.get(findings[0].rule)?.title ?? ''), MOST_CHARACTERS);
    return `| ${worst} | ${words(findings[0].rule)} | ${hosts} | ${words(title)} |`;
  });
  const more = reported.length - rows.length;
  const left = more > 0 ? [`| | and ${more} more | | |`] : [];
  return ['| severity | rule | hosts | |', '| --- | --- | ---: | --- |', ...rows, ...left].join('\n');
}

function lacks(causes: readonly RootCause[]): string[] {
  if (causes.length === 0) return [];
  const items = causes.slice(0, MOST_NAMES).map((cause) => {
    const lost = checksLost(cause);
    return `- ${names(cause.subjects)}: ${words(shortened(cause.reason, MOST_CHARACTERS))}${words(reservation(cause))}${lost === '' ? '' : ` (${lost})`}`;
  });
  const more = causes.length - items.length;
  return ['### Could not be looked at', [...items, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n')];
}

/** A rule and its findings, to unfold. */
function ruleFold({ findings, groups }: ReportedRule, rule: RuleInfo | undefined, report: Report): string {
  const [{ severity, rule: id }] = findings;
  const left = groups.slice(MOST_GROUPS).flatMap((group) => group.findings).length;
  const title = shortened(sentence(rule?.title ?? ''), MOST_CHARACTERS);
  const fix = rule === undefined ? undefined : neededFix(findings, rule.fix);
  const remedy = fix === undefined ? [] : remedyLines(fix, findings, report);
  const commands = remedy.map((one) => shortened(one, MOST_CHARACTERS));
  return [
    '<details>',
    `<summary>${severity} ${inTag(id)}: ${inTag(title)}</summary>`,
    ...groups
      .slice(0, MOST_GROUPS)
      .flatMap(({ findings: [first, ...others], isSame }) => [
        `${names([first, ...others].map(subjectOf))}${first.baseline === 'new' ? ' (new)' : ''}: ${words(shortened(sentence(first.message), MOST_CHARACTERS))}${isSame ? '' : ' (the first; the others have values of their own)'}`,
        ...(first.evidence.length === 0 ? [] : [evidenceBlock(first.evidence)]),
      ]),
    ...(left > 0 ? [`and ${counted(left, 'finding')} more`] : []),
    ...(fix === undefined
      ? []
      : [`**Fix**: ${words(shortened(paragraphs(fix.text).join(' '), 2 * MOST_CHARACTERS))}`]),
    ...(commands.length === 0 ? [] : [fenced(commands, 'sh')]),
    '</details>',
  ].join('\n\n');
}

function evidenceBlock(lines: ReportedRule['findings'][0]['evidence']): string {
  const shown = lines
    .slice(0, MOST_LINES)
    .map((line) => shortened(`${originOf(line)}: ${lineText(line)}`, MOST_CHARACTERS));
  const more = lines.length - shown.length;
  return fenced([...shown, ...(more > 0 ? [`... and ${more} more`] : [])], 'text');
}

function names(subjects: readonly string[]): string {
  const ranges = nameRanges(subjects);
  const shown = ranges.slice(0, MOST_NAMES).map((name) => `**${words(shortened(name, MOST_CHARACTERS))}**`);
  return `${shown.join(', ')}${ranges.length > shown.length ? ` and ${ranges.length - shown.length} more` : ''}`;
}

/** Text of one line that begins with no markup. */
const words = (text: string): string => inComment(sentence(text)).replace(/^([-+]|\d+[.)])(?= |$)/, '\\$1');

/** Text within a tag of HTML, where Markdown is none. */
const inTag = (text: string): string =>
  sentence(text)
    .replace(/@(?=\w)|#(?=\d)/g, '$& ')
    .replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
