/** The tests' own manners: what they run, and what they leave behind. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Runs tests that are not of the suite, in a temporary folder of their own. */
function run(name: string) {
  const tmp = temporaryFolder('suite');
  const args = ['--config', 'test/suite/runs/vitest.config.ts', `test/suite/runs/${name}.ts`];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env.PATH, TMPDIR: tmp, NO_COLOR: '1' } },
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
