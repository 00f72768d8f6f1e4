import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseYaml } from '../../src/yaml.ts';

const folder = mkdtempSync(join(tmpdir(), 'twlint-new-'));
const file = join(folder, 'mine/forwarding-off.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

function twlint(...args: string[]) {
  const cli = join(import.meta.dirname, '../../dist/cli.js');
  return spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' });
}

const tested = () => twlint('rules', 'test', '-q', '--no-builtin', '-r', 'mine');

beforeAll(() => {
  expect(twlint('rules', 'new', 'mine/forwarding-off').stderr).toBe('');
});

it('a new rule has tests that fail', () => {
  const { stdout, status } = tested();
  expect(stdout).toContain('3 passed, 2 failed, in 1 rule');
  expect(status).toBe(1);
});

it('names the schema beside it, which it keeps', () => {
  const text = readFileSync(file, 'utf8');
  const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)!;
  const validate = new Ajv2020({ strictTypes: false }).compile(
    JSON.parse(readFileSync(join(folder, 'mine', schema!), 'utf8')),
  );
  validate(parseYaml(text, file).value);
  expect(validate.errors ?? []).toEqual([]);
});

it('passes once it says what must hold', () => {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^assert: .*$/m, 'assert: "sysctl[\'net.ipv4.ip_forward\'] == 1"'));
  expect(tested()).toMatchObject({ stdout: '5 passed, 0 failed, in 1 rule\n', status: 0 });
});
