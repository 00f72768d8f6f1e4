import type { Format } from './format.ts';
import { failures } from './text/findings.ts';
import { gaps } from './text/gaps.ts';
import { page } from './text/page.ts';
import { passedChecks } from './text/passed.ts';
import { pastedFiles } from './text/pasted-files.ts';
import { interruption, summary } from './text/summary.ts';

/** The report for a person at a terminal: findings worst first, then what could not be examined, then the summary. */
export const text: Format = function* (report, options) {
  const on = page(options);
  const blocks = [
    interruption(report, on),
    ...failures(report, on),
    gaps(report, on),
    on.all ? passedChecks(report, on) : [],
    pastedFiles(report, on),
    summary(report, on),
    interruption(report, on),
  ];
  let separator = '';
  for (const block of blocks) {
    if (block.length === 0) continue;
    yield `${separator}${block.join('\n')}\n`;
    separator = '\n';
  }
};
