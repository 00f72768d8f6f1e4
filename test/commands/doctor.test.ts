import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { type Check, STAGES } from '../../src/transports/check.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { makeKey } from '../transports/keygen.ts';
import type { Sshd } from '../transports/sshd.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';
import { unixUsers } from '../transports/unix-user.ts';
import { twlint } from '../twlint.ts';

/** A host that something is wrong with, and the doctor's words on it. */
interface Patient {
  vars: Record<string, unknown>;
  stage: string;
  wrong: RegExp;
  remedy: RegExp;
  /** Does what the remedy says. */
  heal(check: Check): void | Promise<void>;
  /** What may still be missing: a plain user's rights are no patient here. */
  after?: string;
}

const needs = {
  ...SSHD_NEEDS,
  programs: [...SSHD_NEEDS.programs!, 'sudo', 'useradd', 'usermod', 'chpasswd'],
};

/** Programs that other tests run at the same time are no business of these hosts'. */
const ALONE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

describeWhere(needs, 'twlint doctor', () => {
  const { start, keys } = sshdWorld();
  const makeUser = unixUsers();
  const folder = temporaryFolder('doctor');
  // a script that sudo is to run has to be reached by its user
  chmodSync(folder, 0o755);
  const knownHosts = join(folder, 'known_hosts');
  const patients: Record<string, Patient> = {};
  const bastions: Record<string, object> = {};
  let sshd: Sshd;

  const hosts = () => ({
    ...bastions,
    ...Object.fromEntries(Object.entries(patients).map(([name, { vars }]) => [name, vars])),
  });

  function doctor(...args: string[]) {
    writeFileSync(join(folder, 'hosts.json'), JSON.stringify({ all: { hosts: hosts() } }));
    const common = ['-i', 'hosts.json', '-F', 'none', '--known-hosts', knownHosts, '--retries', '0'];
    return twlint(folder, ['doctor', ...common, '--netns', 'init', ...args]);
  }

  async function checksOf(name: string): Promise<{ ok: boolean; checks: Check[]; status: number }> {
    const { stdout, status, stderr } = await doctor('--format', 'json', name);
    if (stdout === '') throw new Error(stderr);
    return { ...JSON.parse(stdout).hosts[0], status };
  }

  beforeAll(async () => {
    mkdirSync(join(folder, '.ssh'));
    sshd = await start({ within: ALONE });
    const newcomer = await start({ within: ALONE });
    const bastion = await start({ within: ALONE });
    const barring = await start({ within: ALONE, config: ['AllowTcpForwarding no'] });
    const known = [sshd, bastion, barring].flatMap(({ hostKeyLines }) => hostKeyLines);
    writeFileSync(knownHosts, `${known.join('\n')}\n`);
    const to = (server: Sshd, more: object = {}) => ({
      ansible_host: '127.0.0.1',
      ansible_port: server.port,
      ansible_user: 'root',
      ansible_ssh_private_key_file: keys.ed25519.file,
      ...more,
    });
    const change = (name: string, more: object) => () => void Object.assign(patients[name]!.vars, more);
    const nobody = makeUser({ shell: '/usr/sbin/nologin' });
    const plain = makeUser();
    const asked = makeUser();
    asked.sudoers('USER ALL=(root) ALL');
    const narrow = makeUser();
    narrow.sudoers('USER ALL=(root) NOPASSWD: /bin/true');
    const script = join(folder, 'twlint-collect');
    Object.assign(bastions, { bastion: to(bastion), barring: to(barring) });
    Object.assign(patients, {
      refused: {
        vars: { ...to(sshd), ansible_port: 1 },
        stage: 'route',
        wrong: /^127\.0\.0\.1 port 1 refuses connections$/,
        remedy: /is ansible_port right\?$/,
        heal: change('refused', { ansible_port: sshd.port }),
      },
      nameless: {
        vars: to(sshd, { ansible_host: 'nobody.invalid' }),
        stage: 'address',
        wrong: /^(there is no address for the name|the name) nobody\.invalid/,
        remedy: /ansible_host/,
        heal: change('nameless', { ansible_host: '127.0.0.1' }),
      },
      new: {
        vars: to(newcomer),
        stage: 'host key',
        wrong: /^its host key is not known \(ED25519 SHA256:/,
        remedy: /add this line to .*known_hosts: \[127\.0\.0\.1\]:/,
        heal: ({ remedy }) => appendFileSync(knownHosts, `${/known_hosts: (.*)$/.exec(remedy)![1]}\n`),
      },
      stranger: {
        vars: to(sshd, { ansible_ssh_private_key_file: makeKey(folder, 'stranger').file }),
        stage: 'login',
        wrong: /^it did not let root in with .*stranger \(ED25519\); it takes publickey/,
        remedy: /is the key in its authorized_keys there, and is the account not locked\?/,
        heal: change('stranger', { ansible_ssh_private_key_file: keys.ed25519.file }),
      },
      behind: {
        vars: to(sshd, { twlint_proxy_jump: 'barring' }),
        stage: 'route',
        wrong: /^the bastion .* does not lead to 127\.0\.0\.1 port \d+ \(/,
        remedy: /^see AllowTcpForwarding and PermitOpen/,
        heal: change('behind', { twlint_proxy_jump: 'bastion' }),
      },
      shut: {
        vars: to(sshd, { ansible_user: nobody.name }),
        stage: 'shell',
        wrong: /^its sh ended .*, and said "This account is currently not available\."$/,
        remedy: /give it \/bin\/sh/,
        heal: () => void execFileSync('usermod', ['--shell', '/bin/sh', nobody.name]),
        after: 'privilege',
      },
      plain: {
        vars: to(sshd, { ansible_user: plain.name }),
        stage: 'privilege',
        wrong: /^as twlint-\S+, without root$/,
        remedy: /^ansible_become: true, and NOPASSWD in its sudoers/,
        heal() {
          plain.sudoers('USER ALL=(root) NOPASSWD: ALL');
          patients.plain!.vars.ansible_become = true;
        },
      },
      asked: {
        vars: to(sshd, { ansible_user: asked.name, ansible_become: true }),
        stage: 'privilege',
        wrong: /^looked without root: sudo: a password is required$/,
        remedy: /NOPASSWD in its sudoers$/,
        heal: () => asked.sudoers('USER ALL=(root) NOPASSWD: ALL'),
      },
      uninstalled: {
        vars: to(sshd, {
          ansible_user: narrow.name,
          ansible_become: true,
          twlint_collect_command: script,
        }),
        stage: 'shell',
        wrong: /^its sh ended with status 127 /,
        remedy: /install this version's: twlint collect --print-script --install-as \S+$/,
        async heal({ remedy }) {
          const [, ...words] = /twlint (collect .*)$/.exec(remedy)![0].split(' ');
          const { stdout } = await twlint(folder, words);
          writeFileSync(script, stdout, { mode: 0o755 });
          narrow.sudoers(`USER ${/^# {3}audit (ALL=.*)$/m.exec(stdout)![1]}`);
        },
      },
    } satisfies Record<string, Patient>);
  });

  it.each([
    ['ssh2', /^ {2}ok {4}route +direct$/m],
    ['openssh', /^ {2}ok {4}route +direct, with the system's ssh$/m],
  ])(
    'tells of a host that nothing is wrong with, stage by stage, on one screen (%s)',
    async (transport, route) => {
      const { status, stdout, stderr } = await doctor('bastion', '--transport', transport);
      expect(stdout).toMatch(route);
      expect([status, stderr]).toEqual([0, '']);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).toBeLessThan(24);
      const stages = lines.flatMap((line) => /^ {2}ok {4}(\S+(?: \S+)?) {2,}\S/.exec(line)?.[1] ?? []);
      expect(stages).toEqual(STAGES);
      expect(stdout).toMatch(/^bastion {2}hosts\.json:1$/m);
      expect(stdout).toMatch(/ greeting +OpenSSH_/);
      expect(stdout.replace(/\s+/g, ' ')).toMatch(/ host key ED25519 SHA256:\S{43} is in \S*known_hosts:\d /);
      expect(stdout).toMatch(/ privilege +as root$/m);
    },
  );

  it('tells of those behind a bastion that is asked itself, and of several in a row each: the first thing that is wrong, and what to do', async () => {
    const { status, stdout } = await doctor();
    expect(status).toBe(3);
    const lines = stdout.trimEnd().split('\n');
    const pasted = lines.filter((line) => / ssh-ed25519 AAAA\S+$/.test(line));
    expect(pasted.map((line) => line.split(' ').length)).toContain(3);
    const rows = lines.filter((line) => /^\S/.test(line) && !pasted.includes(line));
    expect(rows).toHaveLength(Object.keys(hosts()).length + 2);
    expect(lines[0]).toMatch(/^HOST +STAGE +WHAT IS WRONG +WHAT TO DO$/);
    expect(lines.find((line) => line.startsWith('bastion'))).toBe('bastion      ok');
    expect(lines.find((line) => line.startsWith('refused'))).toMatch(
      /^refused {6}route {6}127\.0\.0\.1 port 1 refuses .* {2}is sshd running there/,
    );
    expect(lines.find((line) => line.startsWith('behind'))).toMatch(
      /^behind {7}route {6}\S.* {2}see AllowTcp/,
    );
    const others = lines.filter((line) => !pasted.includes(line));
    expect(Math.max(...others.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(lines.at(-1)).toBe('2 of 11 hosts can be looked at whole. All of one: twlint doctor ... HOST');
  });

  it.each(['nameless', 'refused', 'behind', 'new', 'stranger', 'shut', 'plain', 'asked', 'uninstalled'])(
    'says what is wrong with a host, and its remedy heals it: %s',
    async (name) => {
      const patient = patients[name]!;
      const before = await checksOf(name);
      const wrong = before.checks.find(({ ok }) => !ok)!;
      expect(wrong.stage).toBe(patient.stage);
      expect(wrong.detail).toMatch(patient.wrong);
      expect(wrong.remedy).toMatch(patient.remedy);
      expect(before).toMatchObject({ ok: false, status: 3 });
      await patient.heal(wrong);
      const after = await checksOf(name);
      expect(after.checks.find(({ ok }) => !ok)?.stage).toBe(patient.after);
      expect(after.status).toBe(patient.after === undefined ? 0 : 3);
    },
  );
});
