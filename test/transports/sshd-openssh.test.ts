import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { describeWhere } from '../needs.ts';
import { PROGRAM } from '../twlint.ts';
import { startAgent } from './agent.ts';
import { type Connecting, connected, runIn } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import type { Sshd } from './sshd.ts';
import { eventually, PASSPHRASE, SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

describeWhere(SSHD_NEEDS, "over the system's ssh", () => {
  const { keys, start, to } = sshdWorld();
  const by = (server: Sshd, more: Partial<Connecting> = {}) =>
    to(server, { ...more, options: { transport: 'openssh', ...more.options } });

  it('commands run one after the other over one connection, of which nothing stays', async () => {
    const server = await start();
    const session = await connected(by(server));
    expect(await runIn(session, 'cat; echo oops >&2; exit 3', { input: 'input' })).toMatchObject({
      status: 3,
      signal: null,
      lost: null,
      output: 'input',
      stderr: 'oops\n',
    });
    expect(await runIn(session, 'echo again')).toMatchObject({ status: 0, output: 'again\n' });
    expect(server.log().match(/^Accepted publickey/gm)).toHaveLength(1);
    session.close();
    expect(await eventually(() => server.processes().length === 0)).toBe(true);
    expect(clientsOf(server)).toEqual([]);
  });

  it.each([
    ['exit 255', { status: 255, signal: null, lost: null, broken: false }],
    [
      'kill -9 $$',
      { status: null, signal: expect.stringMatching(/^\(ssh does not tell/), lost: null, broken: false },
    ],
    ['echo no >&2; exec false', { status: 1, stderr: 'no\n' }],
  ])('%s', async (command, ending) => {
    const session = await connected(by(await start()));
    expect(await runIn(session, command)).toMatchObject(ending);
    session.close();
  });

  it('an endless command ends when enough was said', async () => {
    const server = await start();
    const session = await connected(by(server));
    const { output, ...ending } = await runIn(session, 'yes endless', { limit: 1_000_000 });
    expect(ending).toMatchObject({ status: null, signal: null, lost: null, broken: false });
    expect(output.length).toBeLessThan(2_000_000);
    expect(await eventually(() => !server.processes().includes('yes'))).toBe(true);
    expect(await runIn(session, 'echo and on')).toMatchObject({ output: 'and on\n' });
    session.close();
  });

  it('a stalled command ends when told to, with the connection', async () => {
    const server = await start();
    const session = await connected(by(server));
    const stop = new AbortController();
    const running = runIn(session, 'echo begun; exec sleep 60', { signal: stop.signal });
    expect(await eventually(() => server.processes().includes('sleep'))).toBe(true);
    stop.abort(new Error('told to'));
    expect(await running).toMatchObject({ status: null, lost: 'told to', broken: false });
    session.close();
    expect(await eventually(() => clientsOf(server).length === 0)).toBe(true);
  });

  it('a connection that is lost half-way is told, and worth another', async () => {
    const server = await start();
    const session = await connected(by(server));
    const running = runIn(session, 'echo begun; exec sleep 60');
    expect(await eventually(() => server.processes().includes('sleep'))).toBe(true);
    server.dropConnections();
    expect(await running).toMatchObject({
      status: null,
      output: 'begun\n',
      lost: 'the host closed the connection',
      broken: true,
    });
    expect(await runIn(session, 'echo on')).toMatchObject({ output: '', broken: true });
    expect(clientsOf(server)).toEqual([]);
  });

  it.each<[string, string[], RegExp]>([
    ['no sessions', ['MaxSessions 0'], /^the host let us in but opens no session \(.*\): see MaxSessions/],
  ])('%s', async (_, config, says) => {
    const session = await connected(by(await start({ config })));
    expect((await runIn(session, 'echo in')).lost).toMatch(says);
    session.close();
  });

  it('nothing of the configuration but the way to the host has an effect', async () => {
    const server = await start();
    const folder = scratchFolder();
    const touched = join(folder, 'touched');
    const sshConfig = fileIn(
      folder,
      'config',
      `
Host 127.0.0.1
  RemoteCommand touch ${touched}
  PermitLocalCommand yes
  LocalCommand touch ${touched}
  LocalForward 127.0.0.1:${server.port + 1} 127.0.0.1:22
  ForwardAgent yes
  RequestTTY force
  ControlPath ${folder}/%C
  ControlMaster auto
  ControlPersist yes
  SetEnv TWLINT_PROBE=seen
  UpdateHostKeys yes
`,
    );
    const session = await connected(by(server, { options: { transport: 'openssh', sshConfig } }));
    expect(await runIn(session, 'tty; echo $SSH_AUTH_SOCK$TWLINT_PROBE')).toMatchObject({
      output: 'not a tty\n\n',
    });
    session.close();
    expect(existsSync(touched)).toBe(false);
    expect(await eventually(() => clientsOf(server).length === 0)).toBe(true);
  });

  it('a ProxyCommand leads to the host, chosen for it', async () => {
    const [bastion, server] = await Promise.all([start(), start()]);
    const folder = scratchFolder();
    const known = fileIn(folder, 'known', `${bastion.hostKeyLines.join('\n')}\n`);
    const way = `-F none -i ${keys.ed25519.file} -o UserKnownHostsFile=${known} -p ${bastion.port} root@127.0.0.1`;
    const sshConfig = fileIn(folder, 'config', `ProxyCommand ssh ${way} -W [%h]:%p\n`);
    const session = await connected(to(server, { options: { sshConfig } }));
    expect(await runIn(session, 'echo in')).toMatchObject({ output: 'in\n' });
    session.close();
    expect(bastion.log()).toMatch(/^Accepted publickey/m);
    expect(await eventually(() => bastion.processes().length === 0)).toBe(true);
  });

  it('a key with a passphrase is used through the agent', async () => {
    const agent = await startAgent();
    agent.addWith(keys.locked.file, PASSPHRASE);
    const env = { HOME: scratchFolder(), SSH_AUTH_SOCK: agent.socket };
    const options = { transport: 'openssh', env } as const;
    const session = await connected(to(await start(), { identityFile: keys.locked.file, options }));
    expect(await runIn(session, 'echo in')).toMatchObject({ output: 'in\n' });
    session.close();
  });

  it('accept-new keeps the key of a new host; off asks for none', async () => {
    const server = await start();
    const file = join(scratchFolder(), 'known_hosts');
    const said: string[] = [];
    const warn = (text: string) => void said.push(text);
    for (const hostKeyChecking of ['accept-new', 'accept-new', 'off'] as const) {
      const knownHosts = [hostKeyChecking === 'off' ? join(scratchFolder(), 'none') : file];
      (await connected(by(server, { options: { hostKeyChecking, knownHosts, warn } }))).close();
      expect(existsSync(knownHosts[0]!)).toBe(hostKeyChecking !== 'off');
    }
    expect(said).toEqual([
      expect.stringMatching(/^\[127\.0\.0\.1\]:\d+ is new: its host key ED25519 SHA256:\S+ is known from/),
      expect.stringMatching(/^host keys are not checked/),
    ]);
    expect(readFileSync(file, 'utf8')).toBe(`${server.hostKeyLines[0]}\n`);
  });

  it("the user's open connection is used, and stays", async () => {
    const server = await start();
    const folder = scratchFolder();
    const known = fileIn(folder, 'known', `${server.hostKeyLines.join('\n')}\n`);
    const sshConfig = fileIn(
      folder,
      'config',
      `ControlPath ${folder}/%r@%h:%p\nUserKnownHostsFile ${known}\nIdentityFile ${keys.ed25519.file}\n`,
    );
    const args = ['-F', sshConfig, '-p', String(server.port), 'root@127.0.0.1'];
    execFileSync('ssh', ['-M', '-f', '-N', ...args], { stdio: 'ignore' });
    onTestFinished(() => void execFileSync('ssh', ['-O', 'exit', ...args], { stdio: 'ignore' }));
    const options = { transport: 'openssh', sshConfig } as const;
    const session = await connected(by(server, { options, identityFile: null }));
    expect(await runIn(session, 'echo in')).toMatchObject({ output: 'in\n', status: 0 });
    session.close();
    expect(server.log().match(/^Accepted publickey/gm)).toHaveLength(1);
    execFileSync('ssh', ['-O', 'check', ...args], { stdio: 'ignore' });
  });

  it('not even being killed leaves a connection behind', async () => {
    const server = await start();
    const known = fileIn(scratchFolder(), 'known', `${server.hostKeyLines.join('\n')}\n`);
    const hosts = fileIn(
      scratchFolder(),
      'hosts',
      `127.0.0.1 ansible_port=${server.port} ansible_user=root\n`,
    );
    const tool = spawn(
      process.execPath,
      [
        PROGRAM,
        'collect',
        ...['-i', hosts, '--transport', 'openssh', '-F', 'none', '--known-hosts', known],
        ...['--key', keys.ed25519.file, '--interval', '60s', '-o', join(scratchFolder(), 'out')],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TMPDIR: scratchFolder() } },
    );
    while (!/^Starting session/m.test(server.log())) await sleep(20);
    tool.kill('SIGKILL');
    await once(tool, 'exit');
    expect(await eventually(() => clientsOf(server).length === 0)).toBe(true);
  });
});

/** Processes of ssh on the way to that server. */
function clientsOf({ port }: Sshd): string[] {
  return execFileSync('ps', ['-e', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /^(?:\S*\/)?ssh /.test(line) && line.includes(`ort=${port}`));
}
