import type { Finding } from '../../model.ts';

/** The states that a reader filters by; the first is what is shown at first. */
export const STATES = {
  open: 'Open',
  explained: 'Explained by another',
  undecided: 'Undecided',
  passed: 'Passed',
  'not-applicable': 'Did not apply',
} as const;

export type State = keyof typeof STATES;

export function stateOf({ verdict, foldedInto }: Pick<Finding, 'verdict' | 'foldedInto'>): State {
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
