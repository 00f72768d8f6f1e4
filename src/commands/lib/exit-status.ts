import { newDefects } from '../../evaluate/report-views.ts';
import type { Report, Severity } from '../../model.ts';
import { FAIL_ON, type STALE_WAIVERS } from './options.ts';
import { exit } from './world.ts';

/** Returns the exit status of a report. An audit that saw nothing must never look like a clean audit. */
export function exitStatus(
  report: Report,
  args: {
    'fail-on': (typeof FAIL_ON)[number];
    'allow-incomplete': boolean;
    'stale-waivers'?: (typeof STALE_WAIVERS)[number] | undefined;
  },
): number {
  if (report.interrupted) return exit.interrupted;
  const counted = countedSeverities(args['fail-on']);
  if (newDefects(report).some(({ severity }) => counted.includes(severity))) return exit.findings;
  if (args['stale-waivers'] === 'error' && report.waivers?.some(({ state }) => state === 'stale'))
    return exit.findings;
  return seenStatus(report, args['allow-incomplete']);
}

/** Returns the exit status of a run whatever it found: what could not be looked at or decided counts. */
export function seenStatus(report: Report, allowIncomplete: boolean): number {
  if (report.interrupted) return exit.interrupted;
  const incomplete =
    report.gaps.length > 0 ||
    report.findings.some(({ verdict, waiver }) => verdict === 'unknown' && waiver === undefined);
  return incomplete && !allowIncomplete ? exit.incomplete : exit.clean;
}

/** Returns the severities that `--fail-on` counts. */
export function countedSeverities(failOn: (typeof FAIL_ON)[number]): readonly Severity[] {
  return failOn === 'never' ? [] : (FAIL_ON.slice(0, FAIL_ON.indexOf(failOn) + 1) as Severity[]);
}
