import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, it } from 'vitest';
import { parseYaml } from '../../src/yaml.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const folder = temporaryFolder('rules-new');
const file = join(folder, 'mine/forwarding-off.yaml');

const tested = () => twlint(folder, ['rules', 'test', '-q', '--no-builtin', '-r', 'mine']);

beforeAll(async () => {
  expect((await twlint(folder, ['rules', 'new', 'mine/forwarding-off'])).stderr).toBe('');
});

it('a new rule has tests that fail', async () => {
  const { stdout, status } = await tested();
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

it('passes once it says what must hold', async () => {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/^assert: .*$/m, 'assert: "sysctl[\'net.ipv4.ip_forward\'] == 1"'));
  expect(await tested()).toMatchObject({ stdout: '5 passed, 0 failed, in 1 rule\n', status: 0 });
});
