/** Sums of what came of many changes, by their kind. */
import type { Kind } from './change.ts';
import type { ChangeCompared } from './compare-change.ts';

interface Sum {
  changes: number;
  /** Changes with which a packet at least fared otherwise. */
  flipping: number;
  flips: number;
  stays: number;
  open: number;
  refused: string[];
  declined: string[];
}

const none = (): Sum => ({ changes: 0, flipping: 0, flips: 0, stays: 0, open: 0, refused: [], declined: [] });

export interface Sums {
  all: Sum;
  add(compared: ChangeCompared, seed: number): void;
  text(): string;
}

export function sumsOf(): Sums {
  const all = none();
  const byKind = new Map<Kind, Sum>();
  return {
    all,
    add({ change: { kind }, flips, stays, open, refused, declined }, seed) {
      const own = byKind.get(kind) ?? none();
      byKind.set(kind, own);
      for (const sum of [all, own]) {
        sum.changes++;
        sum.flipping += flips > 0 ? 1 : 0;
        sum.flips += flips;
        sum.stays += stays;
        sum.open += open;
        if (refused !== null) sum.refused.push(`seed ${seed}: ${refused}`);
        if (declined !== null) sum.declined.push(`seed ${seed}: ${declined}`);
      }
    },
    text: () =>
      [['all', all] as const, ...byKind].map(([kind, sum]) => `${kind}: ${wordsOn(sum)}\n`).join(''),
  };
}

const wordsOn = ({ changes, flipping, flips, stays, open, refused, declined }: Sum) =>
  `${changes} changes, with ${flipping} of which packets fared otherwise; ${flips} packets did and ${stays} did not, as was said; ${open} of which it can't be known; ${refused.length} changes refused by their program, and ${declined.length} by plan alone`;
