/** What `twlint fix` prints, used as it is meant to be: on a host that is made wrong for it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { PROGRAM, twlint } from '../twlint.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = temporaryFolder('fix');

/** Hostile words, where a rule or a host could put them. */
const HOSTILE = `"'$(touch ${join(folder, 'pwned')})\`touch ${join(folder, 'pwned')}\`{{ 7 * 7 }}`;

const hostileRule = JSON.stringify({
  id: 'ZZ001',
  title: HOSTILE,
  severity: 'error',
  scope: 'netns',
  assert: "!('net.ipv4.ip_forward' in sysctl)",
  message: HOSTILE.replace(/[{}]/g, ''),
  why: HOSTILE,
  fix: {
    text: `${HOSTILE}\ntouch ${join(folder, 'pwned')}`,
    risk: HOSTILE,
    commands: [HOSTILE],
    sysctl: { 'net.ipv4.ip_forward': 0 },
  },
  references: ['https://docs.kernel.org/networking/ip-sysctl.html'],
  tests: [
    { name: 'fails', given: { sysctl: { 'net.ipv4.ip_forward': 1 } }, expect: 'fail' },
    { name: 'passes', given: {}, expect: 'pass' },
    { name: 'unknown', given: { sysctl: 'denied' }, expect: 'unknown' },
  ],
});
mkdirSync(join(folder, 'rules'));
writeFileSync(join(folder, 'rules/hostile.yaml'), hostileRule);

/** A sysctl that does nothing, and what the hostile words call. */
const programs = join(folder, 'bin');
mkdirSync(programs);
symlinkSync('/bin/true', join(programs, 'sysctl'));
symlinkSync('/bin/touch', join(programs, 'touch'));

async function fixOfDemo(format: string): Promise<string> {
  const args = ['fix', '--from', join(ROOT, 'inventories/demo'), '-r', join(folder, 'rules')];
  const { stdout, stderr } = await twlint(folder, [...args, '--format', format]);
  expect(stderr).toBe('');
  return stdout;
}

it('a script is a script, does nothing without a host, and nothing that a rule or a host says', async () => {
  const script = await fixOfDemo('shell');
  expect(script).toContain('error[ZZ001]');
  execFileSync('/bin/sh', ['-n'], { input: script });
  const { status, stderr } = spawnSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 2, stderr: 'which host? one of: s2, m1\n' });
  spawnSync('/bin/sh', ['-s', 'm1'], { input: script.replaceAll(/>>.*/g, ''), env: { PATH: programs } });
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
});

describeWhere({ programs: ['ansible-playbook'] }, 'a playbook', () => {
  it('is one to Ansible', async () => {
    // the collection is not in Debian's ansible-core; its real module takes these parameters
    const module = join(folder, 'collections/ansible_collections/ansible/posix/plugins/modules');
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, 'sysctl.py'), '');
    const playbook = join(folder, 'fix.yaml');
    writeFileSync(playbook, await fixOfDemo('ansible'));
    const { status, stderr } = spawnSync('ansible-playbook', ['--syntax-check', '-i', 's2,m1', playbook], {
      encoding: 'utf8',
      env: { ...process.env, ANSIBLE_COLLECTIONS_PATH: join(folder, 'collections'), HOME: folder },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }, 60_000);
});

describeWhere({ root: true, programs: ['unshare', 'mount', 'sysctl'] }, 'a host that is fixed', () => {
  it('need not have /etc/sysctl.d', () => {
    const script = `
      set -eu
      mount -t tmpfs tmpfs /mnt
      cp -a /etc /mnt/etc
      rm -r /mnt/etc/sysctl.d
      mount --bind /mnt/etc /etc
      printf 'all: { hosts: { here: { ansible_connection: local } } }\n' >/mnt/hosts.yaml
      sysctl -qw net.ipv4.tcp_syncookies=2
      "${process.execPath}" "${PROGRAM}" fix --format shell -q --netns init -i /mnt/hosts.yaml --rule LS004 >/mnt/fix.sh || true
      sh /mnt/fix.sh here >/dev/null
      cat /etc/sysctl.d/99-twlint.conf`;
    const options = ['--net', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', script];
    const { stdout, stderr } = spawnSync('unshare', options, { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'net.ipv4.tcp_syncookies = 1\n', stderr: '' });
  }, 60_000);

  it('is well at once, and after the next boot', () => {
    const inventory = join(folder, 'hosts.yaml');
    writeFileSync(inventory, 'all: { hosts: { here: { ansible_connection: local } } }\n');
    const script = `
      set -eu
      mount -t tmpfs -o mode=755 tmpfs /etc/sysctl.d
      printf 'net.ipv4.tcp_syncookies = 2\\n' >/etc/sysctl.d/zz-late.conf
      printf 'net.ipv4.tcp_window_scaling = 0\\n' >/etc/sysctl.d/10-early.conf
      sysctl -q --system
      sysctl -qw net.ipv4.tcp_syncookies=2 net.ipv4.tcp_window_scaling=0
      twlint() { "${process.execPath}" "${PROGRAM}" "$@" -q --netns init -i "${inventory}" --rule LS004 --rule LS006 || echo "status $?"; }
      twlint audit --fail-on warning | tail -n 2
      twlint fix --fail-on never --format shell >"${folder}/fix.sh"
      sh "${folder}/fix.sh" here >/dev/null
      twlint audit --fail-on warning | tail -n 1
      sysctl -qw net.ipv4.tcp_syncookies=0 net.ipv4.tcp_window_scaling=0
      sysctl -q --system
      cat /proc/sys/net/ipv4/tcp_syncookies /proc/sys/net/ipv4/tcp_window_scaling`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['--net', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', script],
      { encoding: 'utf8' },
    );
    expect({ stdout, stderr }).toEqual({
      stdout: '0 errors, 2 warnings, 0 notes\nstatus 1\nNo findings: 2 checks passed.\n1\n1\n',
      stderr: '',
    });
  }, 60_000);
});
