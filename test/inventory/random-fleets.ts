import fc from 'fast-check';
import { dump } from 'js-yaml';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

const variables = fc.dictionary(
  fc.constantFrom('x', 'y', 'z', 'ansible_group_priority'),
  fc.integer({ min: -2, max: 9 }),
);
const hostVariables = fc.dictionary(fc.constantFrom('x', 'y'), fc.integer({ min: 10, max: 19 }));

interface RandomGroup {
  vars: Record<string, number>;
  children: string[];
  hosts: Record<string, Record<string, number>>;
}

/** Six groups in a random order; each may hold those after it, so that they never hold each other. */
const fleet = fc
  .tuple(
    fc.shuffledSubarray(NAMES, { minLength: 6 }),
    fc.array(
      fc.tuple(
        variables,
        fc.subarray(NAMES),
        fc.dictionary(fc.constantFrom('h1', 'h2', 'h3'), hostVariables),
      ),
      { minLength: 6, maxLength: 6 },
    ),
  )
  .map(([order, bodies]): [string, RandomGroup][] =>
    order.map((name, index) => {
      const [vars, held, hosts] = bodies[index]!;
      return [name, { vars, children: held.filter((child) => order.indexOf(child) > index), hosts }];
    }),
  );

/**
 * One inventory of many small fleets that share nothing but `all`, as one start of Ansible is slow. The same every
 * time.
 */
export function randomInventory(fleets: number): string {
  const groups = fc.sample(fleet, { numRuns: fleets, seed: 20_080_704 }).flatMap((groups, number) =>
    groups.map(([name, { vars, children, hosts }]) => {
      const own = (word: string): string => `fleet${number}${word}`;
      const renamed = <T>(values: Record<string, T>): Record<string, T> =>
        Object.fromEntries(Object.entries(values).map(([word, value]) => [own(word), value]));
      const below = Object.fromEntries(children.map((child) => [own(child), null]));
      return [own(name), { vars, children: below, hosts: renamed(hosts) }];
    }),
  );
  return dump(Object.fromEntries(groups));
}
