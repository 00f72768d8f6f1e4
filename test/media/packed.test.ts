/** Archives made by the programs that make them: what is in there is read as if it lay in a folder. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileTree } from '../../src/define.ts';
import { askTree } from '../../src/media/ask-tree.ts';
import { readImage } from '../../src/media/image.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';

const scratch = temporaryFolder('archives');

const LONG = `etc/${'a-long-name/'.repeat(15)}conf`;

/** A folder with these files; a value that begins with -> is a link. */
function folder(name: string, files: Record<string, string>): string {
  const path = join(scratch, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(path, file));
    else writeFileSync(join(path, file), text);
  }
  return path;
}

function tar(name: string, from: string, ...options: string[]): string {
  const path = join(scratch, name);
  execFileSync('tar', ['-cf', path, '-C', from, ...options, '.']);
  return path;
}

/** What these paths say, or why they say nothing. `likely`: what is kept at the first reading. */
async function said(path: string, paths: string[], likely = (_: string) => false) {
  const read = (tree: FileTree) =>
    paths.map((one) => {
      const answer = tree.read(one);
      return answer.ok ? answer.value : answer.problem;
    });
  const asked = await askTree(path, likely, read);
  return asked.ok ? asked.value.value : asked.reason;
}

const TREE = {
  'etc/hostname': 'inside\n',
  'etc/absolute': '-> /etc/hostname',
  'etc/above': '-> ../../../../etc/hostname',
  'etc/circle': '-> circle',
  'usr/lib/sysctl.d/50-x.conf': 'net.ipv4.ip_forward = 1\n',
  lib: '-> usr/lib',
  [LONG]: 'long\n',
};
const PATHS = [
  '/etc/hostname',
  '/etc/absolute',
  '/etc/above',
  '/etc/circle',
  '/lib/sysctl.d/50-x.conf',
  `/${LONG}`,
  '/etc/nothing',
];
const TEXTS = ['inside\n', 'inside\n', 'inside\n', 'absent', 'net.ipv4.ip_forward = 1\n', 'long\n', 'absent'];

describeWhere({ programs: ['tar', 'gzip', 'zstd', 'xz', 'bzip2'] }, 'tar', () => {
  let root = '';
  beforeAll(() => {
    root = folder('root', TREE);
  });

  it.each([
    ['gnu', ['--format=gnu']],
    ['pax', ['--format=pax']],
    ['ustar', ['--format=ustar', '--exclude=conf']],
    ['gzip', ['-z']],
    ['zstd', ['--zstd']],
    ['xz', ['-J']],
    ['bzip2', ['-j']],
  ])('%s', async (name, options) => {
    const path = tar(`${name}.tar`, root, ...options);
    const expected = name === 'ustar' ? TEXTS.with(5, 'absent') : TEXTS;
    expect(await said(path, PATHS)).toEqual(expected);
    expect(await said(path, PATHS, () => true)).toEqual(expected);
  });

  it.each(['gzip', 'zstd', 'xz', 'bzip2'])(
    'no more is unpacked by %s than its size allows',
    { timeout: 300_000 },
    async (program) => {
      const path = folder(`bomb-${program}`, { 'etc/hostname': 'inside\n', 'var/zeros': '' });
      truncateSync(join(path, 'var/zeros'), 300 * 2 ** 20);
      const bomb = tar(`bomb-${program}.tar`, path, `--use-compress-program=${program}`);
      expect(await said(bomb, ['/etc/hostname'])).toMatch(
        /unpacks to more than 256 MiB, too much for its size: unpack it, and name the folder$/,
      );
    },
  );

  it('hard links', async () => {
    const path = folder('hard', { 'etc/one': 'text\n' });
    execFileSync('ln', [join(path, 'etc/one'), join(path, 'etc/two')]);
    expect(await said(tar('hard.tar', path), ['/etc/one', '/etc/two'])).toEqual(['text\n', 'text\n']);
  });

  it('what is cut off is not taken for the whole', async () => {
    const path = tar('cut.tar', root);
    truncateSync(path, 3000);
    expect(await said(path, PATHS)).toContain('it ends too early');
    truncateSync(path, 512);
    expect(await said(path, PATHS)).toContain('it ends too early');
    const packed = tar('cut.tar.gz', root, '-z');
    truncateSync(packed, 200);
    expect(await said(packed, PATHS)).toContain('unexpected end of file');
    const zstd = tar('cut.tar.zst', root, '--zstd');
    truncateSync(zstd, 150);
    expect(await said(zstd, PATHS)).toContain("zstd can't unpack it");
  });

  it('what is no archive is told', async () => {
    const path = join(scratch, 'text');
    writeFileSync(path, 'no archive\n'.repeat(100));
    expect(await said(path, PATHS)).toBe(`${path}: it is not a tar archive`);
  });

  it('nothing leads out of it, and nothing in it is written elsewhere', async () => {
    const outside = folder('outside', { secret: 'outside\n' });
    const evil = folder('evil', {
      'x/etc/keep': 'kept\n',
      'x/up': `-> ${outside}`,
      'x/etc/secret': `-> ${outside}/secret`,
    });
    const path = join(scratch, 'evil.tar');
    const rename = ['--transform', 's,^./y/,../../outside/,'];
    folder('evil/y', { secret: 'overwritten\n' });
    execFileSync('tar', ['-cPf', path, '-C', evil, ...rename, '--transform', 's,^./x/,./,', './x', './y']);
    expect(await said(path, ['/etc/keep', '/etc/secret', '/up/secret', '/outside/secret'])).toEqual([
      'kept\n',
      'absent',
      'absent',
      'absent',
    ]);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside\n');
  });

  it('sizes that are lies', async () => {
    const path = tar('lies.tar', root);
    const bytes = readFileSync(path);
    bytes.write('77777777777', 512 + 124);
    let sum = 0;
    bytes.fill(0x20, 512 + 148, 512 + 156);
    for (const byte of bytes.subarray(512, 1024)) sum += byte;
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 512 + 148);
    writeFileSync(path, bytes);
    expect(await said(path, PATHS, () => true)).toContain('it ends too early');
  });
});

const LOWER = {
  'etc/sysctl.d/10-a.conf': 'lower a\n',
  'etc/sysctl.d/20-b.conf': 'lower b\n',
  'etc/keepalived/keepalived.conf': 'lower\n',
  'etc/keepalived/conf.d/x.conf': 'lower x\n',
  'etc/was-a-folder/file': 'lower\n',
  'usr/lib/os-release': 'NAME=lower\n',
  lib: '-> usr/lib',
};
const UPPER = {
  'etc/sysctl.d/.wh.10-a.conf': '',
  'etc/sysctl.d/30-c.conf': 'upper c\n',
  'etc/keepalived/.wh..wh..opq': '',
  'etc/keepalived/keepalived.conf': 'upper\n',
  'etc/was-a-folder': 'upper\n',
  'lib/more': 'through the link\n',
};
const LAYERED: Record<string, string> = {
  '/etc/sysctl.d/10-a.conf': 'absent',
  '/etc/sysctl.d/20-b.conf': 'lower b\n',
  '/etc/sysctl.d/30-c.conf': 'upper c\n',
  '/etc/keepalived/keepalived.conf': 'upper\n',
  '/etc/keepalived/conf.d/x.conf': 'absent',
  '/etc/was-a-folder': 'upper\n',
  '/etc/was-a-folder/file': 'absent',
  '/usr/lib/os-release': 'NAME=lower\n',
  '/usr/lib/more': 'through the link\n',
  '/etc/sysctl.d/.wh.10-a.conf': 'absent',
};

describeWhere({ programs: ['tar', 'gzip'] }, 'layers', () => {
  const CREATED = '2024-03-01T10:00:00.123456789Z';
  const layout = () => {
    const path = join(scratch, 'layout');
    mkdirSync(join(path, 'blobs/sha256'), { recursive: true });
    const put = (bytes: Buffer | string, more = {}) => {
      const hex = createHash('sha256').update(bytes).digest('hex');
      writeFileSync(join(path, 'blobs/sha256', hex), bytes);
      return { digest: `sha256:${hex}`, size: bytes.length, ...more };
    };
    const layers = [
      put(readFileSync(tar('lower.tar', folder('lower', LOWER)))),
      put(readFileSync(tar('upper.tgz', folder('upper', UPPER), '-z'))),
    ];
    const config = put(JSON.stringify({ created: CREATED }));
    const platform = { platform: { os: 'linux', architecture: 'amd64' } };
    const manifest = put(JSON.stringify({ schemaVersion: 2, config, layers }), platform);
    const attestation = put('{}', { platform: { os: 'unknown', architecture: 'unknown' } });
    const inner = put(JSON.stringify({ manifests: [attestation, manifest] }));
    writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [inner] }));
    const saved = [
      {
        Config: `blobs/sha256/${config.digest.slice(7)}`,
        Layers: layers.map(({ digest }) => `blobs/sha256/${digest.slice(7)}`),
        RepoTags: ['golden:1'],
      },
    ];
    return { path, saved };
  };
  const made = { path: '', saved: [] as unknown[] };
  beforeAll(() => Object.assign(made, layout()));

  const isThere = async (path: string) =>
    expect(await said(path, Object.keys(LAYERED))).toEqual(Object.values(LAYERED));

  it('an OCI layout', () => isThere(made.path));
  it('an OCI layout in an archive', () => isThere(tar('layout.tar', made.path)));
  it('what docker save writes', async () => {
    writeFileSync(join(made.path, 'manifest.json'), JSON.stringify(made.saved));
    await isThere(tar('saved.tar', made.path));
    expect(await readImage(join(scratch, 'saved.tar'), { host: [], netns: [] })).toEqual({
      ok: true,
      value: { evidence: [], takenAt: '2024-03-01T10:00:00Z' },
    });
    const packed = tar('saved.tar.gz', made.path, '-z');
    expect(await readImage(packed, { host: [], netns: [] })).toMatchObject({
      ok: false,
      reason: `${packed} is a saved image in a packed archive: unpack that first, as with gunzip`,
    });
  });

  it.each([
    ['[]', 'it holds no image'],
    ['{}', 'it names no image'],
    ['nonsense', 'manifest.json is no JSON object'],
    ['[{"Layers":["../../../etc/passwd"]}]', '../../../etc/passwd is missing in it'],
    ['[{"Layers":["/etc/passwd"]}]', '/etc/passwd is missing in it'],
    ['[{"Config":"x"}]', 'it names no layers'],
    ['[{"RepoTags":["a:1"]},{"RepoTags":["b:2"]}]', 'it holds 2 images (a:1, b:2): save one'],
  ])('a manifest of %s', async (text, reason) => {
    const path = folder(`bad-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`, {
      'manifest.json': text,
    });
    expect(await said(path, [])).toBe(`${path}: ${reason}`);
  });
});

describe('an image in an archive', () => {
  it('is asked as one in a folder is', async () => {
    const { planFor } = await import('../../src/collect/plan.ts');
    const { collectors } = await import('../../src/collectors/index.ts');
    const questions = planFor(collectors.keys(), collectors, 'all').atRest;
    const root = folder('asked', {
      ...TREE,
      'etc/sysctl.d/x.conf': '-> /opt/site.conf',
      'opt/site.conf': 'net.ipv4.tcp_tw_recycle = 1\n',
      'usr/lib/modules/6.1.0-18-amd64/modules.builtin': '',
    });
    const inFolder = await readImage(root, questions);
    expect(inFolder.ok && JSON.stringify(inFolder.value)).toContain(
      '/etc/sysctl.d/x.conf:net.ipv4.tcp_tw_recycle = 1',
    );
    expect(await readImage(tar('asked.tar.gz', root, '-z'), questions)).toEqual(inFolder);
  });
});

function at(offset: number, bytes: string): Buffer {
  const disk = Buffer.alloc(0x11000);
  disk.write(bytes, offset, 'latin1');
  return disk;
}

describe('a disk, and what is no archive of files', () => {
  const made: [string, Buffer, string][] = [
    [
      'golden.qcow2',
      at(0, 'QFI\xfb'),
      'a qcow2 disk, not an archive of files; one is made by: virt-tar-out -a',
    ],
    ['golden.vmdk', at(0, 'KDMV'), 'a VMDK disk'],
    [
      'golden.iso',
      at(0x8001, 'CD001'),
      'an ISO image, not an archive of files; one is made by: bsdtar -cf golden.tar @',
    ],
    [
      'golden.squashfs',
      at(0, 'hsqs'),
      'a squashfs file system, not an archive of files; one is made by: sqfs2tar',
    ],
    ['golden.btrfs', at(0x10040, '_BHRfS_M'), 'a Btrfs file system'],
    ['golden.xfs', at(0, 'XFSB'), 'an XFS file system'],
    [
      'golden.mbr',
      at(510, '\x55\xaa'),
      'a raw disk, not an archive of files; one is made by: virt-tar-out --format=raw -a',
    ],
  ];
  it.each(made)('%s', async (name, bytes, words) => {
    const path = join(scratch, name);
    writeFileSync(path, bytes);
    expect(await said(path, [])).toContain(`${path} is ${words}`);
    execFileSync('gzip', ['-f', path]);
    const packed = await said(`${path}.gz`, []);
    expect(packed).toContain(`${path}.gz is ${words.split(',')[0]}`);
    const unpacks = packed.includes('bsdtar') ? '' : `gzip -dc ${path}.gz >${name} && `;
    expect(packed).toContain(`one is made by: ${unpacks}`);
    expect(packed).toMatch(/ golden\.tar|>golden\.tar/);
  });

  describeWhere({ programs: ['mkfs.ext4', 'cpio'] }, 'made by its program', () => {
    it.each([
      ['mkfs.ext4', ['-q'], 'an ext4'],
      ['cpio', ['--quiet', '-o', '-H', 'newc', '-O'], 'an initramfs'],
    ])('of %s', async (program, args, words) => {
      const path = join(scratch, `real.${program}`);
      writeFileSync(path, Buffer.alloc(2 ** 20));
      const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
      execFileSync(program, [...args, path], { input: '/etc/hostname\n', env });
      expect(await said(path, [])).toContain(`${path} is ${words}`);
    });
  });

  it('an archive may have such bytes within', async () => {
    const path = tar(
      'within.tar',
      folder('within', { 'etc/hostname': 'x'.repeat(56) + '\x53\xef'.repeat(3000) }),
    );
    expect(await said(path, ['/etc/hostname'])).not.toContain('an ext4');
  });
});

describe('an image on standard input', () => {
  it('is one in a file', async () => {
    const root = folder('piped', {
      'etc/sysctl.d/x.conf': 'net.ipv4.tcp_tw_recycle = 1\n',
      'lib/modules/3.10.0-1160.el7.x86_64/modules.builtin': '',
    });
    const { twlint } = await import('../twlint.ts');
    const run = (stdin: Buffer, ...args: string[]) =>
      twlint(scratch, ['audit', '--root', '-', '--rule', 'TW003', '-q', ...args], { stdin });
    const archive = readFileSync(tar('piped.tar', root));
    const { status, stdout, stderr } = await run(archive, '--profile', 'golden');
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toContain('stdin/init  image stdin');
    // a warning fails golden images alone
    expect(await run(archive)).toMatchObject({ status: 0 });
    expect(await run(Buffer.from(''))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('standard input is empty'),
    });
    expect(await run(Buffer.from('no archive'))).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('stdin: it is not a tar archive'),
    });
    expect(await run(at(0, 'QFI\xfb'))).toMatchObject({
      status: 3,
      stdout: expect.stringMatching(/one is made by:\s+virt-tar-out\s+-a\s+IMAGE\s+\/\s+IMAGE\.tar/),
    });
    expect(await run(archive, '-i', '-')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('one standard input'),
    });
  });
});
