/**
 * The engine against the kernel: routers are drawn and set up, real packets sent through them, and what arrives
 * compared with what the engine says of the same router, as a live audit of it reads it.
 *
 * TWLINT_DIFFERENTIAL_RUNS, TWLINT_DIFFERENTIAL_SEED, TWLINT_DIFFERENTIAL_CASE: see run.mjs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../../needs.ts';
import { compareAll } from './campaign.ts';
import { caseOf } from './case.ts';
import { readCase } from './case-text.ts';
import { compare } from './compare.ts';
import { type Lab, openLab, PROGRAMS } from './lab.ts';
import { ROUTERS } from './layout.ts';
import { tallyText } from './tally.ts';

const RUNS = Number(process.env.TWLINT_DIFFERENTIAL_RUNS ?? 60);
const SEED = Number(process.env.TWLINT_DIFFERENTIAL_SEED ?? 1);
const { TWLINT_DIFFERENTIAL_CASE: CASE } = process.env;
/** The most of the drawn packets that may be undecided where the kernel is not: 1 in so many. */
const UNDECIDED = 100;
/** What they once disagreed on, and what is too odd to be drawn. */
const CASES = join(import.meta.dirname, 'cases');
const kept = readdirSync(CASES).map((name) => relative(process.cwd(), join(CASES, name)));

describeWhere({ root: true, programs: PROGRAMS }, 'the engine and the kernel', () => {
  // while one waits for its programs, the engine walks for the other
  const labs: Lab[] = [];
  beforeAll(async () => {
    for (const kind of ROUTERS) labs.push(await openLab(kind));
  }, 60_000);
  afterAll(() => {
    for (const lab of labs) lab.close();
  });

  it.each(CASE ? [CASE] : kept)('agree on %s', async (path) => {
    const drawn = readCase(readFileSync(path, 'utf8'));
    const lab = labs.find(({ kind }) => kind === drawn.kind)!;
    const { refused, disagreements, certainty } = await compare(lab, drawn);
    expect(refused).toBeNull();
    expect(disagreements).toEqual([]);
    // of nothing, it would agree with everything
    expect(certainty.some(({ is }) => is === 'sure')).toBe(true);
  });

  it.skipIf(CASE)(
    `agree on ${RUNS} routers`,
    async () => {
      const tally = await compareAll(labs, { seed: SEED, runs: RUNS, caseOf, tries: 250 });
      process.stderr.write(tallyText(tally));
      expect(tally.refused.length, tally.refused[0]).toBeLessThan(Math.max(2, RUNS / 20));
      expect(tally.undecided * UNDECIDED, 'undecided packets').toBeLessThan(tally.packets);
    },
    90_000 + RUNS * 2000,
  );
});
