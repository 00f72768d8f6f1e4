/** A fleet that is divided: each host is in one part and stays there, and all parts together are the fleet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { checkWhole, isInShard, readShard } from '../../src/inventory/shard.ts';

const count = fc.integer({ min: 1, max: 50 });

it('each host is in just one part, whatever other hosts there are', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), count, (name, of) => {
      const own = Array.from({ length: of }, (_, i) => i + 1).filter((number) =>
        isInShard(name, { number, of }),
      );
      expect(own).toHaveLength(1);
    }),
  );
});

it('parts are about equal', () => {
  const names = Array.from({ length: 8000 }, (_, i) => `node-${i}.example`);
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const { length } = names.filter((name) => isInShard(name, { number, of: 8 }));
    expect(length).toBeGreaterThan(900);
    expect(length).toBeLessThan(1100);
  }
});

it.each(['1/1', '2/8', '999999/999999'])('%s is a part', (text) => {
  const { number, of } = readShard(text);
  expect(`${number}/${of}`).toBe(text);
});

it.each(['', '0/4', '5/4', '1/0', '1', '1/4/2', '-1/4', '1.5/4', '01/4', '1/4 ', 'a/b', '1/10000000'])(
  '"%s" is none',
  (text) => {
    expect(() => readShard(text)).toThrow(UserError);
  },
);

describe('parts that are given', () => {
  const parts = (...texts: string[]) => texts.map(readShard);

  it.each([[[]], [['1/1']], [['2/2', '1/2']], [['3/3', '1/3', '2/3']]])('%j are a fleet', (texts) => {
    checkWhole(parts(...texts), 'name all parts');
  });

  it.each([
    [['1/3', '3/3'], 'of 3 parts, these are missing: 2'],
    [['1/2', '1/3'], 'parts of 2 and of 3 do not go together'],
    [['2/30', '3/30'], 'of 30 parts, these are missing: 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, ...'],
  ])('%j are not', (texts, message) => {
    expect(() => checkWhole(parts(...texts), 'name all parts')).toThrow(message);
  });
});
