/**
 * Chains of one priority at one hook: the one that was registered last is asked first (linux 6.1,
 * net/netfilter/core.c, nf_hook_entries_grow), and no listing tells which that was.
 */

import type { Action, Chain, Match, Step, Table } from '../ruleset.ts';
import type { Ended } from './chain-walk.ts';
import { doubted, type Flow, unknown, untouched } from './flow.ts';

export interface Base {
  table: Table;
  chain: Chain;
  priority: number;
}

export const nameOf = ({ table, chain }: Base) =>
  `${table.backend} ${table.family} ${table.name} ${chain.name}`;

/** More than this many are asked in their printed order and its reverse only. */
const MAX_ORDERS = 3;

/** All ends that a flow may come to. Where it makes no difference, it is in no doubt. */
export function inEveryOrder<T>(
  equals: readonly T[],
  names: readonly string[],
  flow: Flow,
  inOrder: (order: readonly T[], flow: Flow) => Ended[],
): Ended[] {
  if (equals.length <= 1) return inOrder(equals, flow);
  const orders = equals.length <= MAX_ORDERS ? permutations(equals) : [equals, [...equals].reverse()];
  const doubt = unknown(`which is asked first: ${names.join(', or ')}`);
  const ended = orders.flatMap((order) => inOrder(order, doubted(flow, doubt)));
  const idle = ended.every((end) => end.verdict === 'accept' && untouched(flow, end.flow));
  return idle ? [{ flow, verdict: 'accept' }] : ended;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** Marks are how one chain can tell something to another. */
export function touchEachOther(units: readonly (readonly Base[])[]): boolean {
  const uses = units.map((bases) => bases.map(({ table }) => markUse(table)));
  return uses.some(
    (own, i) =>
      own.some(({ writes }) => writes) &&
      uses.some((other, j) => i !== j && other.some(({ reads, writes }) => reads || writes)),
  );
}

interface MarkUse {
  reads: boolean;
  writes: boolean;
}

const KNOWN = new WeakMap<Table, MarkUse>();

/** Of any chain of the table. */
function markUse(table: Table): MarkUse {
  const known = KNOWN.get(table);
  if (known) return known;
  const steps = [...table.chains.values()].flatMap(({ rules }) => rules.flatMap((rule) => rule.steps));
  const use = {
    reads: steps.some(({ when, action }) => when.some(readsMark) || (action !== null && readsIn(action))),
    writes: steps.some(({ action }) => action !== null && writesIn(action)),
  };
  KNOWN.set(table, use);
  return use;
}

function readsMark(match: Match): boolean {
  return (
    match.kind === 'mark' ||
    match.kind === 'set' ||
    (match.kind === 'any' && match.rows.some((row) => row.some(readsMark)))
  );
}

const readsIn = (action: Action): boolean =>
  action.kind === 'copyMark' || (action.kind === 'choose' && action.cases.some(inCase(readsIn, readsMark)));

const writesIn = (action: Action): boolean =>
  action.kind === 'setMark' ||
  action.kind === 'copyMark' ||
  action.kind === 'notrack' ||
  (action.kind === 'changeSets' && action.mark) ||
  action.kind === 'unknown' ||
  (action.kind === 'choose' && action.cases.some(inCase(writesIn, () => false)));

const inCase =
  (does: (action: Action) => boolean, asks: (match: Match) => boolean) =>
  ({ when, action }: Step): boolean =>
    when.some(asks) || (action !== null && does(action));
