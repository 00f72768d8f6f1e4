import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { beforeEach, describe, expect, it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import type { Target } from '../../src/model.ts';
import { temporaryFolder } from '../temporary.ts';
import { inventoryCases } from './cases.ts';

const env = { HOME: '/home/op' };

/** What is wrong, as the user reads it; or null when the inventory is good. */
async function complaints(paths: string[], cwd: string): Promise<string | null> {
  try {
    await loadInventory(paths, { cwd, env });
    return null;
  } catch (error) {
    if (error instanceof UserErrors) return `${error.message}\n`;
    throw error;
  }
}

/** Sources are named from the repository's root: that part depends on where this test stands. */
const fromCase = (text: string): string => text.replaceAll(/[^\s"(]*data\/inventory\/[^/]+\//g, '');

function shown({ host, connection }: Target): object {
  const { name, source, groups, vars } = host;
  const at = fromCase(`${source.file}:${source.line}:${source.column}`);
  const isNone = connection.kind === 'none';
  const by = isNone ? { ...connection, reason: fromCase(connection.reason) } : connection;
  return { name, at, groups, vars, connection: by };
}

it.each(inventoryCases)('$name has one expectation', ({ expected, errors }) => {
  expect([expected, errors].filter((file) => file !== null)).toHaveLength(1);
});

it.each(inventoryCases.filter(({ expected }) => expected))(
  'targets: $name',
  async ({ folder, args, expected }) => {
    const targets = await loadInventory(args, { cwd: folder, env });
    expect(targets.map(shown)).toEqual(JSON.parse(readFileSync(expected!, 'utf8')));
  },
);

it.each(inventoryCases.filter(({ errors }) => errors))(
  'complaints: $name',
  async ({ folder, args, errors }) => {
    expect(fromCase((await complaints(args, folder)) ?? 'none')).toBe(readFileSync(errors!, 'utf8'));
  },
);

it('reads the example', async () => {
  const targets = await loadInventory(['inventories/example.yaml'], {
    cwd: join(import.meta.dirname, '../..'),
    env,
  });
  expect(targets.map(({ host }) => `${host.name} ${host.groups}`)).toEqual([
    'lb-1 directors',
    'lb-2 directors',
    'worker-01.example.com workers',
    'worker-02.example.com workers',
    'worker-03.example.com workers',
    'worker-04.example.com workers',
    'db-1.example.com databases,workers',
    'db-2.example.com databases,workers',
    'bastion bastions',
    'here bastions',
  ]);
});

describe('files', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder('inventory');
  });

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  it('is named from the root of its git repository, wherever twlint runs', async () => {
    write('.git/HEAD', '');
    write('ops/fleet/hosts.yaml', 'hosts: {a: }\n');
    const [target] = await loadInventory(['hosts.yaml'], { cwd: join(folder, 'ops/fleet'), env });
    expect(target!.host.source).toEqual({ file: 'ops/fleet/hosts.yaml', line: 1, column: 9 });
  });

  it('is named from the working directory where there is no repository', async () => {
    write('fleet/hosts.yaml', 'hosts: {a: }\n');
    const [target] = await loadInventory([join(folder, 'fleet/hosts.yaml')], { cwd: folder, env });
    expect(target!.host.source.file).toBe('fleet/hosts.yaml');
  });

  it('takes the path of a key from the working directory', async () => {
    write('hosts.yaml', 'hosts: {a: {ansible_private_key_file: keys/a}}\n');
    const [target] = await loadInventory(['hosts.yaml'], { cwd: folder, env });
    expect(target!.connection).toMatchObject({ identityFile: join(folder, 'keys/a') });
  });

  it('says which files can not be read, beside what is wrong in the others', async () => {
    write('folder/.x', '');
    write('bad.yaml', 'all: {hosts: {a: {ansible_port: 0}}}\n');
    const text = await complaints(['none.yaml', 'folder', 'bad.yaml', 'lb-1'], folder);
    expect(text).toContain('none.yaml: no such file');
    expect(text).toContain('folder: no inventory in this folder');
    expect(text).toContain(
      'lb-1: no such file\n  hint: a host without an inventory has a comma after it: -i lb-1,',
    );
    expect(text).toContain('bad.yaml:1:33: ansible_port');
  });

  it('is the same file when it is given twice', async () => {
    write('hosts.yaml', 'all: {hosts: {a: {ansible_port: 0}}}\n');
    expect((await complaints(['hosts.yaml', 'hosts.yaml'], folder))!.split('\n')).toHaveLength(2);
  });

  it('counts where it is named last', async () => {
    write('a.ini', 'h x=a\n');
    write('b.ini', 'h x=b\n');
    const [target] = await loadInventory(['a.ini', 'b.ini', 'a.ini'], { cwd: folder, env });
    expect(target!.host.vars).toEqual({ x: 'a' });
  });

  it('may be links in a circle', async () => {
    write('inv/hosts', 'web1\n');
    write('inv/host_vars/web1/a.yml', 'x: 1\n');
    for (const name of ['p', 'q']) {
      symlinkSync('.', join(folder, 'inv', name));
      symlinkSync('.', join(folder, 'inv/host_vars/web1', name));
    }
    const [target] = await loadInventory(['inv'], { cwd: folder, env });
    expect(target!.host.vars).toEqual({ x: 1 });
  });

  it('is no pipe that never ends', async () => {
    write('inv/hosts', 'web1\n');
    mkdirSync(join(folder, 'inv/host_vars'));
    execFileSync('/bin/sh', ['-c', 'mkfifo inv/pipe inv/host_vars/web1'], { cwd: folder });
    symlinkSync('/dev/zero', join(folder, 'inv/zero'));
    expect(await complaints(['inv'], folder)).toMatch(/^inv\/pipe: a pipe, and no file/);
    rmSync(join(folder, 'inv/pipe'));
    expect(await complaints(['inv'], folder)).toMatch(/^inv\/zero: a device, and no file/);
    rmSync(join(folder, 'inv/zero'));
    expect(await complaints(['inv'], folder)).toMatch(/inv\/host_vars\/web1: a pipe, and no file/);
  });

  it('has names that lead nowhere else', async () => {
    write('secret.yml', 'x: secret\n');
    write('inv/hosts', '[../../secret]\nweb1\n');
    mkdirSync(join(folder, 'inv/group_vars'));
    const [target] = await loadInventory(['inv'], { cwd: folder, env });
    expect(target!.host.vars).toEqual({});
  });

  it('tells of a file of variables that is encrypted', async () => {
    write('hosts', 'web1\n');
    write('group_vars/all/vault.yml', '$ANSIBLE_VAULT;1.1;AES256\n3031\n');
    write('group_vars/all/vars.yml', 'x: 1\n');
    const warnings: string[] = [];
    const surroundings = { cwd: folder, env, warn: (text: string) => void warnings.push(text) };
    const [target] = await loadInventory(['hosts'], surroundings);
    expect(target!.host.vars).toEqual({ x: 1 });
    expect(warnings).toEqual([
      'group_vars/all/vault.yml is encrypted by ansible-vault: what it sets is not known',
    ]);
  });

  it('may nest groups only so deep', async () => {
    const sections = Array.from({ length: 5000 }, (_, i) => `[g${i}:children]\ng${i + 1}\n`);
    write('hosts', `${sections.join('')}[g5000]\nh\n`);
    expect(await complaints(['hosts'], folder)).toContain(
      'groups are nested more than 200 deep: all > g0 > g1',
    );
  });

  it('takes any document, or says what is wrong with it', async () => {
    const word = fc.constantFrom(
      'all',
      'hosts',
      'children',
      'vars',
      'web',
      'ansible_port',
      'a[1:3]',
      'x/y',
      '',
    );
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, 1, true, 'web', '{{ x }}'),
        tie('map'),
        tie('list'),
      ),
      map: fc.dictionary(word, tie('document'), { maxKeys: 4 }),
      list: fc.array(tie('document'), { maxLength: 2 }),
    }));
    const isTaken = async (data: unknown): Promise<void> => {
      write('hosts.yaml', dump(data));
      await complaints(['hosts.yaml'], folder);
    };
    await fc.assert(fc.asyncProperty(document!, isTaken), { numRuns: 500 });
  });

  it('takes any text, or says what is wrong with it', async () => {
    const pieces = [
      '[',
      ']',
      'web',
      ':',
      'vars',
      'children',
      '=',
      ' ',
      '\n',
      '"',
      "'",
      '\\',
      '#',
      '{',
      ',',
      '1',
      'all',
    ];
    const isTaken = async (words: string[]): Promise<void> => {
      write('hosts', words.join(''));
      await complaints(['hosts'], folder);
    };
    const text = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 30 });
    await fc.assert(fc.asyncProperty(text, isTaken), { numRuns: 1000 });
  });

  it('resolves ten thousand hosts in seconds', async () => {
    const host = (i: number): string => `        w-${i}: {ansible_host: 10.0.0.1, slot: ${i}}\n`;
    const hosts = Array.from({ length: 10_000 }, (_, i) => host(i)).join('');
    write(
      'hosts.yaml',
      `all:\n  children:\n    workers:\n      vars: {a: 1, b: {c: [1, 2]}}\n      hosts:\n${hosts}`,
    );
    const start = process.cpuUsage();
    const targets = await loadInventory(['hosts.yaml'], { cwd: folder, env });
    const { user, system } = process.cpuUsage(start);
    expect(targets).toHaveLength(10_000);
    expect(targets[9_999]!.host).toMatchObject({
      name: 'w-9999',
      groups: ['workers'],
      vars: { a: 1, slot: 9999 },
    });
    expect((user + system) / 1e6).toBeLessThan(2);
  });
});
