/**
 * The engine against a kernel with IPVS, on routers with virtual services.
 *
 * TWLINT_DIFFERENTIAL_RUNS, TWLINT_DIFFERENTIAL_SEED: see ../differential/run.mjs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareAll } from '../differential/campaign.ts';
import { servedCaseOf } from '../differential/case.ts';
import { readCase } from '../differential/case-text.ts';
import { compare } from '../differential/compare.ts';
import { type Lab, openLab } from '../differential/lab.ts';
import { ROUTERS } from '../differential/layout.ts';
import { tallyText } from '../differential/tally.ts';
import { type Machine, startMachine } from './machine.ts';

const RUNS = Number(process.env.TWLINT_DIFFERENTIAL_RUNS ?? 60);
const SEED = Number(process.env.TWLINT_DIFFERENTIAL_SEED ?? 1);
/** Its processors are emulated: milliseconds for each case, and until a packet is there. */
const PATIENCE = 60_000;
const EMULATED = [50, 1000, 3000];
/** The most of the drawn packets that may be undecided where the kernel is not: 1 in so many. */
const UNDECIDED = 100;
const CASES = join(import.meta.dirname, 'served');

describe('the engine and a kernel with IPVS', () => {
  let machine: Machine;
  const labs: Lab[] = [];
  beforeAll(async () => {
    machine = await startMachine();
    machine.run('/whole.sh');
    for (const kind of ROUTERS) labs.push(await openLab(kind, machine.whole, EMULATED));
  }, 10 * PATIENCE);
  afterAll(() => {
    for (const lab of labs) lab.close();
    machine?.stop();
  }, PATIENCE);

  it.each(readdirSync(CASES))(
    'agree on %s',
    async (name) => {
      const drawn = readCase(readFileSync(join(CASES, name), 'utf8'));
      const { refused, disagreements, certainty } = await compare(
        labs.find(({ kind }) => kind === drawn.kind)!,
        drawn,
      );
      expect(refused).toBeNull();
      expect(disagreements).toEqual([]);
      // of nothing, it would agree with everything
      expect(certainty.some(({ is }) => is === 'sure')).toBe(true);
    },
    PATIENCE,
  );

  it(
    `agree on ${RUNS} routers`,
    async () => {
      const tally = await compareAll(labs, { seed: SEED, runs: RUNS, caseOf: servedCaseOf, tries: 60 });
      process.stderr.write(tallyText(tally));
      expect(tally.refused.length, tally.refused[0]).toBeLessThan(Math.max(2, RUNS / 20));
      expect(tally.undecided * UNDECIDED, 'undecided packets').toBeLessThan(tally.packets);
    },
    RUNS * PATIENCE,
  );
});
