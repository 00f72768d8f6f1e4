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
/** A smaller counter-example is worth so many tries. */
const MAX_SHRINKS = 200;
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
      let shrinking = 0;
      const property = fc.asyncProperty(drawCase, async (drawn) => {
        if (shrinking > 0 && shrinking++ > MAX_SHRINKS) return;
        const result = await compare(lab, drawn);
        packets += result.packets;
        sure += result.sure;
        if (result.refused) refused.push(result.refused);
        if (result.disagreements.length === 0) return;
        shrinking ||= 1;
        throw new Error(result.disagreements.join('\n'));
      });
      const found = await fc.check(property, { numRuns: RUNS, ...(SEED ? { seed: Number(SEED) } : {}) });
      process.stderr.write(
        `${found.numRuns} rulesets, ${packets} packets, sure of ${sure}, ${refused.length} refused by their program, seed ${found.seed}\n`,
      );
      if (found.failed) throw new Error(await report(lab, found));
      expect(refused.length, refused[0]).toBeLessThan(RUNS / 20);
    },
    90_000 + RUNS * 1000,
  );
});

/** The smallest case that was found, in a file that can be read and run again. */
async function report(lab: Lab, found: fc.RunDetails<[Case]>): Promise<string> {
  const smallest = found.counterexample![0];
  const { disagreements } = await compare(lab, smallest);
  const why =
    disagreements.length > 0 ? disagreements.join('\n') : `once, and not again: ${found.errorInstance}`;
  const file = join(mkdtempSync(join(tmpdir(), 'twlint-differential-')), 'counter-example.txt');
  writeFileSync(file, `${show(smallest)}\n${why}\n`);
  return `the engine and the kernel disagree (seed ${found.seed}): ${file}\n${why}\n${show(smallest)}`;
}
