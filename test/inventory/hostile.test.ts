/** Inventories that somebody else wrote: they take no long time, run nothing, and read nothing that lies elsewhere. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { scratchFolder } from '../transports/folder.ts';

function folderWith(files: Record<string, string>): string {
  const folder = scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The targets, or the words of all that is wrong. */
async function loaded(folder: string, path = 'hosts.yaml') {
  try {
    return await loadInventory([path], { cwd: folder, env: { HOME: '/home/me', SECRET: 'canary' } });
  } catch (error) {
    if (error instanceof UserErrors) return error.message;
    throw error;
  }
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const bomb = (indent: string) =>
  Array.from({ length: 7 }, (_, i) => {
    const items = Array(9).fill(i === 0 ? 'x' : `*a${i - 1}`);
    return `${indent}a${i}: &a${i} [${items.join(', ')}]`;
  }).join('\n');

describe('takes no long time', () => {
  it.each<[string, string, string | RegExp]>([
    ['hosts.yaml', `all: {hosts: {a: {x: ${nested(50_000)}}}}`, /maxDepth/],
    ['hosts.json', `{"all": {"hosts": {"a": {"x": ${nested(50_000)}}}}}`, /maxDepth/],
    ['hosts.ini', `a x="${nested(50_000)}"`, /./],
    ['hosts.yaml', `all:\n  vars:\n${bomb('    ')}\n  hosts: {"h[1:1000]": }`, /aliases stand for more than/],
    ['hosts.yaml', `all: {hosts: {"${'h[1:9]'.repeat(30)}": }}`, /stands for/],
    ['hosts.yaml', `all: {hosts: {"h[1:99999999999999999999]": }}`, /stands for/],
    ['hosts.ini', `${'a'.repeat(300_000)} ${'x=1 '.repeat(100_000)}`, /can't be a host's name|longer/],
    ['hosts.ini', `[web:vars]\nx=${'a'.repeat(5_000_000)}`, /a line of 5000002 characters/],
    ['hosts.ini', `web1 x="${'a'.repeat(5_000_000)}"`, /a line of 5000009 characters/],
    ['hosts.ini', '# a comment\n'.repeat(2_000_000), /more than 16 MiB/],
    ['hosts.yaml', `all: # ${'a'.repeat(17_000_000)}`, /more than 16 MiB/],
    ['hosts.yaml', `all: {hosts: {a: {ansible_port: ${'9'.repeat(100_000)}}}}`, /ansible_port must be/],
  ])('%s %.60s', { timeout: 60_000 }, async (name, text, says) => {
    const begun = process.cpuUsage();
    const result = await loaded(folderWith({ [name]: text }), name);
    expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(10);
    expect(typeof result === 'string' ? result : 'loaded').toMatch(says);
  });

  it('a large variable of many hosts is kept once', { timeout: 60_000 }, async () => {
    const text = `all:\n  vars:\n    big: [${'x, '.repeat(50_000)}]\n  hosts: {"h[1:20000]": }`;
    const targets = await loaded(folderWith({ 'hosts.yaml': text }));
    expect(targets).toHaveLength(20_000);
  });
});

it('names of JavaScript are names like any other', async () => {
  const text =
    'all: {hosts: {a: {__proto__: {x: 1}, constructor: 2}}, children: {__proto__: {hosts: {b: }}}}';
  const targets = await loaded(folderWith({ 'hosts.yaml': text }));
  expect(Object.hasOwn({}, 'x')).toBe(false);
  expect(JSON.stringify(targets)).toContain('"vars":{"__proto__":{"x":1},"constructor":2}');
});

describe('links', () => {
  const HOSTS = 'all: {children: {web: {hosts: {a: }}}}';
  const elsewhere = () => join(folderWith({ 'secret.yaml': 'token_of_kube: canary' }), 'secret.yaml');

  it.each(['group_vars/all.yaml', 'group_vars/web.yaml', 'host_vars/a.yaml', 'group_vars/web/more.yaml'])(
    'out of the folder are not followed: %s',
    async (name) => {
      const folder = folderWith({ 'hosts.yaml': HOSTS });
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      symlinkSync(elsewhere(), join(folder, name));
      expect(await loaded(folder)).toMatch(/: a link to \/.*secret\.yaml, which is not read/);
    },
  );

  it('of a whole folder neither', async () => {
    const folder = folderWith({ 'hosts.yaml': HOSTS });
    const other = folderWith({ 'all.yaml': 'x: canary' });
    symlinkSync(other, join(folder, 'group_vars'));
    expect(await loaded(folder)).toMatch(/all\.yaml, which is not read/);
  });

  it('nor of an inventory in a folder of them', async () => {
    const folder = folderWith({ 'all/hosts.yaml': HOSTS });
    symlinkSync(elsewhere(), join(folder, 'all/other.yaml'));
    expect(await loaded(join(folder, 'all'), '.')).toMatch(/secret\.yaml, which is not read/);
  });

  it('within the repository are', async () => {
    const folder = folderWith({ 'prod/hosts.yaml': HOSTS, 'common/all.yaml': 'x: shared' });
    execFileSync('git', ['init', '-q', folder]);
    symlinkSync('../common', join(folder, 'prod/group_vars'));
    expect(await loaded(join(folder, 'prod'))).toMatchObject([{ host: { vars: { x: 'shared' } } }]);
  });

  it("within the repository are, but for git's own: tokens stand in its configuration", async () => {
    const folder = folderWith({ 'hosts.yaml': HOSTS });
    execFileSync('git', ['init', '-q', folder]);
    execFileSync('git', ['-C', folder, 'config', 'http.extraheader', 'AUTHORIZATION: canary']);
    mkdirSync(join(folder, 'group_vars'));
    symlinkSync('../.git/config', join(folder, 'group_vars/all.yaml'));
    const says = await loaded(folder);
    expect(says).toMatch(/\.git\/config, which is not read/);
    expect(says).not.toContain('canary');
  });

  it('out of a repository are not followed from a file that is named either', async () => {
    const folder = folderWith({});
    execFileSync('git', ['init', '-q', folder]);
    symlinkSync(elsewhere(), join(folder, 'hosts.ini'));
    const says = await loaded(folder, 'hosts.ini');
    expect(says).toMatch(/^hosts\.ini: a link to .*secret\.yaml, which is not read/);
    expect(says).not.toContain('canary');
  });
});

it.each([
  `ansible_ssh_private_key_file: /x/\${SECRET}`,
  `ansible_ssh_common_args: '-o IdentityFile=/x/\${SECRET}'`,
  `ansible_host: "\${SECRET}.example.com"`,
])('nothing is taken from the environment: %s', async (variable) => {
  const result = await loaded(folderWith({ 'hosts.yaml': `all: {hosts: {a: {${variable}}}}` }));
  expect(JSON.stringify(result)).not.toContain('canary');
});
