/** The tests' own manners: what they run, and what they leave behind. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

// each is a run of its own, of a second where the machine is idle
vi.setConfig({ testTimeout: 120_000 });

const ROOT = join(import.meta.dirname, '../..');

/** Runs tests that are not of the suite, in a temporary folder of their own. */
function run(name: string, env: NodeJS.ProcessEnv = {}) {
  const tmp = temporaryFolder('suite');
  const args = ['--config', 'test/suite/runs/vitest.config.ts', `test/suite/runs/${name}.ts`];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env.PATH, TMPDIR: tmp, NO_COLOR: '1', ...env } },
  );
  return { status, said: stdout + stderr, left: readdirSync(tmp) };
}

it.each(['leaves', 'leaves-when-skipped'])(
  'a run that leaves something in the temporary folder fails: %s',
  (name) => {
    const { status, said, left } = run(name);
    expect(said).toContain('left behind in the temporary folder: forgotten');
    expect(status).toBe(1);
    expect(left).toEqual([]);
  },
);

it.each(['keeps', 'keeps-when-skipped'])('folders of temporaryFolder are removed: %s', (name) => {
  const { status, said, left } = run(name);
  expect({ status, said: status === 0 ? '' : said, left }).toEqual({ status: 0, said: '', left: [] });
});

it('what this machine lacks costs its own tests, of which no line runs, and is told', () => {
  const { status, said } = run('needs');
  expect(said).toMatch(/Groups of tests skipped here.*\n {2}1 {2}needs no-such-program\n/);
  expect(status).toBe(0);
});

it.each(['needs', 'skips'])('nothing is skipped under TWLINT_CI=1: %s', (name) => {
  const { status } = run(name, { TWLINT_CI: '1' });
  expect(status).toBe(1);
});
