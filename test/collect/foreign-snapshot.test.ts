/** A snapshot may come from anybody: nothing of it leads out of its folder, and what is wrong with it is told. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from '../../src/collect/snapshot.ts';
import { UserError } from '../../src/errors.ts';
import { scratchFolder } from '../transports/folder.ts';

const DEMO = join(import.meta.dirname, '../../inventories/demo');

const HOST = { name: 's2', source: { file: 'x', line: 1, column: 1 }, groups: [], vars: {} };

describe('a snapshot from anywhere', () => {
  /** A copy of the demo's, changed; and why it can't be read. */
  function audited(
    change: (folder: string, manifest: Record<string, unknown>) => void,
    copy = (folder: string) => cpSync(DEMO, folder, { recursive: true }),
  ) {
    const folder = join(scratchFolder(), 'snap');
    copy(folder);
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    change(folder, manifest);
    writeFileSync(path, JSON.stringify(manifest));
    return whyNot(folder);
  }

  function whyNot(folder: string): string {
    try {
      readSnapshot(folder);
      return '';
    } catch (error) {
      if (error instanceof UserError) return error.describe();
      throw error;
    }
  }

  it('is read as it is', () => {
    expect(audited(() => {})).toBe('');
  });

  const inFormat2 = (folder: string) => writeSnapshot(readSnapshot(DEMO), folder);

  it('is read as it is, written anew', () => {
    expect(audited(() => {}, inFormat2)).toBe('');
  });

  it('is refused where a folder of answers is a link out of it', () => {
    const why = audited((folder) => {
      cpSync(join(folder, 's2/host'), join(folder, '../host'), { recursive: true });
      rmSync(join(folder, 's2/host'), { recursive: true });
      symlinkSync('../../host', join(folder, 's2/host'));
    });
    expect(why).toMatch(/kernel\.\w+\.txt: a link to .*, which is not read/);
  });

  describe.each<
    [format: string, file: string, largest: number, copy: ((folder: string) => void) | undefined]
  >([
    ['twlint-snapshot/1', 's2/host/kernel.release.txt', 64, undefined],
    ['twlint-snapshot/2', 's2.txt', 256, inFormat2],
  ])('of %s', (_format, file, largest, copy) => {
    it.each<[string, string, (path: string) => void]>([
      ['a link out of it', 'a link to .*, which is not read', (path) => symlinkSync('/etc/hostname', path)],
      ['a pipe', 'a pipe, and no file', (path) => execFileSync('mkfifo', [path])],
      [
        'a giant',
        `more than ${largest} MiB, which is not read`,
        (path) => execFileSync('truncate', ['-s', '3G', path]),
      ],
      ['nothing', 'no such file', () => {}],
      ['a folder', 'a folder, and no file', (path) => mkdirSync(path)],
    ])('%s in the place of answers is refused', (_, says, make) => {
      const why = audited((folder) => {
        rmSync(join(folder, file));
        make(join(folder, file));
      }, copy);
      expect(why).toMatch(new RegExp(`/snap/${file}: ${says}`));
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['format', 'twlint-snapshot/9', /a snapshot of format "twlint-snapshot\/9"/],
    ['hosts', null, /it\.hosts should be a list/],
    ['hosts', [null], /it\.hosts\[0\] should be an object/],
    ['hosts', [{}], /it\.hosts\[0\]\.host should be an object/],
    ['startedAt', 'yesterday\u001b[31m', /it\.startedAt should be a time/],
    ['startedAt', '2 Jan 2026 (::error::pwned)', /it\.startedAt should be a time/],
    ['finishedAt', 7, /it\.finishedAt should be a time/],
    ['interrupted', 'no', /it\.interrupted should be true or false/],
  ])('whose manifest has %s: %j is refused', (key, value, says) => {
    expect(audited((_, manifest) => Object.assign(manifest, { [key]: value }))).toMatch(says);
  });

  it.each<[string, unknown, RegExp]>([
    ['host', { name: '../../etc' }, /host\.source should be an object/],
    ['host', { ...HOST, name: '*' }, /"\*" can't be a host's name/],
    ['host', { ...HOST, groups: [' web\n'] }, /groups\[0\] should be the name of a group/],
    [
      'host',
      { ...HOST, source: { file: 'x', line: 0, column: 1 } },
      /source\.line should be a number above 0/,
    ],
    ['medium', 'image', /medium should be an object/],
    ['medium', { kind: 'rumour', path: 'x', takenAt: null }, /medium\.kind should be image or archive/],
    [
      'medium',
      { kind: 'image', path: 'x', takenAt: '1 Jan (x)' },
      /medium\.takenAt should be a time or null/,
    ],
    ['medium', { kind: 'image', path: 7, takenAt: null }, /medium\.path should be text/],
    ['reached', { ok: false }, /reached should be ok, or a problem and a reason/],
    ['evidence', [{ probe: '../../../etc/passwd', namespace: null, sample: 0 }], /%2e\.%2f.*no such file/],
    ['evidence', [{ probe: 'kernel.release', namespace: 7, sample: 0 }], /namespace should be text or null/],
    ['evidence', [{ probe: 'kernel.release', namespace: null, sample: 2 }], /sample should be 0 or 1/],
    [
      'evidence',
      [{ probe: 'x', namespace: null, sample: 0, problem: 'bad luck' }],
      /problem should be unreachable or/,
    ],
    [
      'evidence',
      Array(2).fill({ probe: 'kernel.release', namespace: null, sample: 0 }),
      /a host or an answer is listed twice/,
    ],
  ])('whose first host has %s: %j is refused', (key, value, says) => {
    const why = audited((_, manifest) => Object.assign((manifest.hosts as object[])[0]!, { [key]: value }));
    expect(why).toMatch(says);
  });

  it.each(['', '{', '[]', 'null', '"x"', '{"format": {"a": 1}}', '['.repeat(100_000)])(
    'whose manifest is %.20j is refused',
    (text) => {
      const folder = scratchFolder();
      writeFileSync(join(folder, 'manifest.json'), text);
      expect(whyNot(folder)).toMatch(/manifest\.json|a snapshot of format/);
    },
  );
});
