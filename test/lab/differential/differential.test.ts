/**
 * The engine against the kernel: rulesets are drawn and loaded, real packets sent through them, and what arrives
 * compared with what the engine says of the same rules, as the collectors read them back.
 *
 * TWLINT_DIFFERENTIAL_RUNS, TWLINT_DIFFERENTIAL_SEED, TWLINT_DIFFERENTIAL_CASE: see run.mjs.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../../needs.ts';
import { temporaryFolder } from '../../temporary.ts';
import { type Case, drawCase } from './case.ts';
import { readCase, writeCase } from './case-text.ts';
import { compare } from './compare.ts';
import { type Lab, openLab } from './lab.ts';
import { smaller } from './smaller.ts';
import { LISTEN } from './universe.ts';

const RUNS = Number(process.env.TWLINT_DIFFERENTIAL_RUNS ?? 200);
const { TWLINT_DIFFERENTIAL_SEED: SEED, TWLINT_DIFFERENTIAL_CASE: CASE } = process.env;
/** A smaller counter-example is worth so many tries. */
const MAX_TRIES = 250;
/** What they once disagreed on, and what is too odd to be drawn. */
const CASES = join(import.meta.dirname, 'cases');
const kept = readdirSync(CASES).map((name) => relative(process.cwd(), join(CASES, name)));
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
  }, 60_000);
  afterAll(() => lab?.close());

  it.each(CASE ? [CASE] : kept)('agree on %s', async (path) => {
    const { refused, disagreements, sure } = await compare(lab, readCase(readFileSync(path, 'utf8')));
    expect(refused).toBeNull();
    expect(disagreements).toEqual([]);
    // of nothing, it would agree with everything
    expect(sure).toBeGreaterThan(0);
  });

  it.skipIf(CASE)(
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
        if (result.disagreements.length > 0) throw new Error(result.disagreements.join('\n'));
      });
      const seed = SEED ? { seed: Number(SEED) } : {};
      const found = await fc.check(property, { numRuns: RUNS, endOnFailure: true, ...seed });
      process.stderr.write(
        `${found.numRuns} rulesets, ${packets} packets, sure of ${sure}, ${refused.length} refused by their program, seed ${found.seed}\n`,
      );
      if (found.failed) throw new Error(await report(lab, found));
      expect(refused.length, refused[0]).toBeLessThan(RUNS / 20);
    },
    90_000 + RUNS * 1000,
  );
});

/** The case found and the smallest that can be made of it, in files to read and to run again. */
async function report(lab: Lab, found: fc.RunDetails<[Case]>): Promise<string> {
  const folder = temporaryFolder('differential');
  const keep = (name: string, drawn: Case, why: string) => {
    const path = join(folder, `${name}.txt`);
    writeFileSync(path, `${why}\n\n${writeCase(drawn)}`);
    return `${path}\n${why}`;
  };
  const first = keep('found', found.counterexample![0], `${found.errorInstance}`);
  const wrong = async (candidate: Case) => (await compare(lab, candidate)).disagreements;
  const fails = async (candidate: Case) => (await wrong(candidate)).length > 0;
  const heading = `the engine and the kernel disagree (seed ${found.seed})`;
  if (!(await fails(found.counterexample![0]))) return `${heading}, once and not again: ${first}`;
  const smallest = await smaller(found.counterexample![0], fails, MAX_TRIES);
  return `${heading}: ${keep('smallest', smallest, (await wrong(smallest)).join('\n'))}\n${writeCase(smallest)}`;
}
