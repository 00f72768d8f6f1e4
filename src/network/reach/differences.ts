/**
 * The difference between two answers to one question: of which packets another thing becomes, and of which that can't
 * be told.
 */
import { structureKey } from '../../sharing.ts';
import { setKey } from '../addresses.ts';
import { common, type PacketSet, without } from '../walk/packets.ts';
import { alreadySo, type Fate, fateKey, fateOf } from './fate.ts';
import { type Parting, partingOf, wayKey } from './parting.ts';
import { isSettled, type Reach } from './reach.ts';

/**
 * - stops: what arrived or left does not any more, of all connections or of some
 * - starts: what was dropped is not any more
 * - server: it ends in another namespace, or at another address or port
 * - source: its end sees another source
 * - way: it leaves the fleet by another interface or router
 * - undecided: it can't be told whether it is the same
 */
export type DifferenceKind = 'stops' | 'starts' | 'server' | 'source' | 'way' | 'undecided';

export interface Difference {
  kind: DifferenceKind;
  /** The packets, as their sender sent them; each of them may take each of the ways. */
  packets: PacketSet;
  before: readonly Reach[];
  after: readonly Reach[];
  /** The first step that is another on each side; null where that side has gone all of the other's way. */
  parting: Parting;
}

/** Packets that all may take the same ways; cells of one answer share no packet. */
export interface Cell {
  packets: PacketSet;
  ways: readonly Reach[];
}

/** Returns the packets of which another thing becomes, of two answers to one question. */
export const differences = (before: readonly Reach[], after: readonly Reach[]): Difference[] =>
  differencesOfCells(cellsOf(before), cellsOf(after));

export function differencesOfCells(before: readonly Cell[], after: readonly Cell[]): Difference[] {
  const [then, now] = withoutCommon(before, after);
  return then.flatMap((a) =>
    now.flatMap((b) => {
      const packets = common(a.packets, b.packets);
      return packets ? compare(packets, a.ways, b.ways) : [];
    }),
  );
}

/** Leaves out the cells that both have: of a great ruleset that is all but a few. */
function withoutCommon(before: readonly Cell[], after: readonly Cell[]): [Cell[], Cell[]] {
  const keys = (cells: readonly Cell[]) => new Map(cells.map((cell) => [cellKey(cell), cell]));
  const [then, now] = [keys(before), keys(after)];
  const apart = (own: Map<string, Cell>, other: Map<string, Cell>) =>
    [...own].flatMap(([key, cell]) => (other.has(key) ? [] : [cell]));
  return [apart(then, now), apart(now, then)];
}

/** A digest: there may be tens of thousands of cells, each with all the steps of its ways. */
const cellKey = ({ packets, ways }: Cell): string =>
  structureKey([packetsKey(packets), waysKey(ways, packets, ways.every(isSettled))]);

const packetsKey = ({ source, destination, protocol, sourcePort, destinationPort }: PacketSet): string =>
  [setKey(source), setKey(destination), protocol, sourcePort, destinationPort].join(' ');

/**
 * Where all is known, fates are compared; where something is not, the same unknown fact may lead to them in another way,
 * so that only what took the same steps is the same.
 */
const waysKey = (ways: readonly Reach[], packets: PacketSet, decided: boolean): string =>
  [...new Set(ways.map(({ trace }) => (decided ? fateKey(trace, packets) : wayKey(trace))))]
    .sort()
    .join('\n');

/** Sorts ways into cells that share no packet: ways in doubt have packets in common. */
function cellsOf(reaches: readonly Reach[]): Cell[] {
  const sure = reaches.filter(({ doubts }) => doubts.length === 0);
  const doubtful = reaches.filter(({ doubts }) => doubts.length > 0);
  const cells = doubtful.reduce(refined, [] as Cell[]);
  return [...sure.map((reach): Cell => ({ packets: reach.origin, ways: [reach] })), ...cells];
}

/** Adds a way, cutting cells where it overlaps with them. */
function refined(cells: readonly Cell[], reach: Reach): Cell[] {
  const result: Cell[] = [];
  let rest = [reach.origin];
  for (const cell of cells) {
    const both = common(cell.packets, reach.origin);
    if (!both) {
      result.push(cell);
      continue;
    }
    result.push(...without(cell.packets, reach.origin).map((packets) => ({ ...cell, packets })));
    result.push({ packets: both, ways: [...cell.ways, reach] });
    rest = rest.flatMap((piece) => without(piece, cell.packets));
  }
  return [...result, ...rest.map((packets) => ({ packets, ways: [reach] }))];
}

function compare(packets: PacketSet, before: readonly Reach[], after: readonly Reach[]): Difference[] {
  const decided = [...before, ...after].every(isSettled);
  if (waysKey(before, packets, decided) === waysKey(after, packets, decided)) return [];
  if (!decided) return [differenceOf('undecided', packets, before, after)];
  return pieces(packets, [...before, ...after]).flatMap((piece) => {
    const kind = kindOf(piece, before, after);
    return kind === null ? [] : [differenceOf(kind, piece, before, after)];
  });
}

/** Divides packets by whether they have already what they are given. */
function pieces(packets: PacketSet, ways: readonly Reach[]): PacketSet[] {
  let result = [packets];
  for (const { trace } of ways)
    for (const mark of alreadySo(trace, packets))
      result = result.flatMap((piece) => {
        const inside = common(piece, mark);
        return inside ? [inside, ...without(piece, mark)] : [piece];
      });
  return result;
}

function kindOf(
  packets: PacketSet,
  before: readonly Reach[],
  after: readonly Reach[],
): Exclude<DifferenceKind, 'undecided'> | null {
  if (waysKey(before, packets, true) === waysKey(after, packets, true)) return null;
  const fates = (ways: readonly Reach[]) => ways.map(({ trace }) => fateOf(trace, packets));
  const [then, now] = [fates(before), fates(after)];
  const worse = dropsIn(now) - dropsIn(then);
  if (worse !== 0) return worse > 0 ? 'stops' : 'starts';
  const differs = (part: keyof Fate) => textsOf(then, part) !== textsOf(now, part);
  if (differs('ending') || differs('server')) return 'server';
  return differs('source') ? 'source' : 'way';
}

/** 0: none of the ways, 1: some, 2: all of them. */
function dropsIn(fates: readonly Fate[]): 0 | 1 | 2 {
  const dropped = fates.filter(({ ending }) => ending === 'dropped').length;
  return dropped === 0 ? 0 : dropped < fates.length ? 1 : 2;
}

const textsOf = (fates: readonly Fate[], part: keyof Fate): string =>
  [...new Set(fates.map((fate) => fate[part]))].sort().join('\n');

function differenceOf(
  kind: DifferenceKind,
  packets: PacketSet,
  before: readonly Reach[],
  after: readonly Reach[],
): Difference {
  return { kind, packets, before, after, parting: partingOf(before, after) };
}
