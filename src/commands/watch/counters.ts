import { weightOf } from '../../network/counter-meanings.ts';
import { matchesGlob } from '../../network/glob.ts';

/** Chooses the counters that are shown. */
export interface ChosenCounters {
  isShown(counter: string): boolean;
  /** True when a pattern chose them: the screen shows no others, whatever key is pressed. */
  isByPattern: boolean;
}

/**
 * Without a pattern programs get all counters, and people those that mean more than traffic; whoever looks once gets all.
 */
export function chosenCounters(
  pattern: string | undefined,
  format: 'table' | 'jsonl',
  isOnce: boolean,
): ChosenCounters {
  if (pattern === undefined) {
    const isShown = (counter: string) => isOnce || format === 'jsonl' || weightOf(counter) !== 'traffic';
    return { isShown, isByPattern: false };
  }
  const globs = pattern.split(',').map((one) => one.trim().toLowerCase());
  const isShown = (counter: string) => globs.some((glob) => matchesGlob(glob, counter.toLowerCase()));
  return { isShown, isByPattern: true };
}
