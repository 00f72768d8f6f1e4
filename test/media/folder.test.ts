import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderStore } from '../../src/media/folder.ts';
import { readImage } from '../../src/media/image.ts';
import { treeOf } from '../../src/media/tree.ts';
import { temporaryFolder } from '../temporary.ts';

const scratch = temporaryFolder('image');
const root = join(scratch, 'root');

beforeAll(() => {
  mkdirSync(join(root, 'etc/sysctl.d'), { recursive: true });
  mkdirSync(join(root, 'usr/lib'), { recursive: true });
  writeFileSync(join(root, 'etc/hostname'), 'inside\n');
  writeFileSync(join(scratch, 'hostname'), 'outside\n');
  for (const [target, path] of LINKS) symlinkSync(target, join(root, path));
  execFileSync('mkfifo', [join(root, 'etc/pipe')]);
  writeFileSync(join(root, 'etc/huge'), Buffer.alloc(17 * 2 ** 20));
});

const LINKS = [
  ['/etc/hostname', 'etc/absolute'],
  ['../../../../../etc/hostname', 'etc/above'],
  ['../hostname', 'beside'],
  [join(scratch, 'hostname'), 'etc/host-path'],
  ['circle-b', 'etc/circle-a'],
  ['circle-a', 'etc/circle-b'],
  ['usr/lib', 'lib'],
  ['/lib/../../../../etc', 'usr/lib/etc'],
  ['/dev/null', 'etc/sysctl.d/masked.conf'],
  ['hostname/', 'etc/file-as-folder'],
] as const;

const treeHere = () => treeOf(folderStore(root));

describe('links stay inside', () => {
  it.each([
    ['/etc/hostname', 'inside\n'],
    ['/etc/absolute', 'inside\n'],
    ['/etc/above', 'inside\n'],
    ['/../../../etc/hostname', 'inside\n'],
    ['/lib/etc/hostname', 'inside\n'],
    ['/etc/sysctl.d/masked.conf', ''],
  ])('%s', (path, text) => {
    expect(treeHere().read(path)).toEqual({ ok: true, value: text });
  });

  it.each([
    ['/beside', '/hostname is not there'],
    ['/etc/host-path', `/${scratch.split('/')[1]} is not there`],
    ['/etc/circle-a', '/etc/circle-a: too many symbolic links'],
    ['/etc/hostname/x', '/etc/hostname is no folder'],
    ['/etc/pipe', '/etc/pipe is neither a file nor a folder'],
    ['/etc/sysctl.d', '/etc/sysctl.d is a folder'],
    ['/etc/nothing', '/etc/nothing is not there'],
  ])('%s', (path, reason) => {
    expect(treeHere().read(path)).toEqual({ ok: false, problem: 'absent', reason });
  });
});

it('lists the names in a folder, sorted', () => {
  expect(treeHere().list('/lib/etc')).toMatchObject({
    ok: true,
    value: expect.arrayContaining(['above', 'absolute']),
  });
  expect(treeHere().list('/lib')).toEqual({ ok: true, value: ['etc'] });
});

it('takes no more than a bounded part of a file', () => {
  const reason = '/etc/huge has more than 16 MiB';
  expect(treeHere().read('/etc/huge')).toEqual({ ok: false, problem: 'truncated', reason });
});

it('says what is no root file system', async () => {
  expect(await readImage(join(root, 'etc'), { host: [], netns: [] })).toMatchObject({
    ok: false,
    reason: expect.stringContaining('neither /etc nor /usr'),
  });
});
