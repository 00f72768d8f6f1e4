/** What a seed decides, one thing after the other. */
import fc from 'fast-check';

export interface Dice {
  below(count: number): number;
  /** One of a list that is not empty. */
  of<T>(list: readonly T[]): T;
  /** One of an arbitrary's values. */
  from<T>(arbitrary: fc.Arbitrary<T>): T;
}

export function diceOf(seed: number): Dice {
  const [picks] = fc.sample(fc.infiniteStream(fc.nat(2 ** 30)), { seed, numRuns: 1 });
  const next = (): number => picks!.next().value!;
  return {
    below: (count) => next() % count,
    of: (list) => list[next() % list.length]!,
    from: (arbitrary) => fc.sample(arbitrary, { seed: next(), numRuns: 1 })[0]!,
  };
}
