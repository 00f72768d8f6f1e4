/** Tells how findings stand against waivers and a baseline. */
import { defects, waivedFindings } from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { EarlierFinding, Finding, Report, Waiver } from '../../model.ts';
import { subjectOf } from '../arrange.ts';
import { nameRanges } from '../name-ranges.ts';
import { printable, sentence } from '../printable.ts';
import { standingSentences } from '../standing-sentences.ts';
import { hanging, listed, type Page, wrap } from './page.ts';

export function standingLine(report: Report, page: Page): string[] {
  const text = standingSentences(report).join(' ');
  return text === '' ? [] : wrap(text, page.width);
}

/** Lists what is accepted, whose waiver is over, what is gone since the baseline, and what nobody can tell. */
export function standing(report: Report, page: Page): string[][] {
  const { gone = [], unseen = [] } = report.baseline ?? {};
  return [
    waiverBlock('Accepted', waivedFindings(report), ({ waiver }) => waiver, page),
    waiverBlock('No longer accepted', defects(report), ({ expired }) => expired, page),
    earlierBlock('Gone since the baseline', gone, page),
    earlierBlock('In the baseline, and not looked at', unseen, page),
  ].filter((block) => block.length > 1);
}

/** `  TW003 on db-[1-3]/init until 2027-03-31 (data-team): the kernel is replaced in March` */
function waiverBlock(
  title: string,
  findings: readonly Finding[],
  waiverOf: (finding: Finding) => Waiver | undefined,
  page: Page,
): string[] {
  const held = findings.flatMap((finding) => {
    const waiver = waiverOf(finding);
    return waiver === undefined ? [] : [{ finding, waiver }];
  });
  const rows = groupBy(held, ({ finding, waiver }) => `${finding.rule} ${waiver.source.line}`);
  return [
    page.paint('strong', title),
    ...rows.flatMap((row) => {
      const [{ finding, waiver }] = row;
      const subjects = listed(nameRanges(row.map((one) => subjectOf(one.finding))), page);
      const about = `until ${waiver.until} (${sentence(waiver.owner)}): ${sentence(waiver.reason)}`;
      return hanging('  ', `${printable(finding.rule)} on ${subjects} ${about}`, page.width);
    }),
  ];
}

function earlierBlock(title: string, findings: readonly EarlierFinding[], page: Page): string[] {
  const rows = groupBy(findings, ({ rule }) => rule);
  return [
    page.paint('strong', title),
    ...rows.flatMap((row) => {
      const subjects = listed(nameRanges(row.map(subjectOf)), page);
      return hanging('  ', `${printable(row[0].rule)} on ${subjects}`, page.width);
    }),
  ];
}
