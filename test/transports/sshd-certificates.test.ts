import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { startAgent } from './agent.ts';
import { type Connecting, reachTo, runIn, sshTarget } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { certify, type KeyPair, makeKey } from './keygen.ts';
import type { Sshd } from './sshd.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

/** In 2020, and no longer. */
const EXPIRED = '20200101:20200102';

describeWhere(SSHD_NEEDS, 'certificates of an SSH authority', () => {
  const { keys, start, to } = sshdWorld();

  /** Which client was chosen and why, and what came of it. */
  async function outcome(connecting: Connecting) {
    const target = sshTarget(connecting);
    const { open, by } = await reachTo([target], connecting.known ?? [], connecting.options);
    const opened = await open(target, new AbortController().signal);
    const choice = by(target)!;
    if (!opened.ok) return { ...choice, said: opened.reason, transient: opened.transient };
    const { output } = await runIn(opened.value, 'echo in');
    opened.value.close();
    return { ...choice, said: output };
  }

  const authority = () => makeKey(scratchFolder(), 'authority');
  const trusting = (ca: KeyPair) => ({ config: [`TrustedUserCAKeys ${ca.file}.pub`], authorized: [] });
  const certified = (ca: KeyPair, more: Partial<Parameters<typeof certify>[2]> = {}) => {
    const key = makeKey(scratchFolder(), 'user');
    return { key, certificate: certify(ca, `${key.file}.pub`, { names: 'root', ...more }) };
  };

  it("a user's, beside the key", async () => {
    const ca = authority();
    const { key, certificate } = certified(ca);
    expect(await outcome(to(await start(trusting(ca)), { identityFile: key.file }))).toEqual({
      transport: 'openssh',
      why: [`the certificate ${certificate}`],
      said: 'in\n',
    });
  });

  it("a user's, named by CertificateFile", async () => {
    const ca = authority();
    const { key, certificate } = certified(ca);
    const elsewhere = join(scratchFolder(), 'certificate');
    copyFileSync(certificate, elsewhere);
    const bare = join(scratchFolder(), 'bare');
    copyFileSync(key.file, bare);
    const sshConfig = fileIn(scratchFolder(), 'config', `CertificateFile ${elsewhere}\n`);
    expect(
      await outcome(to(await start(trusting(ca)), { identityFile: bare, options: { sshConfig } })),
    ).toEqual({ transport: 'openssh', why: [`CertificateFile (${sshConfig}:1)`], said: 'in\n' });
  });

  it("a user's, in an agent", async () => {
    const ca = authority();
    const { key } = certified(ca);
    const { socket } = await startAgent(key.file);
    const env = { HOME: scratchFolder(), SSH_AUTH_SOCK: socket };
    expect(
      await outcome(to(await start(trusting(ca)), { identityFile: null, options: { env } })),
    ).toMatchObject({ transport: 'openssh', why: [`the certificate the agent's "user@test"`], said: 'in\n' });
  });

  it.each([
    ['expired', { validity: EXPIRED }],
    ['for another user', { names: 'somebody' }],
  ])("a user's that is %s", async (_, more) => {
    const ca = authority();
    const { key } = certified(ca, more);
    expect(await outcome(to(await start(trusting(ca)), { identityFile: key.file }))).toMatchObject({
      said: expect.stringMatching(
        /^it did not let root in with \S+ \(ED25519\), \S+ \(ED25519-CERT\); .*: is the certificate still good, and for root: ssh-keygen -L -f FILE; /,
      ),
      transient: false,
    });
  });

  const vouching = (ca: KeyPair, more: Partial<Parameters<typeof certify>[2]> = {}) => ({
    certify: (file: string) => certify(ca, file, { host: true, names: '127.0.0.1', ...more }),
  });
  const knownBy = (ca: KeyPair, { address, port }: Sshd) =>
    `@cert-authority [${address}]:${port} ${ca.publicLine}`;

  it("a host's", async () => {
    const ca = authority();
    const server = await start(vouching(ca));
    expect(await outcome(to(server, { known: [knownBy(ca, server)] }))).toEqual({
      transport: 'openssh',
      why: [expect.stringMatching(/^@cert-authority \(.*known_hosts:1\)$/)],
      said: 'in\n',
    });
  });

  it.each([
    ['expired', { validity: EXPIRED }, /^its host certificate can't be accepted: expired \(ED25519-CERT SHA/],
    [
      "another host's",
      { names: 'other' },
      /can't be accepted: name is not a listed principal \(.*signed anew/,
    ],
  ])("a host's that is %s", async (_, more, says) => {
    const ca = authority();
    const server = await start(vouching(ca, more));
    const answer = await outcome(to(server, { known: [knownBy(ca, server)] }));
    expect(answer).toMatchObject({ said: expect.stringMatching(says), transient: false });
    expect(server.log()).not.toMatch(/^Accepted/m);
  });

  it("a host's, of an authority that nobody knows", async () => {
    const [ours, other] = [authority(), makeKey(scratchFolder(), 'other')];
    const server = await start(vouching(other));
    expect(await outcome(to(server, { known: [knownBy(ours, server)] }))).toMatchObject({
      said: expect.stringMatching(
        /^its host key is not known \(ED25519-CERT SHA256:\S+\); no @cert-authority line is for its certificate/,
      ),
    });
  });

  it('where there are none, ssh2 will do; where it is asked for, it says what it can not do', async () => {
    const server = await start();
    expect(await outcome(to(server))).toEqual({ transport: 'ssh2', why: [], said: 'in\n' });
    const sshConfig = fileIn(scratchFolder(), 'config', 'ProxyCommand nc %h %p\n');
    expect(await outcome(to(server, { options: { sshConfig, transport: 'ssh2' } }))).toMatchObject({
      said: `ssh2 can't do what is asked for: ProxyCommand (${sshConfig}:1): leave --transport ssh2 (twlint_transport) away`,
    });
    const known = [knownBy(keys.rsa, server)];
    expect(await outcome(to(server, { known, options: { transport: 'ssh2' } }))).toMatchObject({
      said: expect.stringMatching(/ssh2 verifies no certificates; without --transport ssh2/),
    });
  });
});
