/** Says in a few sentences how a report stands against waivers and a baseline. */
import { defects, newDefects, waivedFindings } from '../evaluate/report-views.ts';
import type { Report } from '../model.ts';
import { counted, sentence } from './printable.ts';

/** `Accepted by waivers: 2 findings.`, `Against main.json: 1 new, 3 known, 2 gone, 1 not looked at.` */
export function standingSentences(report: Report): string[] {
  const accepted = waivedFindings(report).length;
  const stale = report.waivers?.filter(({ state }) => state === 'stale').length ?? 0;
  return [
    ...(accepted > 0 ? [`Accepted by waivers: ${counted(accepted, 'finding')}.`] : []),
    ...(stale > 0 ? [`${counted(stale, 'waiver')} ${stale === 1 ? 'matches' : 'match'} nothing.`] : []),
    ...againstBaseline(report),
  ];
}

function againstBaseline(report: Report): string[] {
  const { baseline } = report;
  if (baseline === undefined) return [];
  const [all, fresh] = [defects(report).length, newDefects(report).length];
  const counts = [
    `${fresh} new`,
    `${all - fresh} known`,
    `${baseline.gone.length} gone`,
    ...(baseline.unseen.length > 0 ? [`${baseline.unseen.length} not looked at`] : []),
  ];
  return [`Against ${sentence(baseline.file)}: ${counts.join(', ')}.`];
}
