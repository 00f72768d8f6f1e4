import { nearest, UserError } from '../../errors.ts';
import { printable } from '../../formats/printable.ts';
import { weightOf } from '../../network/counter-meanings.ts';
import { matchesGlob } from '../../network/glob.ts';
import type { PlaceState } from '../../watch/together.ts';

/** Chooses the counters that are shown. */
export interface ChosenCounters {
  isShown(counter: string): boolean;
  /** True when a pattern chose them: the screen shows no others, whatever key is pressed. */
  isByPattern: boolean;
  /** Returns lines about patterns that no counter has the name of, once all places were looked at. */
  unmatched(places: readonly Pick<PlaceState, 'growth'>[]): string[];
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
    return { isShown, isByPattern: false, unmatched: () => [] };
  }
  const patterns = pattern.split(',').map((one) => one.trim());
  if (patterns.includes(''))
    throw new UserError(`--counters ${pattern}: a pattern is empty`, {
      hint: "names apart by commas, as in 'Listen*,PAWS*'",
    });
  const matches = (one: string, counter: string) => matchesGlob(one.toLowerCase(), counter.toLowerCase());
  return {
    isShown: (counter) => patterns.some((one) => matches(one, counter)),
    isByPattern: true,
    unmatched(places) {
      const names = new Set(places.flatMap(({ growth }) => [...(growth?.countings.keys() ?? [])]));
      if (names.size === 0 || places.some(({ growth }) => growth === null)) return [];
      return patterns
        .filter((one) => ![...names].some((counter) => matches(one, counter)))
        .map((one) => noSuchCounter(one, [...names]));
    },
  };
}

function noSuchCounter(pattern: string, names: readonly string[]): string {
  const near = nearest(pattern, names);
  const hint = near === null ? 'watch --once lists them all' : `did you mean ${near}?`;
  return `twlint: --counters: no counter is called ${printable(pattern)}\n  hint: ${printable(hint)}\n`;
}
