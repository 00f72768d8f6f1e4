import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Become } from '../../src/model.ts';
import { type Answered, askShell } from '../../src/transports/script/shell.ts';
import { describeWhere, whereThere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { connected } from './connecting.ts';
import type { Sshd } from './sshd.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';
import { type UnixUser, unixUsers } from './unix-user.ts';

const QUESTIONS = {
  host: [
    { probe: 'p.user', ask: 'id -u', inside: true },
    { probe: 'p.refusal', ask: 'printf "%s\\n" "$TWLINT_REFUSED"', inside: true },
    { probe: 'p.arguments', ask: 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "', inside: true },
    { probe: 'p.environments', ask: 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" " "', inside: true },
  ],
  netns: [],
  namespaces: 'init' as const,
};

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, 'sudo', 'useradd', 'chpasswd'] };

describe.each(['ssh2', 'openssh'] as const)('%s', (transport) => {
  describeWhere(needs, 'where root may not log in', () => {
    const { start, to } = sshdWorld();
    const makeUser = unixUsers();
    const folder = temporaryFolder('become');
    chmodSync(folder, 0o755);
    let user: UnixUser;
    let sshd: Sshd;
    beforeAll(async () => {
      user = makeUser();
      sshd = await start({ config: ['PermitRootLogin no'] });
    });

    async function ask(
      becomePassword: string | null,
      { become = 'sudo', who = user, server = sshd }: { become?: Become; who?: UnixUser; server?: Sshd } = {},
    ) {
      const session = await connected(to(server, { user: who.name, options: { transport } }));
      const signal = new AbortController().signal;
      const asked = await askShell(session, QUESTIONS, {
        become,
        becomePassword,
        installed: null,
        sample: 0,
        limit: 2 ** 24,
        timeout: 60_000,
        signal,
      });
      session.close();
      return answers(asked);
    }

    function answers({ reached, evidence }: Answered) {
      const value = (probe: string) =>
        shown(evidence.find((it) => it.probe === probe)?.answer ?? (reached as Answer<string>));
      return {
        user: value('p.user').trim(),
        refusal: value('p.refusal').trim(),
        processes: value('p.arguments') + value('p.environments'),
      };
    }
    const shown = (answer: Answer<string>) =>
      answer.ok ? answer.value : `${answer.problem}: ${answer.reason}`;

    it('sudo without a password makes us root', async () => {
      user.sudoers('USER ALL=(root) NOPASSWD: ALL');
      expect(await ask(null)).toMatchObject({ user: '0', refusal: '' });
    });

    it('sudo with the right password does, and no process ever shows it', async () => {
      user.sudoers('USER ALL=(root) ALL');
      const { processes, ...rest } = await ask(user.password);
      expect(rest).toEqual({ user: '0', refusal: '' });
      expect(processes).toContain('sudo -k -S');
      expect(processes).not.toContain(user.password);
      // no ticket is left behind: the next one is asked again
      expect(await ask(null)).toMatchObject({ refusal: 'sudo: a password is required' });
    });

    it('a password that is not needed is never run', async () => {
      user.sudoers('USER ALL=(root) NOPASSWD: ALL');
      const file = join(folder, 'ran');
      expect(await ask(`touch ${file}`)).toMatchObject({ user: '0', refusal: '' });
      expect(existsSync(file)).toBe(false);
    });

    it('a wrong password is tried once, and we go on without', async () => {
      user.sudoers('USER ALL=(root) ALL');
      const { refusal, ...rest } = await ask('wrong horse');
      expect(rest.user).not.toBe('0');
      expect(refusal).toMatch(/^sudo: 1 incorrect password attempt$/m);
      expect(refusal).not.toContain('wrong horse');
    });

    it.each([
      ['no password', 'USER ALL=(root) ALL', null, /^sudo: a password is required$/],
      ['a terminal', 'Defaults:USER requiretty\nUSER ALL=(root) NOPASSWD: ALL', null, /you must have a tty/],
      ['not in sudoers', '# nothing', 'correct horse', /^twlint\S+ is not in the sudoers file/m],
      [
        'another command',
        'USER ALL=(root) /bin/true',
        'correct horse',
        /is not allowed to execute .*sh.* as root/m,
      ],
    ])('refused for %s: it is said, and we go on without', async (_, sudoers, password, says) => {
      user.sudoers(sudoers);
      const { user: id, refusal } = await ask(password);
      expect(id).toMatch(/^[1-9]\d*$/);
      expect(refusal).toMatch(says);
    });

    it.each([null, 'correct horse'])(
      'where there is no sudo, it is said (password: %s)',
      async (password) => {
        for (const name of ['sh', 'cat', 'id', 'readlink', 'tr'])
          if (!existsSync(join(folder, name))) symlinkSync(`/bin/${name}`, join(folder, name));
        const server = await start({ config: [`SetEnv PATH=${folder}`] });
        const { user: id, refusal } = await ask(password, { server });
        expect(id).toMatch(/^[1-9]\d*$/);
        expect(refusal).toMatch(/sudo.*not found/);
      },
    );

    const SHELLS = ['/bin/bash', '/bin/dash', '/usr/bin/fish', '/bin/csh', '/bin/tcsh', '/bin/zsh'];
    it.each(whereThere(SHELLS))('whatever the login shell: %s', async (shell) => {
      const who = makeUser({ shell });
      who.sudoers('USER ALL=(root) ALL');
      expect(await ask(who.password, { who })).toMatchObject({ user: '0', refusal: '' });
      who.sudoers('USER ALL=(root) NOPASSWD: ALL');
      expect(await ask(null, { who })).toMatchObject({ user: '0', refusal: '' });
    });
  });
});

describeWhere({ ...needs, programs: [...needs.programs, 'doas'] }, 'doas', () => {
  const { start, to } = sshdWorld();
  const makeUser = unixUsers();
  const had = existsSync('/etc/doas.conf');
  afterAll(() => {
    if (!had) rmSync('/etc/doas.conf', { force: true });
  });

  it.runIf(!had).each([
    ['permit nopass USER as root', '0', /^$/],
    ['permit USER as root', '', /^doas: Authentication required$/],
    ['deny USER', '', /^doas: Operation not permitted$/],
  ])('%s', async (config, id, says) => {
    const user = makeUser();
    writeFileSync('/etc/doas.conf', `${config.replace('USER', user.name)}\n`, { mode: 0o400 });
    const session = await connected(to(await start(), { user: user.name }));
    const options = {
      become: 'doas' as const,
      installed: null,
      sample: 0 as const,
      limit: 2 ** 24,
      timeout: 60_000,
      signal: new AbortController().signal,
    };
    const { evidence } = await askShell(session, QUESTIONS, { ...options, becomePassword: 'correct horse' });
    session.close();
    const value = (probe: string) => {
      const found = evidence.find((it) => it.probe === probe)!.answer;
      return found.ok ? found.value.trim() : found.reason;
    };
    if (id === '') expect(value('p.user')).toMatch(/^[1-9]\d*$/);
    else expect(value('p.user')).toBe(id);
    expect(value('p.refusal')).toMatch(says);
  });
});
