import { expect, it } from 'vitest';
import { type AddressSet, ALL4, ALL6, addressSet } from '../../src/network/addresses.ts';
import { latestAnswers } from '../../src/network/paths/latest-answers.ts';
import { fullBudget } from '../../src/network/walk/budget.ts';
import { nodesFrom } from './paths-fleet.ts';

const one = () => addressSet({ family: 4, value: 7 });

/** Asks about these, one after the other, where an answer costs so much; returns how often one was worked out, and what is left. */
function asking(sets: readonly AddressSet[], cost: number) {
  const [node] = nodesFrom({ m1: { interfaces: { eth0: ['10.0.0.1/24'] } } });
  let asked = 0;
  const answer = latestAnswers(({ net }, about) => {
    asked++;
    net.budget.left -= cost;
    return about;
  });
  const answers = sets.map((set) => answer(node!, set));
  expect(answers).toEqual(sets);
  return { asked, spent: fullBudget().left - node!.net.budget.left };
}

it.each([
  ['the same addresses again', [one(), one()], 5, { asked: 1, spent: 10 }],
  ['others between', [ALL4, ALL6, ALL4], 5, { asked: 3, spent: 15 }],
  [
    'what took all of the budget',
    [ALL4, ALL4],
    fullBudget().left + 1,
    { asked: 2, spent: 2 * fullBudget().left + 2 },
  ],
  [
    'what the budget is not enough for again',
    [ALL4, ALL4],
    fullBudget().left * 0.75,
    { asked: 2, spent: 1.5 * fullBudget().left },
  ],
])('an answer is kept, and costs what it did: %s', (_, sets, cost, expected) => {
  expect(asking(sets, cost)).toEqual(expected);
});
