import { expect, it } from 'vitest';
import { within, withinTogether } from '../src/time-limit.ts';

/** Matching takes longer than anybody waits. */
const endless = () => /^(a+)+$/.test(`${'a'.repeat(40)}!`);

it('parts under one limit are as they would be alone', () => {
  expect(withinTogether(1000, () => [within(1, () => 'a'), within(1, () => 'b')])).toEqual([
    { value: 'a' },
    { value: 'b' },
  ]);
});

it('where one part takes longer than all may, each has its own limit, and the others their results', () => {
  const work = () => [within(1000, () => 'a'), within(20, endless), within(1000, () => 'b')];
  expect(withinTogether(20, work)).toEqual([{ value: 'a' }, null, { value: 'b' }]);
  // and what comes after is limited again
  expect(within(20, endless)).toBeNull();
});

it('what is thrown comes through, and ends the common limit', () => {
  const failing = () => {
    throw new RangeError('no');
  };
  expect(() => withinTogether(1000, failing)).toThrow(RangeError);
  expect(within(20, endless)).toBeNull();
});
