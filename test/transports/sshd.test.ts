import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { startAgent } from './agent.ts';
import { type Connecting, connected, connectTo, refused, runIn } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { type KeyKind, type KeyPair, makeKey } from './keygen.ts';
import { descendants, type Sshd, type SshdOptions, startSshd } from './sshd.ts';

const KINDS: KeyKind[] = ['ed25519', 'ecdsa', 'rsa'];

describeWhere(
  { root: true, programs: ['sshd', 'ssh', 'ssh-keygen', 'ssh-agent', 'ssh-add', 'ps'] },
  'a real sshd',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'twlint-keys-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const keys = {} as Record<KeyKind, KeyPair>;
    let locked: KeyPair;
    let sshd: Sshd;
    const started: Sshd[] = [];
    const start = async (options: Partial<SshdOptions> = {}) => {
      const authorized = [...Object.values(keys), locked].map((key) => key.publicLine);
      const server = await startSshd({ authorized, ...options });
      started.push(server);
      return server;
    };

    beforeAll(async () => {
      for (const kind of KINDS) keys[kind] = makeKey(folder, kind, { kind });
      locked = makeKey(folder, 'locked', { passphrase: 'open sesame' });
      sshd = await start({ hostKeys: KINDS });
    });
    afterAll(() => Promise.all(started.map((server) => server.stop())));

    const to = (server: Sshd, more: Partial<Connecting> = {}): Connecting => ({
      port: server.port,
      known: server.hostKeyLines,
      identityFile: keys.ed25519.file,
      ...more,
    });

    it('runs several commands over one connection, and all that it says of them is right', async () => {
      const before = sshd.log().length;
      const session = await connected(to(sshd));
      const first = await runIn(session, 'cat; echo oops >&2; exit 3', { input: 'word\n'.repeat(50_000) });
      expect(first).toEqual({
        status: 3,
        signal: null,
        stderr: 'oops\n',
        lost: null,
        output: 'word\n'.repeat(50_000),
      });
      expect(await runIn(session, 'kill -9 $$')).toMatchObject({
        status: null,
        signal: 'SIGKILL',
        lost: null,
      });
      expect(await runIn(session, 'exit 0')).toMatchObject({ status: 0, output: '', stderr: '' });
      session.close();
      await sleep(100);
      const log = sshd.log().slice(before);
      expect(log.match(/^Connection from /gm)).toHaveLength(1);
      expect(log.match(/^Accepted publickey for root /gm)).toHaveLength(1);
      expect(log.match(/^Starting session: command /gm)).toHaveLength(3);
      expect(log).toMatch(/Disconnected from user root|Received disconnect/);
    });

    it('needs one connection and one session to ask once', async () => {
      const before = sshd.log().length;
      const session = await connected(to(sshd));
      await runIn(session, 'sh', { input: 'id -u' });
      session.close();
      await sleep(100);
      const log = sshd.log().slice(before);
      expect(log.match(/^Connection from /gm)).toHaveLength(1);
      expect(log.match(/^Starting session: command for root .*/gm)).toHaveLength(1);
      expect(log.match(/Postponed|Failed/g)).toBeNull();
    });

    it('keeps 4 KiB of standard error and lets the rest go by', async () => {
      const session = await connected(to(sshd));
      const ending = await runIn(session, 'yes error | head -c 3000000 >&2; echo done');
      expect(ending).toMatchObject({ status: 0, output: 'done\n' });
      expect(ending.stderr).toBe('error\n'.repeat(700).slice(0, 4096));
      session.close();
    });

    it('ends an endless command when told to stop, and can run another', async () => {
      const server = await start();
      const session = await connected(to(server));
      const ending = await runIn(session, 'exec yes', { limit: 1_000_000 });
      expect(ending).toMatchObject({ status: null, signal: null, lost: null });
      expect(ending.output.length).toBeGreaterThanOrEqual(1_000_000);
      expect(await runIn(session, 'echo again')).toMatchObject({ status: 0, output: 'again\n' });
      expect((await runIn(session, 'pgrep -c -x -P "$(pgrep -d, -P $PPID; echo ,$PPID)" yes')).output).toBe(
        '0\n',
      );
      session.close();
    });

    it('ends at once when aborted, before, while and after a command starts', async () => {
      const session = await connected(to(sshd));
      for (const delay of [0, 1, 3, 10, 100]) {
        const stop = new AbortController();
        setTimeout(() => stop.abort(new Error('told to')), delay);
        const begun = Date.now();
        const ending = await runIn(session, 'sleep 20', { signal: stop.signal });
        expect(ending).toMatchObject({ status: null, lost: 'told to' });
        expect(Date.now() - begun).toBeLessThan(delay + 500);
      }
      expect(
        await runIn(session, 'echo on', { signal: AbortSignal.abort(new Error('too late')) }),
      ).toMatchObject({
        lost: 'too late',
        output: '',
      });
      expect(await runIn(session, 'echo still here')).toMatchObject({ status: 0 });
      session.close();
    });

    it('says that the connection broke in the middle', async () => {
      const server = await start();
      const session = await connected(to(server));
      const running = runIn(session, 'echo begun; sleep 20');
      await sleep(300);
      server.dropConnections();
      const ending = await running;
      expect(ending).toMatchObject({ status: null, output: 'begun\n' });
      expect(ending.lost).toMatch(/^the (host closed the connection|connection broke)/);
      expect((await runIn(session, 'echo more')).lost).toBe(ending.lost);
      session.close();
    });

    describe('keys', () => {
      it.each(KINDS)('%s, from a file', async (kind) => {
        const session = await connected(to(sshd, { identityFile: keys[kind].file }));
        expect((await runIn(session, 'echo in')).output).toBe('in\n');
        session.close();
      });

      it.each(KINDS)('%s, from an agent', async (kind) => {
        const { socket } = await startAgent(keys[kind].file);
        const home = scratchFolder();
        const session = await connected(
          to(sshd, { identityFile: null, options: { env: { HOME: home, SSH_AUTH_SOCK: socket } } }),
        );
        expect((await runIn(session, 'echo in')).output).toBe('in\n');
        session.close();
      });

      it.each(['rsa-sha2-256', 'rsa-sha2-512'])(
        'RSA keys sign with %s, from a file and from an agent',
        async (algorithm) => {
          const server = await start({ config: [`PubkeyAcceptedAlgorithms ${algorithm}`] });
          const { socket } = await startAgent(keys.rsa.file);
          for (const more of [
            { identityFile: keys.rsa.file },
            { identityFile: null, options: { env: { HOME: scratchFolder(), SSH_AUTH_SOCK: socket } } },
          ])
            (await connected(to(server, more))).close();
          expect(server.log().match(/^Accepted publickey for root .* RSA SHA256:/gm)).toHaveLength(2);
        },
      );

      it('an encrypted file, by the passphrase of the environment or by asking once', async () => {
        const env = { HOME: scratchFolder(), TWLINT_SSH_PASSPHRASE: 'open sesame' };
        (await connected(to(sshd, { identityFile: locked.file, options: { env } }))).close();
        const asked: string[] = [];
        const askSecret = async (question: string) => {
          asked.push(question);
          return asked.length === 1 ? 'wrong' : 'open sesame';
        };
        (await connected(to(sshd, { identityFile: locked.file, options: { askSecret } }))).close();
        expect(asked).toEqual([
          `Passphrase for ${locked.file}: `,
          `That was not it. Passphrase for ${locked.file}: `,
        ]);
      });

      it('the key that is named goes before those of a crowded agent', async () => {
        const server = await start({ config: ['MaxAuthTries 3'] });
        const strangers = [1, 2, 3, 4].map((i) => makeKey(scratchFolder(), `stranger-${i}`).file);
        const { socket } = await startAgent(...strangers);
        const env = { HOME: scratchFolder(), SSH_AUTH_SOCK: socket };
        (await connected(to(server, { options: { env } }))).close();
        const reason = await refused(to(server, { identityFile: null, options: { env } }));
        expect(reason).toMatch(/^it hung up after too many keys .*MaxAuthTries.*--key/);
      });

      it('tells what was tried, what was not, and what the server takes', async () => {
        const stranger = makeKey(scratchFolder(), 'stranger');
        const { socket } = await startAgent(stranger.file);
        const env = { HOME: scratchFolder(), SSH_AUTH_SOCK: socket };
        const reason = await refused(to(sshd, { identityFile: locked.file, options: { env } }));
        expect(reason).toBe(
          `it did not let root in with the agent's "stranger@test" (ED25519); it takes publickey; not tried: ${locked.file}: encrypted: add it to the agent (ssh-add) or set TWLINT_SSH_PASSPHRASE; is root the right user (ansible_user), and is the key in its authorized_keys there? Try: ssh -v`,
        );
      });
    });

    describe('host keys', () => {
      it.each(KINDS)('%s, where the host has others too', async (kind) => {
        const known = sshd.hostKeyLines.filter((line) =>
          line.includes(` ${keys[kind].publicLine.split(' ')[0]} `),
        );
        expect(known).toHaveLength(1);
        (await connected(to(sshd, { known }))).close();
      });

      const other = makeKey(folder, 'other-host').publicLine;
      const other2 = makeKey(folder, 'other-host-rsa', { kind: 'rsa' }).publicLine;
      const name = () => `[127.0.0.1]:${sshd.port}`;
      const right = () => sshd.hostKeyLines[0]!.split(' ').slice(1).join(' ');
      const CASES: [string, () => string[], string][] = [
        ['known', () => [`${name()} ${right()}`], 'lets in'],
        ['known by a pattern', () => [`[127.0.0.*]:* ${right()}`], 'lets in'],
        ['known, but ruled out by a negation', () => [`!${name()},[127.*]:* ${right()}`], 'unknown'],
        ['known without its port', () => [`127.0.0.1 ${right()}`], 'lets in'],
        ['another key without its port', () => [`127.0.0.1 ${other}`], 'unknown'],
        ['unknown', () => [`[127.0.0.1]:1 ${right()}`], 'unknown'],
        ['changed', () => [`${name()} ${other}`], 'changed'],
        ['a key of another kind is known', () => [`${name()} ${other2}`], 'changed'],
        ['one of two keys is right', () => [`${name()} ${other}`, `${name()} ${right()}`], 'lets in'],
        [
          'changed, though right without its port',
          () => [`${name()} ${other}`, `127.0.0.1 ${right()}`],
          'changed',
        ],
        ['revoked', () => [`@revoked ${name()} ${right()}`], 'revoked'],
        ['known and revoked', () => [`${name()} ${right()}`, `@revoked * ${right()}`], 'revoked'],
        ['another one revoked', () => [`@revoked * ${other}`, `${name()} ${right()}`], 'lets in'],
        ['an authority', () => [`@cert-authority ${name()} ${other}`], 'authority'],
      ];
      const SAYS: Record<string, RegExp> = {
        unknown: /^its host key is not known: ED25519 SHA256:/,
        changed: /^WARNING: its host key has changed\. It presents ED25519 SHA256:/,
        revoked: /marked as revoked: ED25519 SHA256:/,
        authority: /^its host key is vouched for only by the certificate authority in .*known_hosts:1, and /,
      };

      describe.each(['strict', 'accept-new'] as const)('%s', (hostKeyChecking) => {
        it.each(CASES)('%s', async (_, lines, expected) => {
          const single = await start({ hostKeys: ['ed25519'] });
          const inFor = (text: string) =>
            text
              .replaceAll(name(), `[127.0.0.1]:${single.port}`)
              .replaceAll(right(), single.hostKeyLines[0]!.split(' ').slice(1).join(' '));
          const known = lines().map(inFor);
          const believes = hostKeyChecking === 'accept-new' && ['unknown', 'authority'].includes(expected);
          const answer = await connectTo(to(single, { known, options: { hostKeyChecking } }));
          if (answer.ok) answer.value.close();
          expect(answer.ok).toBe(expected === 'lets in' || believes);
          if (!answer.ok) expect(answer.reason).toMatch(SAYS[expected]!);
          expect(answer.ok).toBe(sshLetsIn(single, known, hostKeyChecking));
          await single.stop();
        });
      });

      /** OpenSSH's own client in the same place. */
      function sshLetsIn(server: Sshd, known: string[], checking: string): boolean {
        const file = fileIn(scratchFolder(), 'known_hosts', `${known.join('\n')}\n`);
        const options = [
          `UserKnownHostsFile=${file}`,
          'GlobalKnownHostsFile=/dev/null',
          'BatchMode=yes',
          'IdentitiesOnly=yes',
        ];
        options.push(`StrictHostKeyChecking=${checking === 'strict' ? 'yes' : checking}`);
        const args = ['-F', 'none', '-i', keys.ed25519.file, ...options.flatMap((option) => ['-o', option])];
        return spawnSync('ssh', [...args, '-p', String(server.port), 'root@127.0.0.1', 'true']).status === 0;
      }

      it('the line that is told to add makes the host known, to us and to ssh', async () => {
        const reason = await refused(to(sshd, { known: [] }));
        const [, line] = /add this line to \S*known_hosts: (\S+ \S+ \S+)$/.exec(reason)!;
        (await connected(to(sshd, { known: [line!] }))).close();
        expect(sshLetsIn(sshd, [line!], 'strict')).toBe(true);
      });

      it('a changed key is told with both fingerprints and the place of the known one', async () => {
        const reason = await refused(to(sshd, { known: ['# comment', `${name()} ${other}`] }));
        const prints = [sshd.hostKeyLines[0]!, `x ${other}`].map((line) => {
          const file = fileIn(scratchFolder(), 'key.pub', line.split(' ').slice(1).join(' '));
          return spawnSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).stdout.split(' ')[1]!;
        });
        expect(reason).toContain(`It presents ED25519 ${prints[0]}, but `);
        expect(reason).toContain(`known_hosts:2 has ED25519 ${prints[1]}.`);
      });

      it('accept-new keeps the key, once, with the file made for its owner alone', async () => {
        const home = scratchFolder();
        const file = join(home, 'new', 'known_hosts');
        const said: string[] = [];
        const options = {
          knownHosts: [file],
          hostKeyChecking: 'accept-new' as const,
          warn: (text: string) => void said.push(text),
        };
        for (let i = 0; i < 2; i++) (await connected(to(sshd, { options }))).close();
        expect(readFileSync(file, 'utf8')).toBe(`${sshd.hostKeyLines[0]}\n`);
        expect((await import('node:fs')).statSync(file).mode & 0o777).toBe(0o600);
        expect(said).toEqual([expect.stringMatching(/is new: its host key SHA256:\S+ is now in /)]);
      });

      it('accept-new does not glue its line to one without an end', async () => {
        const file = fileIn(scratchFolder(), 'known_hosts', 'elsewhere ssh-ed25519 AAAA');
        (
          await connected(to(sshd, { options: { knownHosts: [file], hostKeyChecking: 'accept-new' } }))
        ).close();
        expect(readFileSync(file, 'utf8')).toBe(`elsewhere ssh-ed25519 AAAA\n${sshd.hostKeyLines[0]}\n`);
      });

      it('off lets anything in and says so once', async () => {
        const said: string[] = [];
        const options = { hostKeyChecking: 'off' as const, warn: (text: string) => void said.push(text) };
        (await connected(to(sshd, { known: [`${name()} ${other}`], options }))).close();
        expect(said).toEqual([expect.stringMatching(/^host keys are not checked/)]);
      });
    });

    describe('algorithms', () => {
      const legacyConfig = [
        'KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1',
        'HostKeyAlgorithms ssh-rsa',
        'PubkeyAcceptedAlgorithms ssh-rsa',
        'Ciphers aes128-ctr,aes192-ctr,aes256-ctr,aes128-cbc,3des-cbc',
        'MACs hmac-sha1',
      ];

      it('what OpenSSH 5.3 has, when told that a host is that old', async () => {
        const server = await start({ hostKeys: ['rsa'], config: legacyConfig });
        const rsa = { identityFile: keys.rsa.file };
        (await connected(to(server, { ...rsa, legacy: true }))).close();
        const reason = await refused(to(server, rsa));
        expect(reason).toMatch(
          /^no key exchange in common: it offers diffie-hellman-group-exchange-sha256,.*diffie-hellman-group14-sha1; we offer curve25519-sha256, .*; it is old: set twlint_legacy_ssh: true for it$/,
        );
      });

      it.each(['diffie-hellman-group-exchange-sha256', 'sntrup761x25519-sha512@openssh.com'])(
        'never %s: the host is told apart at once',
        async (kex) => {
          const server = await start({ config: [`KexAlgorithms ${kex}`] });
          for (const legacy of [false, true])
            expect(await refused(to(server, { legacy }))).toMatch(
              new RegExp(`^no key exchange in common: it offers ${kex}; we offer .*sshd_config`),
            );
        },
      );

      it.each([
        ['Ciphers 3des-cbc', /^no cipher in common: it offers 3des-cbc; we offer aes128-gcm/],
        [
          'HostKeyAlgorithms ssh-rsa',
          /^no kind of host key in common: it offers ssh-rsa; we offer .*twlint_legacy_ssh/,
        ],
      ])('%s', async (line, says) => {
        const server = await start({ hostKeys: ['rsa'], config: [line] });
        expect(await refused(to(server))).toMatch(says);
      });

      it.each([
        'curve25519-sha256',
        'ecdh-sha2-nistp256',
        'ecdh-sha2-nistp384',
        'ecdh-sha2-nistp521',
        'diffie-hellman-group14-sha256',
        'diffie-hellman-group16-sha512',
      ])('%s', async (kex) => {
        const server = await start({ config: [`KexAlgorithms ${kex}`] });
        (await connected(to(server))).close();
      });
    });

    it.each([
      ['DenyUsers root', /^it did not let root in with .*ed25519 \(ED25519\); it takes publickey; /],
      [
        'AuthenticationMethods publickey,password',
        /it takes no keys at all, only password|it takes publickey/,
      ],
      ['MaxSessions 0', null],
      ['ForceCommand /bin/false', null],
    ])('%s', async (line, says) => {
      const server = await start({ config: [line] });
      if (says) {
        expect(await refused(to(server))).toMatch(says);
        return;
      }
      const session = await connected(to(server));
      const ending = await runIn(session, 'echo in');
      if (line.startsWith('MaxSessions')) expect(ending.lost).toMatch(/opens no session .*MaxSessions/);
      else expect(ending).toMatchObject({ status: 1, output: '', lost: null });
      session.close();
    });

    it('leaves nothing behind on the host', async () => {
      const server = await start();
      const session = await connected(to(server));
      const { output } = await runIn(session, 'echo $PPID; cat /proc/$PPID/status | grep ^PPid');
      const connection = Number(output.split('\n')[0]);
      session.close();
      for (let i = 0; i < 50 && descendants(connection).length > 0; i++) await sleep(20);
      expect(() => process.kill(connection, 0)).toThrow();
    });
  },
);
