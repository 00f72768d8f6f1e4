/**
 * node test/lab/differential/run.mjs [--runs N] [--seed S] [--case FILE]: the differential test, for longer than CI does
 * it and, where no seed is given, with other rulesets each time.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { case: { type: 'string' }, runs: { type: 'string', default: '1000' }, seed: { type: 'string' } },
});
const env = {
  ...process.env,
  TWLINT_CI: '1',
  TWLINT_SEED: 'random',
  TWLINT_DIFFERENTIAL_RUNS: values.runs,
  ...(values.case ? { TWLINT_DIFFERENTIAL_CASE: values.case } : {}),
  ...(values.seed ? { TWLINT_DIFFERENTIAL_SEED: values.seed } : {}),
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/lab/differential'], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
