/** What -u, -b and -e say of hosts, with the precedence that they have in Ansible; hosts that none of our means is for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const folder = temporaryFolder('given');
writeFileSync(
  join(folder, 'hosts.ini'),
  'plain\nnamed ansible_user=own ansible_become=false\nodd ansible_host="{{ where }}"\nwindows ansible_connection=winrm\n',
);
writeFileSync(
  join(folder, 'nodes.json'),
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: {} }],
  }),
);

const shown = async (host: string, ...args: string[]) => {
  const { status, stdout, stderr } = await twlint(folder, ['inventory', '--host', host, ...args]);
  expect([status, stderr]).toEqual([0, '']);
  const field = (name: string) => new RegExp(`^ +${name} +(\\S.*?)(?:  |$)`, 'm').exec(stdout)?.[1];
  return {
    by: field('by'),
    user: field('user'),
    become: field('become'),
    port: field('port'),
    reason: field('reason'),
  };
};

it.each([
  ['plain', ['-u', 'me', '-b'], { user: 'me', become: 'sudo' }],
  ['named', ['-u', 'me', '-b'], { user: 'own', become: 'no' }],
  ['named', ['-e', 'ansible_user=other ansible_port=2222'], { user: 'other', port: '2222' }],
  ['named', ['-e', 'ansible_user=a', '-e', 'ansible_user=b'], { user: 'b' }],
  ['odd', ['-e', 'ansible_host=192.0.2.1'], { by: 'ssh' }],
  [
    'odd',
    [],
    {
      by: 'none',
      reason:
        'ansible_host (hosts.ini:3) is a template, and twlint evaluates none: write the value itself, or give it with -e',
    },
  ],
  ['windows', [], { by: 'none' }],
])('of %s, with %j', async (host, args, expected) => {
  expect(await shown(host, '-i', 'hosts.ini', ...args)).toMatchObject(expected);
});

it('of the nodes of a cluster', async () => {
  expect(await shown('n1', '-i', 'nodes.json', '-u', 'core', '-b')).toMatchObject({
    user: 'core',
    become: 'sudo',
  });
});

it.each([
  ['@vars.yaml', 'neither files nor JSON are read'],
  ['{"a": 1}', 'neither files nor JSON are read'],
  ['ansible_port', 'no KEY=VALUE'],
  ['a="b', 'the " is not closed'],
  ['ansible_password=hunter2', 'a password does not belong in a file'],
])('-e %s is refused', async (given, message) => {
  const { status, stderr } = await twlint(folder, ['inventory', '-i', 'hosts.ini', '-e', given]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});

it('hosts that can not be asked are not seen, with the reason, and the others are', async () => {
  writeFileSync(
    join(folder, 'mixed.ini'),
    'here ansible_connection=local\nodd ansible_port="{{ p }}"\nwindows ansible_connection=winrm\n',
  );
  const { status, stdout } = await twlint(folder, [
    'audit',
    '-i',
    'mixed.ini',
    '-q',
    '--rule',
    'HR001',
    '--netns',
    'init',
  ]);
  expect(status).toBe(3);
  expect(stdout).toContain('Looked at 1 of 3 hosts');
  expect(stdout).toMatch(/windows +mixed\.ini:3\n +unsupported: ansible_connection is winrm/);
  expect(stdout).toMatch(/odd +mixed\.ini:2\n +unsupported: ansible_port \(mixed\.ini:2\) is a template/);
});

it('watch has no use for a command that ends', async () => {
  const { status, stderr } = await twlint(folder, ['watch', '-i', 'hosts.ini', '--via', 'sh']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('watch asks over connections that stay')]);
});
