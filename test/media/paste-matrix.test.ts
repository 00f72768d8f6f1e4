/** Outputs as people paste them: 18 kinds, each in 18 ways, against what the output tells as its program prints it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { type Comparison, compared, readPaste } from './pastes/facts.ts';
import { FURTHER, MUTATIONS } from './pastes/mutations.ts';

const CLEAN = join(import.meta.dirname, 'pastes/clean');
const scratch = temporaryFolder('pastes');
const samples = readdirSync(CLEAN).map((file) => ({
  name: file.replace(/\.txt$/, ''),
  text: readFileSync(join(CLEAN, file), 'utf8'),
}));
const found: Comparison[] = [];

/**
 * An output that is cut is a part; half of one in JSON can't be read at all. What stands below a mark of something that
 * was left out may belong to that: an address to an interface, a rule to a table.
 */
const allowed = (mutation: string): Comparison[] => {
  if (mutation === 'cut at the end') return ['same', 'part', 'nothing'];
  return mutation === 'elision' ? ['same', 'part'] : ['same'];
};

describe.each(samples)('$name', async (sample) => {
  const inFolder = (name: string) => join(scratch, sample.name, name);
  const clean = await readPaste(inFolder('clean'), {
    [sample.name.endsWith('.conf') ? sample.name : `${sample.name}.txt`]: sample.text,
  });

  it('is read as it is', () => {
    expect(clean.files.map(({ takenFor, leftOut }) => [takenFor.length, leftOut])).toEqual([[1, []]]);
  });

  it.each(Object.entries(MUTATIONS))('%s', async (mutation, mutate) => {
    const pasted = await readPaste(inFolder(mutation), mutate(sample));
    const comparison = compared(clean.facts, pasted.facts);
    found.push(comparison);
    expect(allowed(mutation)).toContain(comparison);
  });

  it.each(Object.entries(FURTHER))('%s', async (mutation, mutate) => {
    const pasted = await readPaste(inFolder(mutation), mutate(sample));
    expect(mutation === 'no line feed at the end' ? ['same', 'part'] : ['same']).toContain(
      compared(clean.facts, pasted.facts),
    );
  });
});

it('gives the same in nearly all, and another in none', () => {
  expect(found.length).toBe(18 * 18);
  expect(found.filter((one) => one === 'other')).toEqual([]);
  expect(found.filter((one) => one === 'same').length).toBeGreaterThanOrEqual(300);
});
