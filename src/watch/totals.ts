/** The counters of each namespace as they are, one a line: what nstat prints, for a fleet. Pure. */
import { printable } from '../formats/printable.ts';
import { columns, padded } from '../formats/text/page.ts';
import { type CounterWeight, meaningOf, weightOf } from '../network/counter-meanings.ts';
import { byWeight, placeName } from './event-lines.ts';
import type { Place, PlaceState } from './together.ts';

interface Total extends Place {
  counter: string;
  total: number;
  weight: CounterWeight;
  meaning: string | null;
}

/** Returns the counters of each place: those above 0 first, worst first by meaning. */
export function totalsOf(places: readonly PlaceState[], isShown: (counter: string) => boolean): Total[] {
  return places.flatMap(({ host, namespace, growth }) => {
    const countings = [...(growth?.countings ?? [])].filter(([counter]) => isShown(counter));
    return countings
      .sort(([a, one], [b, other]) => Number(other.last > 0n) - Number(one.last > 0n) || byWeight(a, b))
      .map(([counter, { last }]): Total => {
        const meaning = meaningOf(counter)?.meaning ?? null;
        return { host, namespace, counter, total: Number(last), weight: weightOf(counter), meaning };
      });
  });
}

/** `host-3/init   ListenDrops   12  SYNs and last ACKs dropped ...` */
export function totalLines(totals: readonly Total[]): string[] {
  const names = totals.map(placeName);
  const widest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, columns(text)), 0);
  const [place, counter, number] = [
    widest(names),
    widest(totals.map((one) => printable(one.counter))),
    widest(totals.map(({ total }) => String(total))),
  ];
  return totals.map((one, i) =>
    `${padded(names[i] ?? '', place)}  ${padded(printable(one.counter), counter)}  ${String(one.total).padStart(number)}  ${one.meaning ?? ''}`.trimEnd(),
  );
}
