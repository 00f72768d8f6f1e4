import { lineText, originOf } from './arrange.ts';
import type { Format } from './format.ts';
import { printable, sentence } from './printable.ts';
import { reportedChecks, stateOf } from './states.ts';

const COLUMNS = [
  'severity',
  'rule',
  'title',
  'host',
  'namespace',
  'state',
  'message',
  'evidence',
  'file',
  'line',
  'fingerprint',
  'baseline',
  'accepted_until',
];

/** The most characters of a cell: what Excel takes is 32,767. */
const MOST = 32_000;

/** A row for each check, for spreadsheets: RFC 4180, quoted, with CRLF. */
export const csv: Format = function* (report, { all }) {
  const titles = new Map(report.rules.map(({ id, title }) => [id, title]));
  const sources = new Map(report.hosts.map(({ name, source }) => [name, source]));
  yield row(COLUMNS);
  for (const finding of reportedChecks(report, all)) {
    const source = sources.get(finding.host);
    yield row([
      finding.severity,
      finding.rule,
      sentence(titles.get(finding.rule) ?? ''),
      finding.host,
      finding.namespace ?? '',
      stateOf(finding),
      sentence(finding.message),
      finding.evidence.map((line) => `${originOf(line)}: ${lineText(line)}`).join(' | '),
      source?.file ?? '',
      String(source?.line ?? ''),
      finding.fingerprint,
      finding.baseline ?? '',
      finding.waiver?.until ?? '',
    ]);
  }
};

const row = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;

/**
 * Quotes a cell. A spreadsheet takes what begins with one of these for a formula, which can run programs and send what is
 * in other cells (OWASP, "CSV Injection"): an apostrophe makes it text, before blanks as well, which some leave out.
 */
function cell(text: string): string {
  const shown = printable(text).slice(0, MOST);
  return `"${(/^\s*[=+\-@|%]/.test(shown) ? `'${shown}` : shown).replaceAll('"', '""')}"`;
}
