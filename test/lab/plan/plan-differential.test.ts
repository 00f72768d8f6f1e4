/**
 * twlint plan against the kernel: a router is drawn, packets are sent through it, its rules, settings or routes are changed,
 * and the same packets are sent again. Each that then fares otherwise was predicted to, from what the router said before
 * the change, and each that was predicted to does.
 *
 * TWLINT_DIFFERENTIAL_RUNS, TWLINT_DIFFERENTIAL_SEED: see run.mjs.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../../needs.ts';
import { caseOf, kindOf } from '../differential/case.ts';
import { writeCase } from '../differential/case-text.ts';
import { type Lab, openLab, PROGRAMS } from '../differential/lab.ts';
import { ROUTERS } from '../differential/layout.ts';
import { compareChange } from './compare-change.ts';
import { sumsOf } from './sums.ts';

const RUNS = Number(process.env.TWLINT_DIFFERENTIAL_RUNS ?? 12);
const SEED = Number(process.env.TWLINT_DIFFERENTIAL_SEED ?? 20_000);

/** Milliseconds for one change, where the machine has much else to do. */
const PATIENCE = 10_000;

describeWhere({ root: true, programs: PROGRAMS }, 'twlint plan and the kernel', () => {
  const labs: Lab[] = [];
  beforeAll(async () => {
    for (const kind of ROUTERS) labs.push(await openLab(kind));
  }, 60_000);
  afterAll(() => {
    for (const lab of labs) lab.close();
  });

  it(
    `agree on ${RUNS} changes`,
    async () => {
      const began = Date.now();
      const sums = sumsOf();
      const wrong: string[] = [];
      const isOver = () => Date.now() - began > RUNS * PATIENCE;
      for (let seed = SEED; sums.all.changes < RUNS && wrong.length < 3 && !isOver(); seed++) {
        const drawn = caseOf(seed);
        const lab = labs.find(({ kind }) => kind === kindOf(seed))!;
        const compare = () => compareChange(lab, drawn, seed, sums.all.changes % 8 === 0);
        const first = await compare();
        // what is late is no disagreement: the machine may be busy
        const compared = first !== null && first.disagreements.length > 0 ? await compare() : first;
        if (compared === null) continue;
        sums.add(compared, seed);
        const { disagreements, change } = compared;
        if (disagreements.length > 0)
          wrong.push(
            `--seed ${seed} --runs 1\n${disagreements.join('\n')}\n${writeCase(drawn)}\n## change\n${change.script}`,
          );
      }
      process.stderr.write(`seed ${SEED}\n${sums.text()}`);
      const { all } = sums;
      expect(wrong.join('\n\n')).toBe('');
      expect(all.declined.join('\n')).toBe('');
      expect(all.changes, 'were tried in time').toBe(RUNS);
      expect(all.flipping).toBeGreaterThan(RUNS / 8 - 1);
      expect(all.refused.length, all.refused.join('\n')).toBeLessThan(Math.max(2, RUNS / 10));
    },
    120_000 + RUNS * PATIENCE,
  );
});
