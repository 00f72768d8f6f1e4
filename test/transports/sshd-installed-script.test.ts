import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import privilege from '../../src/collectors/privilege.ts';
import { parse } from '../../src/host/reading.ts';
import type { Become, Transport } from '../../src/model.ts';
import { installedScript, scriptIdentity } from '../../src/transports/script/installed-script.ts';
import type { Questions } from '../../src/transports/script/script.ts';
import { askShell } from '../../src/transports/script/shell.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { connected, runIn } from './connecting.ts';
import type { Sshd } from './sshd.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';
import { type UnixUser, unixUsers } from './unix-user.ts';

const question = (probe: string, ask: string) => ({ probe, ask, inside: true });
const THE_USER = question('privilege.user', privilege.probes.user!.ask);
const REFUSAL = question('privilege.refusal', privilege.probes.refusal!.ask);
const QUESTIONS: Questions = {
  host: [THE_USER, REFUSAL, question('p.stdin', 'cat'), question('p.newer', 'echo new')],
  netns: [question('n.inode', 'readlink /proc/self/ns/net')],
  namespaces: 'init',
};

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, 'sudo', 'useradd', 'chpasswd'] };

describeWhere(needs, 'an installed script', () => {
  const { start, to, keys } = sshdWorld();
  const makeUser = unixUsers();
  const folder = temporaryFolder('installed');
  chmodSync(folder, 0o755);
  const path = join(folder, 'twlint-collect');
  let user: UnixUser;
  let sshd: Sshd;
  beforeAll(async () => {
    user = makeUser();
    sshd = await start({ config: ['PermitRootLogin no'] });
  });

  function install(questions: Questions, version = '2.0.0', mode = 0o755) {
    rmSync(path, { force: true });
    writeFileSync(path, installedScript(questions, version, path));
    chmodSync(path, mode);
  }

  /** The sudoers line is taken from the script itself, as its reader would. */
  function allowAsPrinted() {
    const line = /^# {3}audit (ALL=.*)$/m.exec(installedScript(QUESTIONS, '2.0.0', path))![1]!;
    user.sudoers(`USER ${line}`);
  }

  async function ask({
    server = sshd,
    become = 'sudo' as Become | null,
    password = null as string | null,
    transport = 'ssh2' as Transport,
  } = {}) {
    const session = await connected(to(server, { user: user.name, connection: { transport } }));
    const { reached, evidence } = await askShell(session, QUESTIONS, {
      become,
      becomePassword: password,
      installed: { path, identity: scriptIdentity(QUESTIONS, '2.0.0') },
      sample: 0,
      limit: 2 ** 20,
      timeout: 60_000,
      signal: new AbortController().signal,
    });
    session.close();
    if (!reached.ok) return { failed: reached.reason };
    const said = Object.fromEntries(
      evidence.map(({ probe, answer }) => [
        probe,
        answer.ok ? answer.value : `${answer.problem}: ${answer.reason}`,
      ]),
    );
    const texts = { user: said['privilege.user'], refusal: said['privilege.refusal'] };
    return { ...said, ...parse(privilege, texts, null).fact };
  }

  it('is all that its user may run as root, and answers as root', async () => {
    install(QUESTIONS);
    allowAsPrinted();
    const session = await connected(to(sshd, { user: user.name }));
    expect(await runIn(session, 'sudo -n id')).toMatchObject({ status: 1, output: '' });
    expect(await runIn(session, `sudo -n ${path} with arguments`)).toMatchObject({ status: 1, output: '' });
    session.close();
    expect(await ask()).toMatchObject({
      value: { user: 'root', root: true, refused: '' },
      'p.newer': 'new\n',
      'p.stdin': '',
      'n.inode': expect.stringMatching(/^net:/),
    });
    expect(await ask()).not.toHaveProperty('partial');
    expect(await ask({ transport: 'openssh' })).toMatchObject({ value: { root: true }, 'p.newer': 'new\n' });
  });

  it.each(['sudo', null] as const)(
    'is what a key is good for, whatever is asked for (become: %s)',
    async (become) => {
      install(QUESTIONS);
      allowAsPrinted();
      const line = /^# {3}(restrict,command=.*)$/m.exec(installedScript(QUESTIONS, '2.0.0', path))![1]!;
      const server = await start({ authorized: [`${line} ${keys.ed25519.publicLine}`] });
      const session = await connected(to(server, { user: user.name }));
      expect((await runIn(session, 'cat /etc/passwd')).output).toBe('');
      session.close();
      expect(await ask({ server, become })).toMatchObject({ value: { user: 'root', root: true } });
    },
  );

  it('of another version says so, and what it does not ask is missing by name', async () => {
    install({ ...QUESTIONS, host: [THE_USER, REFUSAL] }, '1.9.0');
    allowAsPrinted();
    const again = `install this version's: twlint collect --print-script --install-as ${path}`;
    expect(await ask()).toMatchObject({
      value: { root: true },
      partial: expect.stringMatching(
        /^asked by an installed script that is of twlint 1\.9\.0-\w{12}, and not of 2\.0\.0-\w{12}: install that/,
      ),
      'p.newer': `unsupported: the ${path} there is of another version and does not ask this: ${again}`,
    });
  });

  it('of the same version, changed in any way, says so', async () => {
    install({ ...QUESTIONS, host: [...QUESTIONS.host, question('p.more', 'echo more')] });
    allowAsPrinted();
    expect(await ask()).toMatchObject({
      partial: expect.stringMatching(/of twlint 2\.0\.0-\w+, and not of 2\.0\.0-/),
    });
  });

  it('runs without root where sudo refuses it, and the refusal has its remedy', async () => {
    install(QUESTIONS);
    user.sudoers('USER ALL=(root) /bin/true');
    // no password is given to it, not even where there is one
    expect(await ask({ password: user.password })).toMatchObject({
      value: { root: false, user: user.name },
      partial:
        'looked without root: sudo: a password is required: let this user run it as root without a password (twlint collect --print-script --install-as shows the line)',
    });
  });

  it('that is not there is told, with what to do', async () => {
    rmSync(path);
    allowAsPrinted();
    const { failed } = await ask();
    expect(failed).toMatch(
      /^its sh ended with status 127 before the script did, and said "sudo: .*command not found/,
    );
    expect(failed).toContain(`install this version's: twlint collect --print-script --install-as ${path}`);
    expect((await ask({ become: null })).failed).toMatch(/status 127 .*not found.* install this version's/);
  });

  it('that only root may read, where sudo refuses, is told with what sudo said', async () => {
    install(QUESTIONS, '2.0.0', 0o750);
    user.sudoers('USER ALL=(root) /bin/true');
    expect((await ask()).failed).toMatch(
      /status 126 .*said "sudo: a password is required": is .* for everybody to read/,
    );
  });
});

describeWhere({ programs: ['dash', 'busybox', 'bash'] }, 'what an installed script is told', () => {
  const folder = temporaryFolder('told');
  const boundary = 'twlint-00112233445566778899aabbccddeeff';

  async function told(shell: string, input: string) {
    const path = join(folder, 'twlint-collect');
    writeFileSync(path, installedScript(QUESTIONS, '2.0.0', path));
    const { openLocal } = await import('../../src/transports/local.ts');
    const opened = await openLocal({} as never, new AbortController().signal);
    if (!opened.ok) throw new Error(opened.reason);
    return runIn(opened.value, `${shell} ${path}`, { input });
  }

  it.each(['dash', 'busybox sh', 'bash --posix'])('one line, whatever comes before it: %s', async (shell) => {
    const { status, output } = await told(
      shell,
      `correct horse\n$(id)\n${boundary} init 2.0.0-x 50\nexit 7\n`,
    );
    expect(status).toBe(0);
    expect(output).toMatch(new RegExp(`^\n${boundary} < privilege\\.user -\n[^]*\n${boundary} \\.\n$`));
  });

  const ran = join(folder, 'ran');
  it.each([
    ['nothing', ''],
    ['half a line, as where the connection breaks', `${boundary} all 2.0.0 50`],
    ['a boundary that is too short', 'twlint-0 all 2.0.0 50\n'],
    ['a boundary with a command in it', `twlint-$(touch ${ran})4455 all 2.0.0 50\n`],
    ['a scope that is none', `${boundary} every 2.0.0 50\n`],
    ['an asker with a command in it', `${boundary} all "$(touch ${ran}) 50\n`],
    ['a word too many', `${boundary} all 2.0.0 50 ;touch\n`],
    ['no time', `${boundary} all 2.0.0\n`],
    ['a time that is none', `${boundary} all 2.0.0 $((50))\n`],
    ['a time that is octal', `${boundary} all 2.0.0 08\n`],
    ['a time without end', `${boundary} all 2.0.0 99999\n`],
    ['words as patterns', 'twlint-* * * *\n'],
  ])('not %s', async (_, input) => {
    for (const shell of ['dash', 'busybox sh', 'bash --posix']) {
      const { status, output, stderr } = await told(shell, input);
      expect([status, output]).toEqual([64, '']);
      expect(stderr).toMatch(/^twlint-collect: nobody asked: is twlint_collect_command set/);
    }
    expect(existsSync(ran)).toBe(false);
  });
});
