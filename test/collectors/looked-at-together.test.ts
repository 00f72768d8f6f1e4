/**
 * Files that root reads by name are looked at for all probes at once. Whatever is odd about one of them, each probe answers
 * what it does where it is asked alone.
 */
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { describeWhere } from '../needs.ts';
import { type SmallRoot, smallRoot } from '../transports/small-root.ts';
import { answers, scriptFor } from './asking.ts';

const FILES: Record<string, string> = {
  '/etc/sysctl.conf': 'net.core.somaxconn = 1\n',
  '/etc/sysctl.d/a.conf': 'net.core.somaxconn = 2\n',
  '/etc/sysctl.d/b.conf': '# nothing\n',
  '/usr/lib/sysctl.d/a.conf': 'net.core.somaxconn = 3\n',
  '/etc/modules': '# none\n',
  '/etc/modules-load.d/a.conf': 'br_netfilter\n',
  '/etc/nftables.conf': '#!/usr/sbin/nft -f\n# flush ruleset\n flush ruleset\ntable ip nat {\n}\n',
};

const ODD: Record<string, (folder: string) => void> = {
  'nothing is odd': () => {},
  'there are no files': (folder) => rmSync(join(folder, 'etc'), { recursive: true }),
  'others may write to a file': (folder) => chmodSync(join(folder, 'etc/sysctl.d/a.conf'), 0o646),
  'a file is somebody else’s': (folder) => chownSync(join(folder, 'etc/modules'), 65534, 65534),
  'others may write to a folder': (folder) => chmodSync(join(folder, 'etc/modules-load.d'), 0o777),
  'a folder is somebody else’s': (folder) => chownSync(join(folder, 'usr/lib/sysctl.d'), 65534, 65534),
  'a file is masked': (folder) => symlinkSync('/dev/null', join(folder, 'etc/sysctl.d/c.conf')),
  'a file is a link to another': (folder) =>
    symlinkSync('../sysctl.conf', join(folder, 'etc/sysctl.d/c.conf')),
  'a file is a link to what is not read': (folder) => {
    writeFileSync(join(folder, 'secret'), 'secret\n', { mode: 0o600 });
    chownSync(join(folder, 'secret'), 65534, 65534);
    symlinkSync('/secret', join(folder, 'etc/modules-load.d/c.conf'));
  },
  'a link leads nowhere': (folder) => symlinkSync('/nowhere', join(folder, 'etc/modules-load.d/c.conf')),
  'a folder is a link': (folder) => {
    mkdirSync(join(folder, 'run'), { recursive: true });
    symlinkSync('/etc/sysctl.d', join(folder, 'run/sysctl.d'));
  },
  'a name is one that nobody gives': (folder) =>
    writeFileSync(join(folder, 'etc/sysctl.d/*.conf'), 'x.y = 1\n'),
  'a name has a blank': (folder) => writeFileSync(join(folder, 'etc/sysctl.d/c d.conf'), 'x.y = 1\n'),
  'a name has a colon': (folder) => writeFileSync(join(folder, 'etc/sysctl.d/c:d.conf'), 'x.y = 1\n'),
  'a file is large': (folder) => writeFileSync(join(folder, 'etc/modules'), `${'#'.repeat(300_000)}\n`),
};

const TOGETHER = [...collectors.values()].filter(({ probes }) =>
  Object.values(probes).some(({ conf }) => conf !== undefined),
);

/** Of the real /proc, a shell needs what its own descriptors are. */
const INSIDE = `mount -t proc proc "$0/own" && exec chroot "$0" /bin/sh`;

describeWhere({ root: true, programs: ['busybox', 'chroot', 'unshare'] }, 'files that several read', () => {
  let root: SmallRoot;
  beforeEach(() => {
    root = smallRoot();
    for (const [path, text] of Object.entries(FILES)) root.write(path, text);
    for (const name of ['own', 'proc']) mkdirSync(join(root.folder, name));
    symlinkSync('/own/self', join(root.folder, 'proc/self'));
  });
  afterEach(() => root.remove());

  async function asked(only: string[]) {
    const command = ['unshare', '--mount', 'sh', '-c', INSIDE, root.folder];
    const frames = await answers(command, scriptFor('init', only));
    return frames.map(({ probe, answer }) => [probe, answer] as const);
  }

  it.each(Object.entries(ODD))('%s', async (_, change) => {
    change(root.folder);
    const names = TOGETHER.map(({ id }) => id);
    const alone = await Promise.all(names.map((name) => asked([name])));
    expect(names.length).toBeGreaterThan(2);
    expect(await asked(names)).toEqual(alone.flat());
  });
});
