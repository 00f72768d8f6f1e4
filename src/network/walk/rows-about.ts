/**
 * Finds the rows of a set or map that packets can meet. A set holds thousands of rows, each about another address:
 * packets to one address are not matched against those about others.
 */
import { onceFor } from '../../once-for.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import { ALL } from '../addresses.ts';
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

const meeting = <T>({ side, index }: SideIndex<T>, flow: Flow): T[] => index.meeting(flow[side].translated);

const indexOfRows = onceFor((rows: readonly Match[][]) => sideIndex(rows, (row) => row));
const indexOfCases = onceFor((cases: readonly Step[]) => sideIndex(cases, ({ when }) => when));

/** Indexes by the side that the first row asks for. */
function sideIndex<T>(items: readonly T[], whenOf: (item: T) => readonly Match[]): SideIndex<T> {
  const [first] = items;
  const asked = first === undefined ? undefined : whenOf(first).find(({ kind }) => kind === 'address');
  const side = asked?.kind === 'address' ? asked.side : 'destination';
  const setOf = (item: T) => {
    for (const match of whenOf(item))
      if (match.kind === 'address' && match.side === side && !match.not) return match.set;
    return ALL;
  };
  return { side, index: addressIndex(items, setOf) };
}
