/**
 * The engine against the kernel: rulesets are drawn and loaded, real packets sent through them, and what arrives
 * compared with what the engine says of the same rules, as the collectors read them back.
 *
 * TWLINT_DIFFERENTIAL_RUNS, TWLINT_DIFFERENTIAL_SEED: see run.mjs.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../../needs.ts';
import { type Case, compare, drawCase, show } from './compare.ts';
import { type Lab, openLab } from './lab.ts';
import { LISTEN } from './universe.ts';

const RUNS = Number(process.env.TWLINT_DIFFERENTIAL_RUNS ?? 200);
const SEED = process.env.TWLINT_DIFFERENTIAL_SEED;
const programs = [
  'ip',
  'iptables-legacy-restore',
  'iptables-nft-restore',
  'nft',
  'ipset',
  'conntrack',
  'sysctl',
];

describeWhere({ root: true, programs }, 'the engine and the kernel', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(LISTEN);
  });
  afterAll(() => lab?.close());

  it(
    `agree on ${RUNS} rulesets`,
    async () => {
      let packets = 0;
      let sure = 0;
      const refused: string[] = [];
      const property = fc.asyncProperty(drawCase, async (drawn) => {
        const result = await compare(lab, drawn);
        packets += result.packets;
        sure += result.sure;
        if (result.refused) refused.push(result.refused);
        expect(result.disagreements).toEqual([]);
      });
      const found = await fc.check(property, { numRuns: RUNS, ...(SEED ? { seed: Number(SEED) } : {}) });
      process.stderr.write(
        `${found.numRuns} rulesets, ${packets} packets, sure of ${sure}, ${refused.length} refused by their program, seed ${found.seed}\n`,
      );
      if (found.failed) throw new Error(await report(lab, found.counterexample![0], found.seed));
      expect(refused.length, refused[0]).toBeLessThan(RUNS / 20);
    },
    30_000 + RUNS * 1000,
  );
});

/** The smallest case that was found, in a file that can be read and run again. */
async function report(lab: Lab, smallest: Case, seed: number): Promise<string> {
  const { disagreements } = await compare(lab, smallest);
  const file = join(mkdtempSync(join(tmpdir(), 'twlint-differential-')), 'counter-example.txt');
  writeFileSync(file, `${show(smallest)}\n${disagreements.join('\n')}\n`);
  return `the engine and the kernel disagree (seed ${seed}): ${file}\n${disagreements.join('\n')}\n${show(smallest)}`;
}
