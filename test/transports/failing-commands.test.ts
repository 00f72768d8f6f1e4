import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { connected, runIn } from './connecting.ts';
import { runs, startFakeHost } from './fake-host.ts';
import { eventually } from './sshd-world.ts';

const HOST = runs({
  status: (channel) => {
    channel.exit(7);
    channel.end();
  },
  signal: (channel) => {
    channel.exit('TERM');
    channel.end();
  },
  nothing: (channel) => channel.end(),
  stall: (channel) => void channel.write('so far\n'),
  'hang up': (channel, connection) => {
    channel.write('so far\n');
    setTimeout(() => connection.end(), 50);
  },
  'exit and hang up': (channel, connection) => {
    channel.exit(0);
    channel.write('so far\n');
    setTimeout(() => connection.end(), 50);
  },
  endless: (channel) => {
    const more = () => {
      while (channel.writable && channel.write(Buffer.alloc(32_768, 'y')));
    };
    channel.on('drain', more).on('error', () => {});
    more();
  },
  deaf: (channel) => {
    // closes without having read any of its input
    channel.pause();
    channel.exit(0);
    channel.end();
  },
});

async function session() {
  const host = await startFakeHost(HOST);
  return { host, session: await connected(host.connecting()) };
}

it.each([
  ['status', { status: 7, signal: null, lost: null }],
  ['signal', { status: null, signal: 'SIGTERM', lost: null }],
  ['nothing', { status: null, signal: null, lost: 'the host ended the command without saying how' }],
  ['hang up', { status: null, output: 'so far\n', lost: 'the host closed the connection' }],
  ['exit and hang up', { output: 'so far\n', lost: 'the host closed the connection' }],
  [
    'no such',
    { status: null, lost: expect.stringMatching(/^the host let us in but runs no command .*ForceCommand/) },
  ],
  ['deaf', { status: 0, lost: null }],
])('%s', async (command, expected) => {
  const { host, session: open } = await session();
  expect(await runIn(open, command, { input: 'x'.repeat(5_000_000) })).toMatchObject(expected);
  open.close();
  expect(await eventually(() => host.open() === 0)).toBe(true);
});

it('an endless answer ends when told to, and the connection is of use after it', async () => {
  const { session: open } = await session();
  const ending = await runIn(open, 'endless', { limit: 3_000_000 });
  expect(ending).toMatchObject({ status: null, lost: null });
  expect(ending.output.length).toBeLessThan(3_200_000);
  expect(await runIn(open, 'status')).toMatchObject({ status: 7 });
  open.close();
});

it('a command that stalls ends when aborted, and closing leaves nothing open', async () => {
  const { host, session: open } = await session();
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('it was not done in time')), 1000);
  const ending = await runIn(open, 'stall', { signal: stop.signal });
  expect(ending).toMatchObject({ status: null, output: 'so far\n', lost: 'it was not done in time' });
  open.close();
  expect(await eventually(() => host.open() === 0)).toBe(true);
});

it('after it was closed it says so', async () => {
  const { session: open } = await session();
  open.close();
  expect(await runIn(open, 'status')).toMatchObject({ status: null, lost: 'it was closed' });
});

it('runs leave no listener on the signal behind', async () => {
  const { session: open } = await session();
  const stop = new AbortController();
  for (let i = 0; i < 5; i++) await runIn(open, 'status', { signal: stop.signal });
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  open.close();
});
