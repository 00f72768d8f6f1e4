import { weightOf } from '../../network/counter-meanings.ts';
import { matchesGlob } from '../../network/glob.ts';

/** Tells which counters are shown: those that a pattern names; without one, programs get all, and people what matters. */
export function chosenCounters(
  pattern: string | undefined,
  format: 'table' | 'jsonl',
): (counter: string) => boolean {
  if (pattern === undefined) return (counter) => format === 'jsonl' || weightOf(counter) !== 'traffic';
  const globs = pattern.split(',').map((one) => one.trim().toLowerCase());
  return (counter) => globs.some((glob) => matchesGlob(glob, counter.toLowerCase()));
}
