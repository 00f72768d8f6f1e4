import { defects } from '../../evaluate/report-views.ts';
import type { Report, Severity } from '../../model.ts';
import { FAIL_ON } from './options.ts';
import { exit } from './world.ts';

/** Returns the exit status of a report. An audit that saw nothing must never look like a clean audit. */
export function exitStatus(
  report: Report,
  args: { 'fail-on': (typeof FAIL_ON)[number]; 'allow-incomplete': boolean },
): number {
  if (report.interrupted) return exit.interrupted;
  const failOn = args['fail-on'];
  const counted: readonly Severity[] =
    failOn === 'never' ? [] : (FAIL_ON.slice(0, FAIL_ON.indexOf(failOn) + 1) as Severity[]);
  if (defects(report).some(({ severity }) => counted.includes(severity))) return exit.findings;
  const incomplete = report.gaps.length > 0 || report.findings.some(({ verdict }) => verdict === 'unknown');
  return incomplete && !args['allow-incomplete'] ? exit.incomplete : exit.clean;
}
