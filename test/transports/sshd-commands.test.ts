import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { connected, runIn } from './connecting.ts';
import { eventually, SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

describeWhere(SSHD_NEEDS, 'commands on a real sshd', () => {
  const { start, to } = sshdWorld();

  it('run one after another over one connection, and all that is said of them is right', async () => {
    const sshd = await start();
    const session = await connected(to(sshd));
    const input = 'word\n'.repeat(50_000);
    const first = await runIn(session, 'cat; echo oops >&2; exit 3', { input });
    expect(first).toEqual({
      status: 3,
      signal: null,
      stderr: 'oops\n',
      lost: null,
      broken: false,
      output: input,
    });
    expect(await runIn(session, 'kill -9 $$')).toMatchObject({ status: null, signal: 'SIGKILL', lost: null });
    expect(await runIn(session, 'exit 0')).toMatchObject({ status: 0, output: '', stderr: '' });
    session.close();
    expect(await eventually(() => sshd.processes().length === 0)).toBe(true);
    expect(sshd.log().match(/^Connection from /gm)).toHaveLength(1);
    expect(sshd.log().match(/^Accepted publickey for root /gm)).toHaveLength(1);
    expect(sshd.log().match(/^Starting session: command /gm)).toHaveLength(3);
    expect(sshd.log()).toMatch(/^Received disconnect from/m);
  });

  it('need one connection, one attempt to log in and one session for one command', async () => {
    const sshd = await start();
    const session = await connected(to(sshd));
    expect(await runIn(session, 'sh', { input: 'id -u; tty' })).toMatchObject({ output: '0\nnot a tty\n' });
    session.close();
    expect(await eventually(() => sshd.processes().length === 0)).toBe(true);
    expect(sshd.log().match(/^Connection from /gm)).toHaveLength(1);
    expect(sshd.log().match(/^Starting session: command for root /gm)).toHaveLength(1);
    expect(sshd.log().match(/^(Failed|error|fatal)/gm)).toBeNull();
  });

  it('may write any amount to standard error: 4 KiB of it are kept', async () => {
    const session = await connected(to(await start()));
    const ending = await runIn(session, 'yes error | head -c 3000000 >&2; echo done');
    expect(ending).toMatchObject({ status: 0, output: 'done\n' });
    expect(ending.stderr).toBe('error\n'.repeat(700).slice(0, 4096));
    session.close();
  });

  it('end when told to stop, however much they would still say', async () => {
    const sshd = await start();
    const session = await connected(to(sshd));
    const ending = await runIn(session, 'exec yes', { limit: 1_000_000 });
    expect(ending).toMatchObject({ status: null, signal: null, lost: null });
    expect(ending.output.length).toBeGreaterThanOrEqual(1_000_000);
    expect(await eventually(() => !sshd.processes().includes('yes'))).toBe(true);
    expect(await runIn(session, 'echo again')).toMatchObject({ status: 0, output: 'again\n' });
    session.close();
  });

  it('end at once when aborted: before, while and after they start', async () => {
    const sshd = await start();
    const session = await connected(to(sshd));
    for (const delay of [0, 1, 3, 10, 100]) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('told to')), delay);
      const begun = Date.now();
      const ending = await runIn(session, 'while :; do echo on; sleep 0.05; done', { signal: stop.signal });
      expect(ending).toMatchObject({ status: null, lost: 'told to' });
      expect(Date.now() - begun).toBeLessThan(delay + 10_000);
    }
    expect(await eventually(() => !sshd.processes().includes('sleep'))).toBe(true);
    const signal = AbortSignal.abort(new Error('too late'));
    expect(await runIn(session, 'echo on', { signal })).toMatchObject({ lost: 'too late', output: '' });
    expect(await runIn(session, 'echo still here')).toMatchObject({ status: 0 });
    session.close();
  });

  it('go on while the keys of the connection are renewed', async () => {
    const session = await connected(to(await start({ config: ['RekeyLimit 1M'] })));
    const ending = await runIn(session, 'head -c 8000000 /dev/zero');
    expect(ending).toMatchObject({ status: 0, lost: null });
    expect(ending.output).toHaveLength(8_000_000);
    session.close();
  });

  it('say that the connection broke in the middle', async () => {
    const sshd = await start();
    const session = await connected(to(sshd));
    const running = runIn(session, 'echo begun; sleep 20');
    await sleep(300);
    sshd.dropConnections();
    const ending = await running;
    expect(ending).toMatchObject({ status: null, output: 'begun\n' });
    expect(ending.lost).toMatch(/^the (host closed the connection|connection broke)/);
    expect((await runIn(session, 'echo more')).lost).toBe(ending.lost);
    session.close();
  });

  it('say so where the host lets us in and opens no session', async () => {
    const session = await connected(to(await start({ config: ['MaxSessions 0'] })));
    expect((await runIn(session, 'echo in')).lost).toMatch(
      /^the host let us in but opens no session .*MaxSessions/,
    );
    session.close();
  });

  it('are what the host makes of them', async () => {
    const session = await connected(to(await start({ config: ['ForceCommand echo no; false'] })));
    expect(await runIn(session, 'echo in')).toMatchObject({ status: 1, output: 'no\n', lost: null });
    session.close();
  });
});
