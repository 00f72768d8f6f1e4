import { beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { connected, reachTo, refused, runIn, sshTarget } from './connecting.ts';
import { startFakeHost } from './fake-host.ts';
import { eventually, SSHD_NEEDS, sshdWorld } from './sshd-world.ts';
import { type UnixUser, unixUsers } from './unix-user.ts';

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, 'useradd', 'chpasswd'] };
const BY_PASSWORD = ['PasswordAuthentication yes', 'PubkeyAuthentication no'];
const BY_QUESTIONS = ['UsePAM yes', 'KbdInteractiveAuthentication yes', 'PubkeyAuthentication no'];
const BOTH = ['UsePAM yes', 'KbdInteractiveAuthentication yes', 'PasswordAuthentication yes'];

describeWhere(needs, 'a password on a real sshd', () => {
  const { start, to } = sshdWorld();
  const makeUser = unixUsers();
  let user: UnixUser;
  beforeAll(() => {
    user = makeUser();
  });
  const as = (password: string | null, more = {}) => ({ user: user.name, options: { password, ...more } });

  it.each([
    ['password', BY_PASSWORD],
    ['keyboard-interactive', BY_QUESTIONS],
    ['a key and then a password', ['PasswordAuthentication yes', 'AuthenticationMethods publickey,password']],
    [
      'a key and then questions',
      [...BY_QUESTIONS.slice(0, 2), 'AuthenticationMethods publickey,keyboard-interactive'],
    ],
  ])('lets in: %s', async (_, config) => {
    const session = await connected(to(await start({ config }), as(user.password)));
    expect((await runIn(session, 'id -un')).output).toBe(`${user.name}\n`);
    session.close();
  });

  it('is not sent where a key lets in', async () => {
    const server = await start({ config: BOTH });
    (await connected(to(server, as('wrong')))).close();
    expect(server.log()).not.toMatch(/Failed|Accepted (password|keyboard)/);
  });

  it.each([
    ['password', BY_PASSWORD],
    ['keyboard-interactive', BY_QUESTIONS],
    ['both', [...BOTH, 'PubkeyAuthentication no']],
  ])('that is wrong is tried once, and is not told: %s', async (_, config) => {
    const server = await start({ config });
    const reason = await refused(to(server, as('wrong horse')));
    expect(reason).toMatch(/^it did not let twlint-\S+ in with .*, the password; it wants /);
    expect(reason).not.toContain('horse');
    const failures = () => server.log().match(/^Failed (password|keyboard-interactive)/gm) ?? [];
    // sshd writes its log when it comes to it
    expect(await eventually(() => failures().length > 0)).toBe(true);
    expect(failures()).toHaveLength(1);
  });

  it('that nobody gave is asked for in the reason', async () => {
    expect(await refused(to(await start({ config: BY_PASSWORD }), as(null)))).toMatch(
      /; it wants password; .*: give the password with --ask-pass or TWLINT_SSH_PASSWORD$/,
    );
  });

  it('is not sent to a bastion', async () => {
    const [bastion, host] = [await start({ config: BY_PASSWORD }), await start()];
    const proxyJump = `${user.name}@127.0.0.1:${bastion.port}`;
    const target = sshTarget({ ...to(host), connection: { proxyJump } });
    const known = [...bastion.hostKeyLines, ...host.hostKeyLines];
    const { open } = await reachTo([target], known, { password: user.password });
    const answer = await open(target, new AbortController().signal);
    expect(answer).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^the bastion .* it wants password/),
    });
    expect(bastion.log()).not.toMatch(/(Failed|Accepted) password/);
  });

  it('is not sent to a host whose key is not checked', async () => {
    const server = await start({ config: BY_PASSWORD });
    const reason = await refused(to(server, { known: [], ...as(user.password, { hostKeyChecking: 'off' }) }));
    expect(reason).toMatch(/not tried: .*the password, since host keys are not checked/);
    expect(server.log()).not.toMatch(/(Failed|Accepted) password/);
  });
});

it('a host that asks without end gets no end of answers', async () => {
  let rounds = 0;
  const answers = new Set<string>();
  const host = await startFakeHost((connection) =>
    connection.on('authentication', (auth) => {
      if (auth.method !== 'keyboard-interactive') return auth.reject(['keyboard-interactive']);
      const again = (given?: string[]) => {
        rounds++;
        for (const answer of given ?? []) answers.add(answer);
        auth.prompt([{ prompt: 'Password: ', echo: false }], again);
      };
      again();
    }),
  );
  const reason = await refused({
    ...host.connecting(),
    options: { password: 'secret', connectTimeout: 2000 },
  });
  expect(reason).toMatch(/^it (asks and asks|did not let)/);
  expect(rounds).toBeLessThan(10);
  expect([...answers]).toEqual(['secret', '']);
});
