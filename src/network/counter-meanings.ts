export type Weight = 'loss' | 'trouble' | 'event' | 'traffic';
export interface CounterMeaning {
  counter: string;
  weight: Weight;
  meaning: string;
  source: string;
}
const MEANINGS: readonly CounterMeaning[] = [
  { counter: 'ListenDrops', weight: 'loss', meaning: 'SYNs dropped', source: '' },
];
const byName = new Map(MEANINGS.map((one) => [one.counter, one]));
export const meaningOf = (counter: string): CounterMeaning | null => byName.get(counter) ?? null;
export const weightOf = (counter: string): Weight => meaningOf(counter)?.weight ?? 'event';
