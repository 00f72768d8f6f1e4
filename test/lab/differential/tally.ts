/** Counts what came of many cases. */
import type { Compared } from './compare.ts';

export interface Tally {
  packets: number;
  sure: number;
  /** How many of those were forwarded, dropped and so on. */
  outcomes: Map<string, number>;
  open: number;
  undecided: number;
  refused: string[];
  /** By reason, without the rule that it is about: how many packets, and the seed of one. */
  reasons: Map<string, { packets: number; seed: number }>;
  cases: number;
  seed: number;
  add(seed: number, compared: Compared): void;
}

export function tallyOf(first: number): Tally {
  const tally: Tally = {
    packets: 0,
    sure: 0,
    outcomes: new Map(),
    open: 0,
    undecided: 0,
    refused: [],
    reasons: new Map(),
    cases: 0,
    seed: first,
    add(seed, { certainty, refused }) {
      tally.cases++;
      tally.packets += certainty.length;
      if (refused !== null) tally.refused.push(`seed ${seed}: ${refused}`);
      for (const one of certainty) {
        tally[one.is]++;
        if (one.is === 'sure') tally.outcomes.set(one.outcome, (tally.outcomes.get(one.outcome) ?? 0) + 1);
        for (const reason of one.is === 'undecided' ? new Set(one.reasons.map(withoutRule)) : []) {
          const known = tally.reasons.get(reason) ?? { packets: 0, seed };
          tally.reasons.set(reason, { ...known, packets: known.packets + 1 });
        }
      }
    },
  };
  return tally;
}

/** `the packet's mark (-A FORWARD ...)`: the rule differs from case to case. */
const withoutRule = (reason: string) => reason.replace(/ \(.*\)$/s, '');

export function tallyText(tally: Tally): string {
  const { cases, packets, sure, open, undecided, refused, outcomes, reasons, seed } = tally;
  const head = `${cases} routers, ${packets} packets: sure of ${sure}, ${open} that can't be known, ${undecided} undecided, ${refused.length} cases refused by their program, seed ${seed}`;
  const kinds = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${count} ${outcome}`);
  const sorted = [...reasons].sort(([, a], [, b]) => b.packets - a.packets);
  const lines = sorted.map(([reason, one]) => `  ${one.packets} undecided: ${reason} (seed ${one.seed})`);
  return [head, `  sure: ${kinds.join('; ')}`, ...lines, ''].join('\n');
}
