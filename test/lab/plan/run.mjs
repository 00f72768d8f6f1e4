/**
 * node test/lab/plan/run.mjs [--runs N] [--seed S]: plan against the kernel, for longer than CI does it and, where no
 * seed is given, with other changes each time. Changes are drawn by S and the seeds that follow it: where they disagree,
 * it names the seed of that change.
 */

import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string' } },
});
const env = {
  ...process.env,
  TWLINT_CI: '1',
  TWLINT_DIFFERENTIAL_RUNS: values.runs,
  TWLINT_DIFFERENTIAL_SEED: values.seed ?? `${randomInt(2 ** 31)}`,
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/lab/plan/plan-differential.test.ts'], {
  env,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
