import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { startAgent } from './agent.ts';
import { connected, refused, runIn } from './connecting.ts';
import { scratchFolder } from './folder.ts';
import { makeKey } from './keygen.ts';
import { KINDS, PASSPHRASE, SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

describeWhere(SSHD_NEEDS, 'logging in to a real sshd', () => {
  const { keys, start, to } = sshdWorld();
  const withAgent = (socket: string) => ({ env: { HOME: scratchFolder(), SSH_AUTH_SOCK: socket } });

  it.each(KINDS)('%s, from a file', async (kind) => {
    const session = await connected(to(await start(), { identityFile: keys[kind].file }));
    expect((await runIn(session, 'echo in')).output).toBe('in\n');
    session.close();
  });

  it.each(KINDS)('%s, from an agent', async (kind) => {
    const { socket } = await startAgent(keys[kind].file);
    const session = await connected(to(await start(), { identityFile: null, options: withAgent(socket) }));
    expect((await runIn(session, 'echo in')).output).toBe('in\n');
    session.close();
  });

  it('an RSA key signs with SHA-2, from a file and from an agent', async () => {
    const server = await start({ config: ['PubkeyAcceptedAlgorithms rsa-sha2-256'] });
    const { socket } = await startAgent(keys.rsa.file);
    (await connected(to(server, { identityFile: keys.rsa.file }))).close();
    (await connected(to(server, { identityFile: null, options: withAgent(socket) }))).close();
    expect(server.log().match(/^Accepted publickey for root .* RSA SHA256:/gm)).toHaveLength(2);
  });

  it('an encrypted file opens with the passphrase of the environment', async () => {
    const options = { passphrase: PASSPHRASE };
    (await connected(to(await start(), { identityFile: keys.locked.file, options }))).close();
  });

  it('an encrypted file opens with a passphrase that is asked for', async () => {
    const asked: string[] = [];
    const askSecret = async (question: string) => {
      asked.push(question);
      return asked.length === 1 ? 'wrong' : PASSPHRASE;
    };
    const { file } = keys.locked;
    (await connected(to(await start(), { identityFile: file, options: { askSecret } }))).close();
    expect(asked).toEqual([`Passphrase for ${file}: `, `That was not it. Passphrase for ${file}: `]);
  });

  it('the key that is named goes before those of a crowded agent', async () => {
    const server = await start({ config: ['MaxAuthTries 3'] });
    const strangers = [1, 2, 3, 4].map((i) => makeKey(scratchFolder(), `stranger-${i}`).file);
    const options = withAgent((await startAgent(...strangers)).socket);
    (await connected(to(server, { options }))).close();
    expect(await refused(to(server, { identityFile: null, options }))).toMatch(
      /^it hung up after too many keys .*MaxAuthTries.*--key/,
    );
  });

  it('an agent that does not sign is passed over', async () => {
    const agent = await startAgent(keys.ed25519.file, keys.rsa.file);
    agent.confirmEachUse(keys.ed25519.file);
    (await connected(to(await start(), { identityFile: null, options: withAgent(agent.socket) }))).close();
  });

  it('an agent that signs with none is told', async () => {
    const agent = await startAgent(keys.ed25519.file);
    agent.confirmEachUse(keys.ed25519.file);
    expect(
      await refused(to(await start(), { identityFile: null, options: withAgent(agent.socket) })),
    ).toMatch(/; not tried: the agent's "ed25519@test" \(ED25519\) did not sign: /);
  });

  it('a refusal tells what was tried, what was not, and what the server takes', async () => {
    const { socket } = await startAgent(makeKey(scratchFolder(), 'stranger').file);
    const { file } = keys.locked;
    expect(await refused(to(await start(), { identityFile: file, options: withAgent(socket) }))).toBe(
      [
        `it did not let root in with the agent's "stranger@test" (ED25519)`,
        'it takes publickey',
        `not tried: ${file}: encrypted: add it to the agent (ssh-add) or set TWLINT_SSH_PASSPHRASE: is root the right user (ansible_user), is the key in its authorized_keys there, and is the account not locked? sshd's log there says more`,
      ].join('; '),
    );
  });

  it.each([
    ['DenyUsers root', /^it did not let root in with .*ed25519 \(ED25519\); it takes publickey; /],
    [
      'PasswordAuthentication yes\nPubkeyAuthentication no',
      /; it wants password; .*: give the password with --ask-pass or TWLINT_SSH_PASSWORD$/,
    ],
    [
      'PasswordAuthentication yes\nAuthenticationMethods publickey,password',
      /; it wants password; .*: give the password with --ask-pass/,
    ],
  ])('%s', async (config, says) => {
    expect(await refused(to(await start({ config: [config] })))).toMatch(says);
  });

  it('without any key, the refusal says where none was found', async () => {
    const options = { env: { HOME: scratchFolder() } };
    expect(await refused(to(await start(), { identityFile: null, options }))).toMatch(
      /^there is no key to log in with as root; it takes publickey; not tried: no ssh-agent: SSH_AUTH_SOCK is not set/,
    );
  });
});
