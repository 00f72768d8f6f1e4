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

it.each(['sysctl.d', 'shell', 'ansible'])(
  'of an image, %s speaks of its files, and runs nothing',
  async (format) => {
    const image = join(folder, `image-${format}`);
    mkdirSync(join(image, 'etc/sysctl.d'), { recursive: true });
    mkdirSync(join(image, 'lib/modules/3.10.0-1160.el7.x86_64'), { recursive: true });
    writeFileSync(join(image, 'lib/modules/3.10.0-1160.el7.x86_64/modules.builtin'), '');
    writeFileSync(join(image, 'etc/sysctl.d/99-gp.conf'), 'net.ipv4.tcp_tw_recycle = 1\n');
    const rules = ['--rule', 'TW003'];
    const { status, stdout } = await twlint(folder, [
      'fix',
      '--root',
      `image-${format}`,
      ...rules,
      '--format',
      format,
      '-q',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('boot: /etc/sysctl.d/99-gp.conf:1 sets 1: delete that line');
    expect(stdout).not.toMatch(/sysctl -w|argv|put_out|^ *# +\$/m);
  },
);

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
      twlint fix --format shell >"${folder}/fix.sh"
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

/** Runs a script as the first process of a host whose sysctl.d is empty. */
function onAHost(script: string): { stdout: string; stderr: string } {
  const inventory = join(folder, 'hosts.yaml');
  writeFileSync(inventory, 'all: { hosts: { here: { ansible_connection: local } } }\n');
  const prepared = `
    set -eu
    mount -t tmpfs -o mode=755 tmpfs /etc/sysctl.d
    twlint() { "${process.execPath}" "${PROGRAM}" "$@" -q --netns init -i "${inventory}" || echo "status $?"; }
    fix() { twlint fix --format shell "$@" >"${folder}/fix.sh"; }
    apply() { sh "${folder}/fix.sh" here "$@" >/dev/null || echo "status $?"; }
    ${script}`;
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['--net', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', prepared],
    { encoding: 'utf8' },
  );
  return { stdout, stderr };
}

describeWhere({ root: true, programs: ['unshare', 'mount', 'sysctl', 'ip'] }, 'a script of fixes', () => {
  it('replaces the line of a file, once, and brings it back', () => {
    const { stdout, stderr } = onAHost(`
      printf '# ours\\nnet/ipv4/tcp_sack=0\\n' >/etc/sysctl.d/zz-late.conf
      ln -s zz-late.conf /etc/sysctl.d/zz-link.conf
      sysctl -qw net.ipv4.tcp_sack=0
      fix --rule LS007
      apply; apply
      cat /etc/sysctl.d/zz-late.conf /etc/sysctl.d/99-twlint.conf /proc/sys/net/ipv4/tcp_sack
      twlint audit --rule BT008 --rule BT001 --rule LS007 | tail -n 1
      test -L /etc/sysctl.d/zz-link.conf
      apply undo
      cat /etc/sysctl.d/zz-late.conf /proc/sys/net/ipv4/tcp_sack
      ls /etc/sysctl.d`);
    expect({ stdout: stdout.split('\n'), stderr }).toEqual({
      stdout: [
        ...['# ours', '#twlint: net/ipv4/tcp_sack=0', 'net.ipv4.tcp_sack = 1', '1'],
        'No findings: 3 checks passed.',
        ...['# ours', 'net/ipv4/tcp_sack=0', '0', 'zz-late.conf', 'zz-link.conf', ''],
      ],
      stderr: '',
    });
  }, 60_000);

  it('keeps nothing of what the kernel refuses, and says so with its status', () => {
    const { stdout, stderr } = onAHost(`
      sysctl -qw net.ipv4.tcp_sack=0 net.ipv4.tcp_window_scaling=0
      fix --rule LS006 --rule LS007
      sed -i 's/net.ipv4.tcp_sack=1/net.ipv4.tcp_no_such=1/' "${folder}/fix.sh"
      apply 2>/dev/null
      cat /etc/sysctl.d/99-twlint.conf`);
    expect({ stdout, stderr }).toEqual({
      stdout: 'status 1\nnet.ipv4.tcp_window_scaling = 1\n',
      stderr: '',
    });
  }, 60_000);

  it('lowers what is in force on an interface, and on no other', () => {
    const { stdout, stderr } = onAHost(`
      ip link add lxc1 type bridge
      ip link add cilium_host type bridge
      ip link add eth0 type bridge
      sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.lxc1.rp_filter=1 net.ipv4.conf.eth0.rp_filter=0
      fix --rule KN004
      apply
      sysctl -n net.ipv4.conf.all.rp_filter net.ipv4.conf.lxc1.rp_filter net.ipv4.conf.eth0.rp_filter
      apply undo
      sysctl -n net.ipv4.conf.all.rp_filter net.ipv4.conf.lxc1.rp_filter net.ipv4.conf.eth0.rp_filter
      ls /etc/sysctl.d`);
    expect({ stdout, stderr }).toEqual({ stdout: '0\n0\n1\n1\n1\n0\n', stderr: '' });
  }, 60_000);
});
