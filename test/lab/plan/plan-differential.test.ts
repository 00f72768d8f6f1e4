/**
 * twlint plan against the kernel: a router is drawn, packets are sent through it, its rules become those of another or
 * are edited by commands, and the same packets are sent again. Each that then fares otherwise was predicted to, from what
 * the router said before the change, and each that was predicted to does.
 *
 * TWLINT_DIFFERENTIAL_RUNS, TWLINT_DIFFERENTIAL_SEED: see run.mjs.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../../needs.ts';
import { caseOf, kindOf } from '../differential/case.ts';
import { writeCase } from '../differential/case-text.ts';
import { type Lab, openLab, PROGRAMS } from '../differential/lab.ts';
import { ROUTERS } from '../differential/layout.ts';
import { changeOf } from './change.ts';
import { compareChange } from './compare-change.ts';

const RUNS = Number(process.env.TWLINT_DIFFERENTIAL_RUNS ?? 12);
const SEED = Number(process.env.TWLINT_DIFFERENTIAL_SEED ?? 1);

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
      const sum = { changes: 0, refused: 0, flips: 0, stays: 0, open: 0 };
      const wrong: string[] = [];
      for (let seed = SEED; sum.changes < RUNS && wrong.length < 3; seed++) {
        const drawn = caseOf(seed);
        const change = changeOf(drawn, seed);
        if (change === null) continue;
        const lab = labs.find(({ kind }) => kind === kindOf(seed))!;
        sum.changes++;
        const first = await compareChange(lab, drawn, change, sum.changes % 8 === 1);
        // what is late is no disagreement: the machine may be busy
        const { refused, disagreements, ...counts } =
          first.disagreements.length > 0
            ? await compareChange(lab, drawn, change, sum.changes % 8 === 1)
            : first;
        if (refused !== null) sum.refused++;
        for (const key of ['flips', 'stays', 'open'] as const) sum[key] += counts[key];
        if (disagreements.length > 0)
          wrong.push(
            `--seed ${seed} --runs 1\n${disagreements.join('\n')}\n${writeCase(drawn)}\n## change\n${change.script}`,
          );
      }
      process.stderr.write(
        `${sum.changes} changes: ${sum.flips} packets fared otherwise and ${sum.stays} as before, as was said; ${sum.open} of which it can't be known, ${sum.refused} changes refused by their program, seed ${SEED}\n`,
      );
      expect(wrong.join('\n\n')).toBe('');
      expect(sum.flips).toBeGreaterThan(RUNS);
      expect(sum.refused).toBeLessThan(Math.max(2, RUNS / 10));
    },
    120_000 + RUNS * 4000,
  );
});
