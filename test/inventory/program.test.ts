import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { runProgram } from '../../src/inventory/read/program.ts';
import { temporaryFolder } from '../temporary.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('program');
});

const env = { PATH: process.env.PATH, SECRET_OF_THE_CLOUD: 'x' };

function program(script: string, name = 'inventory.sh', mode = 0o755): string {
  writeFileSync(join(folder, name), script);
  chmodSync(join(folder, name), mode);
  return name;
}

const load = (...paths: string[]) => loadInventory(paths, { cwd: folder, env });

it('is asked with --list, in the working directory and the environment of the user', async () => {
  program(`#!/bin/sh
echo "$*" >> asked
cat <<END
{"_meta": {"hostvars": {"web1": {"ansible_port": 2222, "here": "$SECRET_OF_THE_CLOUD"}}},
 "web": {"hosts": ["web1"], "vars": {"x": 1}}}
END
`);
  mkdirSync(join(folder, 'group_vars'));
  writeFileSync(join(folder, 'group_vars/web'), 'x: 2\n');
  const [target] = await load('inventory.sh');
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('--list\n');
  expect(target).toMatchObject({
    host: {
      name: 'web1',
      groups: ['web'],
      vars: { x: 2, here: 'x' },
      source: { file: 'inventory.sh', line: 1, column: 1 },
    },
    connection: { port: 2222 },
  });
});

it('is asked for each host where it has no _meta', async () => {
  program(`#!/bin/sh
case "$1 $2" in
"--list ") echo '{"web": ["web1", "web2"]}' ;;
"--host web1") echo '{"ansible_host": "192.0.2.1"}' ;;
esac
`);
  const targets = await load('inventory.sh');
  expect(targets.map(({ connection }) => connection)).toMatchObject([
    { address: '192.0.2.1' },
    { address: 'web2' },
  ]);
});

it.each([
  [
    'fails',
    '#!/bin/sh\necho a >&2; echo "Error: no \x1b[31mtoken" >&2; exit 3\n',
    'ended with status 3: Error: no  [31mtoken',
  ],
  ['is killed', '#!/bin/sh\nkill -9 $$\n', 'ended with SIGKILL'],
  ['prints no JSON', '#!/bin/sh\necho Hello\n', /does not print JSON: .*\n {2}hint: it begins with "Hello"/],
  ['prints no groups', '#!/bin/sh\necho "[1]"\n', 'a listing must be a map, not a list'],
  ['prints without end', '#!/bin/sh\nyes\n', 'prints more than 64 MiB'],
  [
    'has no interpreter',
    '#!/no/such/python\n',
    /ENOENT\n {2}hint: does the interpreter in its first line exist/,
  ],
])('is told when it %s', async (_, script, message) => {
  program(script);
  await expect(load('inventory.sh')).rejects.toThrow(message);
  await expect(load('inventory.sh')).rejects.toThrow(/^inventory\.sh:1:1: /);
});

it('has a time limit, also for what it has started', async () => {
  program('#!/bin/sh\nsleep 60 &\nsleep 60\n');
  const started = Date.now();
  await expect(
    runProgram(join(folder, 'inventory.sh'), ['--list'], { cwd: folder, env }, 200),
  ).rejects.toThrow('inventory.sh --list did not end in 0.2 s');
  // what it started has a minute
  expect(Date.now() - started).toBeLessThan(30_000);
});

it('does not run unless it is executable and named itself', async () => {
  program('#!/bin/sh\ntouch ran\necho "{}"\n', 'hosts', 0o644);
  await expect(load('hosts')).rejects.toThrow('hosts:1:1: this is a program');
  mkdirSync(join(folder, 'inv'));
  program('#!/bin/sh\ntouch ran\necho "{}"\n', 'inv/hosts');
  await expect(load('inv')).rejects.toThrow('inv/hosts:1:1: this is a program');
  expect(() => readFileSync(join(folder, 'ran'))).toThrow('ENOENT');
});

it('is no text that happens to be executable', async () => {
  program('touch\n[web]\nweb1 x=1\n', 'hosts.ini');
  expect((await load('hosts.ini')).map(({ host }) => host.name)).toEqual(['touch', 'web1']);
});
