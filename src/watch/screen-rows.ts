/** The counters that a screen shows, in its order. Pure. */
import { weightOf } from '../network/counter-meanings.ts';
import { matchesGlob } from '../network/glob.ts';
import { byWeight, placeName, rankOf } from './event-lines.ts';
import { type Growth, rateOf, seriesOf } from './growth.ts';
import type { PlaceState } from './together.ts';

/** The view that a person has chosen. */
export interface View {
  /** A part of a counter's or a place's name, or a pattern with `*`; empty: all. */
  filter: string;
  /** True while the filter is being typed. */
  isTyping: boolean;
  isPaused: boolean;
  /** True to see traffic, too. */
  isAll: boolean;
  /** The name of the place that is open; null: all are shown. */
  opened: string | null;
  /** The row that is selected. */
  selected: number;
}

export const FIRST_VIEW: View = {
  filter: '',
  isTyping: false,
  isPaused: false,
  isAll: false,
  opened: null,
  selected: 0,
};

export interface ScreenRow {
  place: string;
  counter: string;
  rate: number;
  grown: number;
  series: number[];
}

/** Returns what grew in the windows that are kept: worst first by meaning, and what grows most of these. */
export function screenRows(
  places: readonly PlaceState[],
  view: View,
  isChosen: ((counter: string) => boolean) | null,
  length: number,
): ScreenRow[] {
  const isShown = (counter: string) =>
    isChosen !== null ? isChosen(counter) : view.isAll || weightOf(counter) !== 'traffic';
  const rows = places.flatMap((place) => {
    const name = placeName(place);
    if (place.growth === null || (view.opened !== null && view.opened !== name)) return [];
    return growing(place.growth)
      .filter((counter) => isShown(counter) && isFound(view.filter, name, counter))
      .map((counter) => rowOf(name, counter, place.growth as Growth, length));
  });
  const order = new Map(places.map((place, i) => [placeName(place), i]));
  const orderOf = ({ place }: ScreenRow) => order.get(place) ?? 0;
  return rows.sort(
    (a, b) =>
      byMeaning(a, b) ||
      magnitude(b) - magnitude(a) ||
      byWeight(a.counter, b.counter) ||
      orderOf(a) - orderOf(b),
  );
}

const byMeaning = (a: ScreenRow, b: ScreenRow): number => rankOf(a.counter) - rankOf(b.counter);

/** The digits of what a counter grew by in the windows shown: a flood stands above single events, and rows seldom jump. */
const magnitude = ({ series }: ScreenRow): number =>
  Math.ceil(Math.log10(1 + series.reduce((sum, grown) => sum + grown, 0)));

function isFound(filter: string, place: string, counter: string): boolean {
  if (filter === '') return true;
  const pattern = `*${filter.toLowerCase()}*`;
  return [place, counter].some((name) => matchesGlob(pattern, name.toLowerCase()));
}

const growing = ({ windows }: Growth): string[] => [
  ...new Set(windows.flatMap(({ growth }) => [...growth.keys()])),
];

const rowOf = (place: string, counter: string, growth: Growth, length: number): ScreenRow => ({
  place,
  counter,
  rate: rateOf(growth, counter),
  grown: growth.countings.get(counter)?.grown ?? 0,
  series: seriesOf(growth, counter, length),
});

/** Returns the view after a key; null: the person has seen enough. */
export function pressed(view: View, key: string, rows: readonly ScreenRow[]): View | null {
  if (view.isTyping) return typed(view, key);
  const move = (by: number) => ({
    ...view,
    selected: Math.max(0, Math.min(rows.length - 1, view.selected + by)),
  });
  switch (key) {
    case 'q':
      return null;
    case 'p':
    case ' ':
      return { ...view, isPaused: !view.isPaused };
    case 'a':
      return { ...view, isAll: !view.isAll, selected: 0 };
    case '/':
      return { ...view, isTyping: true, filter: '', selected: 0 };
    case 'j':
    case '\x1b[B':
      return move(1);
    case 'k':
    case '\x1b[A':
      return move(-1);
    case '\x1b[6~':
      return move(10);
    case '\x1b[5~':
      return move(-10);
    case '\r':
    case '\n':
      return {
        ...view,
        opened: view.opened === null ? (rows[view.selected]?.place ?? null) : null,
        selected: 0,
      };
    case '\x1b':
      return { ...view, opened: null, filter: '', selected: 0 };
    default:
      return view;
  }
}

function typed(view: View, key: string): View {
  if (key === '\r' || key === '\n') return { ...view, isTyping: false };
  if (key === '\x1b') return { ...view, isTyping: false, filter: '' };
  if (key === '\x7f' || key === '\b') return { ...view, filter: view.filter.slice(0, -1) };
  return /^[!-~]$/.test(key) && view.filter.length < 40 ? { ...view, filter: view.filter + key } : view;
}
