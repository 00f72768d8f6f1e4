/** Compares the engine with the kernel on many drawn cases. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../temporary.ts';
import { type Case, kindOf } from './case.ts';
import { writeCase } from './case-text.ts';
import { compare } from './compare.ts';
import type { Lab } from './lab.ts';
import { smaller } from './smaller.ts';
import { type Tally, tallyOf } from './tally.ts';

export interface Campaign {
  /** Each run draws by a seed of its own: this one, and those that follow it. */
  seed: number;
  runs: number;
  caseOf(seed: number): Case;
  /** A smaller counter-example is worth so many tries. */
  tries: number;
}

/** Throws with the first disagreement, made small. */
export async function compareAll(
  labs: readonly Lab[],
  { seed: first, runs, caseOf, tries }: Campaign,
): Promise<Tally> {
  const tally = tallyOf(first);
  const seeds = Array.from({ length: runs }, (_, i) => first + i);
  let failed = false;
  const worker = async (lab: Lab) => {
    for (const seed of seeds.filter((one) => kindOf(one) === lab.kind)) {
      if (failed) return;
      const drawn = caseOf(seed);
      const compared = await compare(lab, drawn);
      tally.add(seed, compared);
      if (compared.disagreements.length === 0 || failed) continue;
      failed = true;
      throw new Error(await report(lab, seed, drawn, compared.disagreements.join('\n'), tries));
    }
  };
  const ended = await Promise.allSettled(labs.map(worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return tally;
}

/** The case found and the smallest that can be made of it, in files to read and to run again. */
async function report(lab: Lab, seed: number, drawn: Case, why: string, tries: number): Promise<string> {
  const folder = temporaryFolder('differential');
  const keep = (name: string, one: Case, because: string) => {
    const path = join(folder, `${name}.txt`);
    writeFileSync(path, `${because}\n\n${writeCase(one)}`);
    return `${path}\n${because}`;
  };
  const first = keep('found', drawn, why);
  const wrong = async (candidate: Case) => (await compare(lab, candidate)).disagreements;
  const fails = async (candidate: Case) => (await wrong(candidate)).length > 0;
  const heading = `the engine and the kernel disagree (--seed ${seed} --runs 1)`;
  if (!(await fails(drawn))) return `${heading}, once and not again: ${first}`;
  const smallest = await smaller(drawn, fails, tries);
  const still = (await wrong(smallest)).join('\n') || `of the case as found: ${why}`;
  return `${heading}: ${keep('smallest', smallest, still)}\n${writeCase(smallest)}`;
}
