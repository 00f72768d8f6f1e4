/**
 * Chains of one priority at one hook: the one that was registered last is evaluated first (linux 6.1,
 * net/netfilter/core.c, nf_hook_entries_grow), and no listing shows which that was.
 */

import { onceFor } from '../../once-for.ts';
import { allRules } from '../nat-rules.ts';
import { assertNever, everyAction, everyMatch, type PlainAction } from '../rule-parts.ts';
import type { Chain, Match, Table } from '../ruleset.ts';
import type { Ended } from './chain-walk.ts';
import { doubted, type Flow, unknown, untouched } from './flow.ts';

export interface Base {
  table: Table;
  chain: Chain;
  priority: number;
}

export const chainName = ({ table, chain }: Base) =>
  `${table.backend} ${table.family} ${table.name} ${chain.name}`;

/** The most chains evaluated in every order; more of them only in their printed order and its reverse. */
const MAX_ORDERS = 3;

/** Returns all ends that a flow may come to. Where the order makes no difference, the flow is in no doubt. */
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

/** Tells whether chains affect each other: marks are how one can pass something to another. */
export const touchEachOther = (units: readonly (readonly Base[])[]): boolean =>
  units.some(
    (own, i) =>
      own.some(({ table }) => writesMarks(table)) &&
      units.some((other, j) => i !== j && other.some(({ table }) => usesMarks(table) !== '')),
  );

/** Returns a text of how any chain of the table uses marks; '' where none does. */
export const usesMarks = (table: Table): string =>
  `${readsMarks(table) ? 'reads' : ''}${writesMarks(table) ? 'writes' : ''}`;

const writesMarks = onceFor((table: Table): boolean => {
  for (const { rule } of allRules([table]))
    for (const action of everyAction(rule)) if (useOf(action).writes) return true;
  return false;
});

const readsMarks = onceFor((table: Table): boolean => {
  for (const { rule } of allRules([table])) {
    for (const match of everyMatch(rule)) if (readsMark(match)) return true;
    for (const action of everyAction(rule)) if (useOf(action).reads) return true;
  }
  return false;
});

interface MarkUse {
  reads: boolean;
  writes: boolean;
}

function readsMark(match: Match): boolean {
  switch (match.kind) {
    case 'mark':
    case 'set':
      return true;
    case 'address':
    case 'original':
    case 'port':
    case 'protocol':
    case 'interface':
    case 'local':
    case 'state':
    case 'any':
    case 'ipvs':
    case 'virtual':
    case 'chance':
    case 'undecided':
      return false;
    default:
      return assertNever(match);
  }
}

function useOf(action: PlainAction): MarkUse {
  switch (action.kind) {
    case 'copyMark':
      return { reads: true, writes: true };
    case 'setMark':
    case 'notrack':
    case 'unknown':
      return { reads: false, writes: true };
    case 'changeSets':
      return { reads: false, writes: action.mark };
    case 'accept':
    case 'drop':
    case 'return':
    case 'jump':
    case 'goto':
    case 'offload':
    case 'masquerade':
    case 'translate':
    case 'netmap':
    case 'redirect':
      return { reads: false, writes: false };
    default:
      return assertNever(action);
  }
}
