/**
 * Finds the rows of a set or map that packets can meet. A set holds thousands of rows, each about another address:
 * packets to one address are not matched against those about others.
 */
import { onceFor } from '../../once-for.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import { ALL, size } from '../addresses.ts';
import type { Match, Side, Step } from '../ruleset.ts';
import type { Flow } from './flow.ts';

/** Fewer rows than these are looked at one by one. */
const FEW = 16;

/** Returns the rows that may hold for packets of the flow, in their order: the others hold for none. */
export const rowsAbout = (rows: readonly Match[][], flow: Flow): readonly Match[][] =>
  rows.length < FEW ? rows : meeting(indexOfRows(rows), flow);

/** Returns the cases of a map that may hold for packets of the flow, in their order. */
export const casesAbout = (cases: readonly Step[], flow: Flow): readonly Step[] =>
  cases.length < FEW ? cases : meeting(indexOfCases(cases), flow);

interface SideIndex<T> {
  side: Side;
  index: AddressIndex<T>;
}

const meeting = <T>({ side, index }: SideIndex<T>, flow: Flow): readonly T[] =>
  index.meeting(flow[side].translated);

const indexOfRows = onceFor((rows: readonly Match[][]) => sideIndex(rows, (row) => row));
const indexOfCases = onceFor((cases: readonly Step[]) => sideIndex(cases, ({ when }) => when));

/**
 * Indexes by the side that the first row is most particular about: all of a table of one family begin with a source that
 * is anything of that family.
 */
function sideIndex<T>(items: readonly T[], whenOf: (item: T) => readonly Match[]): SideIndex<T> {
  const [first] = items;
  const side = (first && narrowest(whenOf(first)))?.side ?? 'destination';
  const setOf = (item: T) => narrowest(whenOf(item).filter((match) => isAbout(match, side)))?.set ?? ALL;
  return { side, index: addressIndex(items, setOf) };
}

type AddressMatch = Extract<Match, { kind: 'address' }>;

const isAbout = (match: Match, side: Side) => match.kind === 'address' && match.side === side;

/** Returns the match that the fewest addresses hold for. */
function narrowest(when: readonly Match[]): AddressMatch | null {
  const matches = when.filter((match): match is AddressMatch => match.kind === 'address' && !match.not);
  return matches.reduce<AddressMatch | null>(
    (least, one) => (least === null || size(one.set) < size(least.set) ? one : least),
    null,
  );
}
