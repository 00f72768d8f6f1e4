import { expect, it } from 'vitest';
import { STOPPING_RULES } from '../../src/why/stopping-rules.ts';
import { rules } from '../rules/seen.ts';

/** Errors that stop nobody now, and why. */
const LATER: Record<string, string> = { TW019: 'of an image, which does not run' };

it('every rule that stops connections is one of ours', () => {
  const ids = rules.map(({ id }) => id);
  expect(Object.keys(STOPPING_RULES).filter((id) => !ids.includes(id))).toEqual([]);
});

it('no error is forgotten', () => {
  const errors = rules.filter(({ severity }) => severity === 'error').map(({ id }) => id);
  expect(errors.filter((id) => !(id in STOPPING_RULES) && !(id in LATER))).toEqual([]);
});

it('what is about paths is looked for on paths', () => {
  const ofPaths = rules.filter(({ scope }) => scope === 'path').map(({ id }) => id);
  const placed = Object.keys(STOPPING_RULES).filter((id) => STOPPING_RULES[id]!.place === 'path');
  expect(placed.sort()).toEqual(ofPaths.filter((id) => id in STOPPING_RULES).sort());
});
