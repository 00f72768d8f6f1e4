/** What a script of `twlint fix` does where the kernel refuses a setting. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { PROGRAM } from '../twlint.ts';

const HOST = `
  mount --make-rprivate /
  for folder in /etc/sysctl.d /usr/lib/sysctl.d /usr/local/lib/sysctl.d; do
    [ ! -d "$folder" ] || mount -t tmpfs -o mode=755 tmpfs "$folder"
  done
  sysctl -q -w net.ipv4.tcp_sack=0 net.ipv4.tcp_syncookies=2
  "$NODE" "$PROGRAM" fix -q -i hosts.yaml --netns init --rule 'LS0*' --format shell --allow-incomplete >fix.sh
  mount --bind -o ro /proc/sys/net/ipv4/tcp_sack /proc/sys/net/ipv4/tcp_sack
  mount -o remount,bind,ro /proc/sys/net/ipv4/tcp_sack`;

/** Applies the script in a host where tcp_sack can't be written, and prints what came of it. */
const APPLIED = `${HOST}
  sh fix.sh here >out 2>said; echo "status $?"
  cat said /etc/sysctl.d/99-twlint.conf
  sysctl net.ipv4.tcp_sack net.ipv4.tcp_syncookies`;

describeWhere(
  { root: true, programs: ['unshare', 'mount', 'sysctl'] },
  'a setting that the kernel refuses',
  () => {
    it('is kept in no file and told, others are made all the same, and the script ends with 1', () => {
      const cwd = temporaryFolder('refused');
      writeFileSync(join(cwd, 'hosts.yaml'), 'all: { hosts: { here: { ansible_connection: local } } }\n');
      const env = { ...process.env, NODE: process.execPath, PROGRAM };
      const { stdout } = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', APPLIED], {
        cwd,
        env,
        encoding: 'utf8',
      });
      expect(stdout.split('\n').filter((line) => !line.startsWith('sysctl: '))).toEqual([
        'status 1',
        'net.ipv4.tcp_sack could not be set: nothing is kept of it',
        'net.ipv4.tcp_syncookies = 1',
        'net.ipv4.tcp_sack = 0',
        'net.ipv4.tcp_syncookies = 1',
        '',
      ]);
    });
  },
);
