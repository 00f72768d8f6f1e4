/** Walks down into a rule: through maps, and through the rows that sets and concatenations are written out as. */
import { onceFor } from '../once-for.ts';
import type { Action, BaseChain, Match, Rule, Step, Table } from './ruleset.ts';

/** Yields every match, those within others after them. */
export function* everyMatch({ steps }: Pick<Rule, 'steps'>): Generator<Match> {
  for (const { when, action } of steps) {
    yield* matchesIn(when);
    if (action?.kind === 'choose') yield* everyMatch({ steps: action.cases });
  }
}

function* matchesIn(row: readonly Match[]): Generator<Match> {
  for (const match of row) {
    yield match;
    if (match.kind === 'any') for (const inner of match.rows) yield* matchesIn(inner);
  }
}

/** An action of a rule other than a map: of a map, the actions of its cases. */
export type PlainAction = Exclude<Action, { kind: 'choose' }>;

export function* everyAction({ steps }: { steps: readonly Step[] }): Generator<PlainAction> {
  for (const { action } of steps) {
    if (action?.kind === 'choose') yield* everyAction({ steps: action.cases });
    else if (action) yield action;
  }
}

/** An action that gives packets another address or port, or one of which that is not known. */
export type NatAction = Extract<
  PlainAction,
  { kind: 'masquerade' | 'translate' | 'netmap' | 'redirect' | 'unknown' }
>;

/** Tells whether an action may give packets another address or port. */
export function isNatAction(action: PlainAction): action is NatAction {
  switch (action.kind) {
    case 'masquerade':
    case 'translate':
    case 'netmap':
    case 'redirect':
    case 'unknown':
      return true;
    case 'accept':
    case 'drop':
    case 'return':
    case 'jump':
    case 'goto':
    case 'setMark':
    case 'copyMark':
    case 'notrack':
    case 'offload':
    case 'changeSets':
      return false;
    default:
      return assertNever(action);
  }
}

/** Tells whether an action may change the mark of a packet's connection. */
export function marksConnection(action: PlainAction): boolean {
  switch (action.kind) {
    case 'setMark':
      return action.of === 'connection';
    case 'copyMark':
      return action.to === 'connection';
    case 'unknown':
      return true;
    case 'accept':
    case 'drop':
    case 'return':
    case 'jump':
    case 'goto':
    case 'masquerade':
    case 'translate':
    case 'netmap':
    case 'redirect':
    case 'notrack':
    case 'offload':
    case 'changeSets':
      return false;
    default:
      return assertNever(action);
  }
}

/** Returns the names of the chains that packets get to from these base chains, by jumps and gotos. */
export function chainsReached(table: Table, isBegin: (base: BaseChain) => boolean): ReadonlySet<string> {
  const bases = [...table.chains.values()].filter(({ base }) => base !== null && isBegin(base));
  // a set that grows is walked to its end
  const seen = new Set(bases.map(({ name }) => name));
  for (const name of seen)
    for (const { steps } of table.chains.get(name)?.rules ?? [])
      for (const next of jumpsIn(steps)) seen.add(next);
  return seen;
}

/** The chains that a rule leads to: hosts of a cluster share the steps of thousands of rules. */
const jumpsIn = onceFor((steps: Rule['steps']): string[] =>
  [...everyAction({ steps })].flatMap((action) => ('chain' in action ? [action.chain] : [])),
);

/** Returns a rule's text without what it has counted: the same rule is another text each time that it is printed. */
export const withoutCounters = (text: string): string =>
  text.replace(/\[\d+:\d+\] ?|\bpackets \d+ bytes \d+/g, '').trim();

/** Ends a switch over all members of a union: a member that it forgets does not compile. */
export function assertNever(value: never): never {
  throw new Error(`no such kind: ${JSON.stringify(value)}`);
}
