import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { treeAt } from '../../src/media/tree-at.ts';

const scratch = mkdtempSync(join(tmpdir(), 'twlint-tar-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const LONG = `${'a-long-name/'.repeat(12)}end`;
const root = join(scratch, 'root');
mkdirSync(join(root, LONG, '..'), { recursive: true });
mkdirSync(join(root, 'etc/empty'), { recursive: true });
writeFileSync(join(root, LONG), 'far down\n');
writeFileSync(join(root, 'etc/hostname'), 'inside\n');
writeFileSync(join(root, 'etc/nothing'), '');
linkSync(join(root, 'etc/hostname'), join(root, 'etc/twin'));
symlinkSync('../etc/hostname', join(root, 'etc/relative'));
symlinkSync('/etc', join(root, 'absolute'));
symlinkSync('../../../../etc/hostname', join(root, 'above'));

function packed(name: string, ...options: string[]): string {
  const path = join(scratch, name);
  execFileSync('tar', [...options, '-cf', path, '-C', root, '.']);
  return path;
}

const plain = packed('plain.tar', '--format=gnu');
const cut = (bytes: number) => {
  const path = join(scratch, `cut-${bytes}.tar`);
  writeFileSync(path, readFileSync(plain).subarray(0, bytes));
  return path;
};

describe.each([
  ['gnu', plain],
  ['pax', packed('pax.tar', '--format=pax')],
  ['ustar', packed('ustar.tar', '--format=ustar')],
  ['gzip', packed('a.tar.gz', '-z')],
  ['xz', packed('a.tar.xz', '-J')],
])('%s', (_, path) => {
  const tree = treeAt(path);
  if (!tree.ok) throw new Error(tree.reason);

  it.each([
    ['/etc/hostname', 'inside\n'],
    ['/etc/nothing', ''],
    ['/etc/twin', 'inside\n'],
    ['/etc/relative', 'inside\n'],
    ['/absolute/hostname', 'inside\n'],
    ['/above', 'inside\n'],
    [`/${LONG}`, 'far down\n'],
  ])('reads %s', (file, text) => {
    expect(tree.value.read(file)).toEqual({ ok: true, value: text });
  });

  it('lists folders, and knows what is not there', () => {
    expect(tree.value.list('/')).toEqual({ ok: true, value: ['a-long-name', 'above', 'absolute', 'etc'] });
    expect(tree.value.list('/etc/empty')).toEqual({ ok: true, value: [] });
    expect(tree.value.read('/etc/passwd')).toMatchObject({ problem: 'absent' });
    expect(tree.value.read('/etc')).toMatchObject({ problem: 'absent' });
  });
});

it.each([
  ['within an entry', cut(10_300), 'failed', 'it is cut off'],
  ['between entries', cut(10_240), 'failed', 'it is cut off'],
  ['no archive', join(root, 'etc/hostname'), 'absent', 'is no tar archive'],
  ['not there', join(scratch, 'none'), 'absent', 'is not there'],
])('%s: says so', (_, path, problem, reason) => {
  expect(treeAt(path)).toMatchObject({ ok: false, problem, reason: expect.stringContaining(reason) });
});

it('never reads over the end of what is compressed', () => {
  const path = join(scratch, 'cut.tar.xz');
  const bytes = readFileSync(join(scratch, 'a.tar.xz'));
  writeFileSync(path, bytes.subarray(0, bytes.length - 20));
  expect(treeAt(path)).toMatchObject({ ok: false, problem: 'failed' });
});
