/** Walks down into a rule: through maps, and through the rows that sets and concatenations are written out as. */
import type { Action, Match, Rule, Step } from './ruleset.ts';

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

/** Ends a switch over all members of a union: a member that it forgets does not compile. */
export function assertNever(value: never): never {
  throw new Error(`no such kind: ${JSON.stringify(value)}`);
}
