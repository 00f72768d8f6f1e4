import { execFileSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { describeWhere } from '../needs.ts';
import { startAgent } from './agent.ts';
import { type Connecting, connectTo } from './connecting.ts';
import { listenWith } from './fake-host.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { makeKey } from './keygen.ts';
import { eventually, SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

describeWhere(SSHD_NEEDS, "what keeps the system's ssh out", () => {
  const { keys, start, to } = sshdWorld();

  async function failure(connecting: Connecting) {
    const answer = await connectTo({
      ...connecting,
      options: { transport: 'openssh', ...connecting.options },
    });
    if (answer.ok) {
      answer.value.close();
      throw new Error('it was let in');
    }
    expect(answer.problem).toBe('unreachable');
    return answer;
  }

  const soon = { connectTimeout: 700 };
  const stranger = () => makeKey(scratchFolder(), 'stranger').file;
  const nobody = { known: [], identityFile: null };

  /** What provokes it, what is said, and whether it is worth to be tried again. */
  const CASES: [string, () => Promise<Connecting>, RegExp, boolean][] = [
    [
      'no such name',
      async () => ({ ...nobody, address: 'nobody.invalid', port: 22 }),
      /^(?:there is no address for the name|the name) nobody\.invalid/,
      false,
    ],
    [
      'refused',
      async () => ({ ...nobody, port: 1 }),
      /^127\.0\.0\.1 port 1 refuses connections: is sshd running there/,
      true,
    ],
    [
      'key unknown',
      async () => to(await start(), { known: [] }),
      /^its host key is not known \(ED25519 SHA256:\S{43}\): compare the fingerprint .* log in to it once by hand/,
      false,
    ],
    [
      'key changed',
      async () => {
        const [server, other] = await Promise.all([start(), start()]);
        const forged = other.hostKeyLines[0]!.replace(`:${other.port} `, `:${server.port} `);
        return to(server, { known: [forged] });
      },
      /^WARNING: its host key has changed\. It presents ED25519 SHA256:\S{43}, but \S+known_hosts:1 has another: .*ssh-keygen -R '\[127.0.0.1\]:\d+' -f \S+known_hosts$/,
      false,
    ],
    [
      'key revoked',
      async () => {
        const server = await start();
        return to(server, { known: [`@revoked * ${server.hostKeyLines[0]!.replace(/^\S+ /, '')}`] });
      },
      /^it presents a host key that is marked as revoked \(ED25519 SHA256:\S{43}\): do not log in/,
      false,
    ],
    [
      'key not taken',
      async () => to(await start(), { identityFile: stranger() }),
      /^it did not let root in with \S+stranger \(ED25519\); it takes publickey: is root the right user/,
      false,
    ],
    [
      'a password wanted',
      async () => to(await start({ config: ['PasswordAuthentication yes\nPubkeyAuthentication no'] })),
      /^there is no key .*; it wants password: give the password with --ask-pass .*, and with --transport ssh2$/,
      false,
    ],
    [
      'encrypted key',
      async () => to(await start(), { identityFile: keys.locked.file }),
      /not tried: \S+locked: encrypted: add it to the agent \(ssh-add\)/,
      false,
    ],
    [
      'an agent that does not sign',
      async () => {
        const agent = await startAgent(keys.ed25519.file);
        agent.confirmEachUse(keys.ed25519.file);
        const env = { HOME: scratchFolder(), SSH_AUTH_SOCK: agent.socket };
        return to(await start(), { identityFile: null, options: { env } });
      },
      /not tried: .*ed25519\S* did not sign: agent refused operation/,
      false,
    ],
    [
      'too many keys',
      async () => {
        const agent = await startAgent(...[1, 2, 3, 4].map((i) => makeKey(scratchFolder(), `s${i}`).file));
        const env = { HOME: scratchFolder(), SSH_AUTH_SOCK: agent.socket };
        return to(await start({ config: ['MaxAuthTries 3'] }), { identityFile: null, options: { env } });
      },
      /^it hung up after too many keys that it does not know \(MaxAuthTries\)/,
      false,
    ],
    [
      'no key exchange in common',
      async () => to(await start({ config: ['KexAlgorithms diffie-hellman-group14-sha1'] })),
      /^no key exchange in common: it offers diffie-hellman-group14-sha1; we offer .*curve25519-sha256, .*: it is old: set twlint_legacy_ssh/,
      false,
    ],
    [
      'no kind of host key in common',
      async () => to(await start({ hostKeys: ['rsa'], config: ['HostKeyAlgorithms ssh-rsa'] })),
      /^no kind of host key in common: it offers ssh-rsa; we offer .*ssh-ed25519, /,
      false,
    ],
    [
      'no cipher in common',
      async () => to(await start({ config: ['Ciphers 3des-cbc'] })),
      /^no cipher in common: it offers 3des-cbc; we offer chacha20-poly1305@openssh\.com, /,
      false,
    ],
    [
      'a user who is not let in',
      async () => to(await start({ config: ['DenyUsers root'] })),
      /^it did not let root in with \S+ed25519 \(ED25519\); it takes publickey: /,
      false,
    ],
    ...FAKES.map(
      ([name, behaviour, says, transient]): [string, () => Promise<Connecting>, RegExp, boolean] => [
        name,
        async () => ({ ...nobody, port: (await listenWith(behaviour)).port, options: soon }),
        says,
        transient,
      ],
    ),
    [
      'a ProxyCommand that fails',
      async () => ({
        ...nobody,
        port: 22,
        options: {
          sshConfig: fileIn(scratchFolder(), 'config', 'ProxyCommand sh -c "echo no way >&2; exit 1"\n'),
        },
      }),
      /^its ProxyCommand gave no connection and said "no way": try it by hand: sh -c "echo no way >&2; exit 1"$/,
      false,
    ],
    [
      'a configuration that ssh does not take',
      async () => ({
        ...nobody,
        port: 22,
        options: { sshConfig: fileIn(scratchFolder(), 'config', 'Sesame open\n') },
      }),
      /^ssh does not start \(\S+config: line 1: Bad configuration option: sesame\)/,
      false,
    ],
    [
      'no ssh there',
      async () => ({ ...nobody, port: 22, options: { env: { PATH: scratchFolder(), HOME: '/' } } }),
      /^it takes the system's ssh, and there is none here \(as it was asked for\): install it \(openssh-client\)$/,
      false,
    ],
  ];
  it.each(CASES)('%s', async (_, provoke, says, transient) => {
    const answer = await failure(await provoke());
    expect(answer.reason).toMatch(says);
    expect(answer.transient).toBe(transient);
  });

  it('a name that a shell would act upon, before anything is started', async () => {
    await expect(failure({ ...nobody, port: 22, address: '$(reboot)' })).rejects.toThrow(
      /"\$\(reboot\)" is no name and no address of one host/,
    );
  });

  it.each([0, 20, 200])('being told to stop after %i ms', async (delay) => {
    const { port, open } = await listenWith(() => {});
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('told to')), delay);
    expect((await failure({ ...nobody, port, signal: stop.signal })).reason).toBe('told to');
    expect(await eventually(() => open() === 0)).toBe(true);
  });

  it.each([
    ['unreachable', /^there is no way to 198\.51\.100\.\d+ port 22: is the host up/],
    ['prohibit', /^this machine's own firewall forbids connecting to 198\.51\.100\.\d+ port 22: /],
    ['throw', /^this machine has no route to 198\.51\.100\.\d+ port 22: is a VPN down/],
  ])('a route that is %s', async (kind, says) => {
    // TEST-NET-2 (RFC 5737), which nobody uses
    const address = `198.51.100.${80 + kind.length}`;
    execFileSync('ip', ['route', 'add', kind, address]);
    onTestFinished(() => void execFileSync('ip', ['route', 'del', kind, address]));
    expect(await failure({ ...nobody, address, port: 22, options: soon })).toMatchObject({
      reason: expect.stringMatching(says),
      transient: false,
    });
  });
});

/** What answers is no SSH server, or one that gives up or stalls. */
const FAKES: [string, (socket: Socket) => void, RegExp, boolean][] = [
  [
    'hangs up',
    (socket) => socket.end(),
    /^it closed the connection before it spoke SSH: .*MaxStartups/,
    true,
  ],
  [
    'says why it hangs up',
    (socket) => socket.end('Exceeded MaxStartups\r\n'),
    /^it closed the connection before it spoke SSH and said "Exceeded MaxStartups": /,
    true,
  ],
  [
    'talks and talks',
    (socket) => socket.write('220 ftp ready\r\n'.repeat(1100)),
    /^it does not speak SSH but says "220 ftp ready": is ansible_port right\?$/,
    false,
  ],
  [
    'speaks SSH 1',
    (socket) => socket.write('SSH-1.5-old\r\n'),
    /^it does not speak SSH but says "SSH-1\.5-old"/,
    false,
  ],
  [
    'greets and talks rubbish',
    (socket) => socket.write(`SSH-2.0-x\r\n${'rubbish '.repeat(5000)}`),
    /^what it sent is damaged \(/,
    false,
  ],
  [
    'greets and hangs up',
    (socket) => {
      socket.write('SSH-2.0-x\r\n');
      socket.once('data', () => socket.end());
    },
    /^it closed the connection during the key exchange/,
    true,
  ],
  [
    'stalls before the greeting',
    () => {},
    /^127\.0\.0\.1 port \d+ takes connections but sent no SSH greeting within 0\.7 s \(--connect-timeout\)/,
    false,
  ],
  [
    'stalls after the greeting',
    (socket) => socket.write('SSH-2.0-x\r\n'),
    /^127\.0\.0\.1 port \d+ did not finish the key exchange within 0\.7 s/,
    false,
  ],
];
