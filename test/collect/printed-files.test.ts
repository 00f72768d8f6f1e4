/** What somebody else had printed, as a source of hosts: a file, a folder of them, beside others. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const folder = temporaryFolder('printed-files');
const RULE = ['--rule', 'LS003'];
const audit = (...args: string[]) => twlint(folder, ['audit', ...RULE, '-o', 'json:-', ...args]);

beforeAll(async () => {
  const { stdout: script } = await twlint(folder, ['audit', ...RULE, '--netns', 'init', '--print-script']);
  const printed = spawnSync('sh', { input: script, encoding: 'utf8' }).stdout;
  mkdirSync(join(folder, 'all'));
  writeFileSync(join(folder, 'one.txt'), printed);
  writeFileSync(
    join(folder, 'all/console.txt'),
    `login: root\r\n# sh s.sh\r\n${printed.replaceAll('\n', '\r\n')}# `,
  );
  writeFileSync(join(folder, 'all/README'), 'how we asked\n');
  writeFileSync(join(folder, 'wrapped.txt'), printed.replace(/[^\n]{60}/g, '$&\n'));
}, 60_000);

it.each(['one.txt', 'all', 'all/console.txt'])('%s is a host, by its own name', async (path) => {
  const { status, stdout, stderr } = await audit('--from', path, '--fail-on', 'never');
  expect(stderr).toBe(
    path === 'all'
      ? 'twlint: nothing was read from all/README: it is not what the printed script printed\n'
      : '',
  );
  const report = JSON.parse(stdout);
  expect(report.hosts).toMatchObject([
    {
      name: hostname(),
      reached: { ok: true },
      medium: { kind: 'archive', takenAt: expect.stringMatching(/^20..-/) },
    },
  ]);
  expect(report.hosts[0].namespaces).toEqual(['init']);
  expect(status).toBe(0);
});

it('asks of it what it was not printed for, and is told', async () => {
  const { status, stdout } = await twlint(folder, [
    'audit',
    '--rule',
    'KA001',
    '--from',
    'one.txt',
    '-o',
    'json:-',
  ]);
  expect(status).toBe(3);
  expect(stdout).toContain('the script that printed this did not ask it');
});

it('is not believed where lines were wrapped', async () => {
  const { status, stdout } = await audit('--from', 'wrapped.txt');
  expect(status).toBe(3);
  expect(stdout).toContain('it is not what the script printed');
});

it('is one host beside another of its name only once', async () => {
  const { status, stderr } = await audit('--from', 'one.txt', '--from', 'all');
  expect([status, stderr]).toEqual([2, expect.stringContaining('there are two hosts')]);
});
