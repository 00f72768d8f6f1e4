import type { Finding } from '../../model.ts';

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
