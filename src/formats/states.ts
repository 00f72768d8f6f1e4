import { bySeverity } from '../evaluate/report-views.ts';
import type { Finding, Report } from '../model.ts';

/** The states that a reader filters by; the first is what is shown at first. */
export const STATES = {
  open: 'Open',
  accepted: 'Accepted by a waiver',
  explained: 'Explained by another',
  undecided: 'Undecided',
  passed: 'Passed',
  'not-applicable': 'Did not apply',
} as const;

export type State = keyof typeof STATES;

export function stateOf({ verdict, foldedInto, waiver }: Finding): State {
  if (waiver !== undefined) return 'accepted';
  switch (verdict) {
    case 'fail':
      return foldedInto === null ? 'open' : 'explained';
    case 'unknown':
      return 'undecided';
    case 'pass':
      return 'passed';
    case 'not-applicable':
      return 'not-applicable';
  }
}

const PASSED: readonly State[] = ['passed', 'not-applicable'];

/** Returns the checks that a reader may want to see, what is open first; what passed only where it was asked for. */
export function reportedChecks({ findings }: Report, all: boolean): Finding[] {
  const order: readonly State[] = ['open', 'accepted', 'explained', 'undecided', ...(all ? PASSED : [])];
  const place = (finding: Finding) => order.indexOf(stateOf(finding));
  return findings
    .filter((finding) => place(finding) >= 0)
    .sort((a, b) => place(a) - place(b) || bySeverity(a, b));
}
