import { rootCauses } from './causes.ts';
import type { Format } from './format.ts';
import { failures } from './text/findings.ts';
import { causesOfGaps, gaps } from './text/gaps.ts';
import { overview } from './text/overview.ts';
import { page } from './text/page.ts';
import { passedChecks } from './text/passed.ts';
import { pastedFiles } from './text/pasted-files.ts';
import { reportedFindings } from './text/reported.ts';
import { standing, standingLine } from './text/standing.ts';
import { interruption, outcome, summary } from './text/summary.ts';

/** The most lines after which what came of it still stands on the screen. */
const STILL_SEEN = 12;

/**
 * The report for a person at a terminal: the summary, findings worst first, then what could not be examined; and once
 * more what came of it, as the end is what a terminal shows.
 */
export const text: Format = function* (report, options) {
  const { reported, detail } = reportedFindings(report, options);
  const on = page(options, detail);
  const causes = options.allowIncomplete ? [] : rootCauses(report);
  const parts = [
    ...failures(report, reported, on),
    detail === 'full' ? gaps(report, on) : causesOfGaps(report, causes, on),
    ...standing(report, on),
    on.all ? passedChecks(report, on) : [],
    pastedFiles(report, on),
  ].filter((part) => part.length > 0);
  const isLong = parts.flat().length > STILL_SEEN;
  const blocks = [
    interruption(report, on),
    [...summary(report, on), ...outcome(report, on), ...standingLine(report, on)],
    overview(report, reported, causes, on),
    ...parts,
    isLong ? [...outcome(report, on), ...standingLine(report, on)] : [],
    isLong ? interruption(report, on) : [],
  ];
  let separator = '';
  for (const block of blocks) {
    if (block.length === 0) continue;
    yield `${separator}${block.join('\n')}\n`;
    separator = '\n';
  }
};
