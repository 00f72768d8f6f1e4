/**
 * node test/lab/differential/run.mjs [--runs N] [--seed S] [--case FILE]: the differential test, for longer than CI does
 * it and, where no seed is given, with other routers each time. Run number i draws by seed S + i alone, so that
 * `--seed S+i --runs 1` is that run again.
 */

import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { case: { type: 'string' }, runs: { type: 'string', default: '1000' }, seed: { type: 'string' } },
});
const env = {
  ...process.env,
  TWLINT_CI: '1',
  TWLINT_DIFFERENTIAL_RUNS: values.runs,
  ...(values.case ? { TWLINT_DIFFERENTIAL_CASE: values.case } : {}),
  TWLINT_DIFFERENTIAL_SEED: values.seed ?? `${randomInt(2 ** 31)}`,
};
const { status } = spawnSync('npx', ['vitest', 'run', 'test/lab/differential'], { env, stdio: 'inherit' });
process.exitCode = status ?? 1;
