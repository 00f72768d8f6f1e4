/** What is written is there whole or not at all. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeWhere } from '../needs.ts';
import { scratchFolder } from '../transports/folder.ts';
import { PROGRAM } from '../twlint.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEMO = join(ROOT, 'inventories/demo');

function shell(command: string, cwd = scratchFolder()) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `set -o pipefail; ${command}`], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, twlint: PROGRAM, demo: DEMO },
  });
  return { status, stdout, stderr };
}

const twlint = (args: string, cwd?: string) => shell(`node "$twlint" ${args}`, cwd);

describe('standard output', () => {
  // longer than what a pipe holds
  it.each(['json', 'sarif'])('that is closed is told, and no success: %s', (format) => {
    const { stderr, stdout } = shell(
      `{ node "$twlint" audit --from "$demo" --all --format ${format}; echo "status $?" >&2; } | head -c 20`,
    );
    expect(stdout.length).toBe(20);
    expect(stderr).toMatch(/^twlint: standard output is not complete: whoever reads it has closed it$/m);
    expect(stderr).toMatch(/^status 2$/m);
  });

  it('that has no room is told', () => {
    const { status, stderr } = twlint('audit --from "$demo" >/dev/full');
    expect(stderr).toMatch(/^twlint: standard output is not complete: .*no space left/m);
    expect(status).toBe(2);
  });
});

describe('a report', () => {
  const audit = (path: string, folder: string) =>
    twlint(`audit --from "$demo" --fail-on never -o json:${path}`, folder);

  it('goes through a link, and leaves devices and pipes what they are', () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'real'), 'earlier');
    symlinkSync('real', join(folder, 'link'));
    symlinkSync('/dev/null', join(folder, 'null'));
    audit('link', folder);
    expect(JSON.parse(readFileSync(join(folder, 'real'), 'utf8')).tool.name).toBe('twlint');
    audit('null', folder);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    const piped = twlint('audit --from "$demo" --fail-on never -o json:/dev/stdout | cat', folder);
    expect(piped.stdout).toContain('"name": "twlint"');
    expect(readdirSync(folder).sort()).toEqual(['link', 'null', 'real']);
  });

  it('is not led astray by a link that lies in wait', () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'precious'), 'mine');
    symlinkSync('precious', join(folder, 'out.json.part'));
    audit('out.json', folder);
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('mine');
  });

  it('that can not be written does not cost the others', () => {
    const folder = scratchFolder();
    for (const name of ['a', 'c']) mkdirSync(join(folder, name));
    const { status, stderr } = twlint(
      'audit --from "$demo" --fail-on never -o json:a -o sarif:b.sarif -o json:c',
      folder,
    );
    expect(status).toBe(2);
    expect(stderr.match(/was not written/g)).toHaveLength(2);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b.sarif', 'c']);
  });

  it('to a folder that is not there is a mistake, before any host is asked', () => {
    const folder = scratchFolder();
    const { status, stderr } = twlint('audit --from "$demo" -o json:no/a.json -o sarif:b.sarif', folder);
    expect([status, stderr]).toEqual([2, `twlint: -o json:no/a.json: there is no folder ${folder}/no\n`]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describeWhere({ root: true, programs: ['mount'] }, 'a full disk', () => {
  function smallDisk(): string {
    const folder = scratchFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    onTestFinished(() => {
      execFileSync('umount', [folder]);
    });
    return folder;
  }

  it('leaves the report that was there', () => {
    const folder = smallDisk();
    writeFileSync(join(folder, 'out.json'), 'earlier');
    const { status, stderr } = twlint(
      `audit --from "$demo" --all --fail-on never -o json:${folder}/out.json`,
    );
    expect(stderr).toMatch(/out\.json was not written: ENOSPC/);
    expect(status).toBe(2);
    expect(readFileSync(join(folder, 'out.json'), 'utf8')).toBe('earlier');
    expect(readdirSync(folder)).toEqual(['out.json']);
  });

  it('leaves the part of an earlier run that was there', () => {
    const folder = smallDisk();
    const write = () => twlint(`audit --from "$demo" -o part:${folder}/part`);
    expect(write().status).toBe(0);
    const earlier = readFileSync(join(folder, 'part'));
    writeFileSync(join(folder, 'filler'), Buffer.alloc(50_000 - earlier.length));
    const { status, stderr } = write();
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^twlint: .*part was not written: ENOSPC/)]);
    expect(readFileSync(join(folder, 'part')).equals(earlier)).toBe(true);
    expect(readdirSync(folder)).toEqual(['filler', 'part']);
  });

  it('leaves nothing of a snapshot', () => {
    const folder = smallDisk();
    writeFileSync(join(folder, 'filler'), Buffer.alloc(40_000));
    const hosts = scratchFolder();
    writeFileSync(join(hosts, 'hosts.ini'), 'here ansible_connection=local\n');
    const { status, stderr } = twlint(`collect -i hosts.ini -o ${folder}/snap -q`, hosts);
    expect(stderr).toMatch(/^twlint: the snapshot was not written: ENOSPC/);
    expect(status).toBe(2);
    expect(readdirSync(folder)).toEqual(['filler', 'snap']);
    expect(readdirSync(join(folder, 'snap'))).toEqual([]);
  });
});
