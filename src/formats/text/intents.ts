/** Intents and their verdicts, a line each. */
import { groupedBy } from '../../grouped-by.ts';
import type { Finding, Report, RuleInfo } from '../../model.ts';
import { printable, sentence } from '../printable.ts';
import { columns, cutTo, type Page, padded } from './page.ts';

const VERDICTS = { fail: 'violated', unknown: 'not known', accepted: 'accepted', pass: 'held' } as const;
const PAINTS = { fail: 'error', unknown: 'warning', accepted: 'note', pass: 'good' } as const;

/** Prints each intent with its verdict, in the order of their files: one that is violated anywhere is, and one that is not known somewhere is not held. */
export function intentTable({ rules, findings }: Report, page: Page): string {
  const byIntent = groupedBy(findings, ({ rule }) => rule);
  const inFiles = rules.toSorted(({ source: a }, { source: b }) =>
    a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1,
  );
  return inFiles.map((rule) => row(rule, byIntent.get(rule.id) ?? [], page)).join('');
}

function row({ title, source }: RuleInfo, findings: readonly Finding[], page: Page): string {
  const found = new Set(findings.map(({ verdict, waiver }) => (waiver === undefined ? verdict : 'accepted')));
  const verdict = (['fail', 'unknown', 'accepted', 'pass'] as const).find((one) => found.has(one)) ?? 'pass';
  const place = `  ${printable(`${source.file}:${source.line}`)}`;
  const label = page.paint(PAINTS[verdict], padded(VERDICTS[verdict], 'not known'.length));
  const room = Math.max(20, page.width - columns(place) - 'not known  '.length);
  return `${label}  ${cutTo(sentence(title), room)}${page.paint('faint', place)}\n`;
}
