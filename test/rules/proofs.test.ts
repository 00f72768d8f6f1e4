import { expect, it } from 'vitest';
import { provenIds } from './proof.ts';
import { rules } from './seen.ts';

const known = rules.map(({ id }) => id);

it('every rule has a proof', () => {
  const proven = provenIds();
  expect(known.filter((id) => !proven.includes(id))).toEqual([]);
});

it('no proof is of a rule that is gone', () => {
  expect(provenIds().filter((id) => !known.includes(id))).toEqual([]);
});
