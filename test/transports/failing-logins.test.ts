import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeWhere } from '../needs.ts';
import { connectTo, refused } from './connecting.ts';
import { type Behaviour, listenWith, runs, startFakeHost } from './fake-host.ts';
import { eventually } from './sshd-world.ts';

const known = { known: [], identityFile: null };
const soon = { connectTimeout: 400 };

describe('what answers is no SSH server, or one that gives up', () => {
  const CASES: [string, (socket: Socket) => void, RegExp][] = [
    ['hangs up', (socket) => socket.end(), /^it closed the connection before it spoke SSH: .*MaxStartups/],
    [
      'resets',
      (socket) => socket.resetAndDestroy(),
      /^(it closed the connection before it spoke SSH|127.0.0.1 port \d+ reset the connection): /,
    ],
    [
      'says why it hangs up',
      (socket) => socket.end('Exceeded MaxStartups\r\n'),
      /^it closed the connection before it spoke SSH and said "Exceeded MaxStartups": /,
    ],
    [
      'speaks HTTP',
      (socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      /^it closed .* and said "HTTP\/1.1 400 Bad Request"/,
    ],
    [
      'talks and talks',
      (socket) => void setInterval(() => socket.write('220 ftp ready\r\n'.repeat(1000)), 5).unref(),
      /^it does not speak SSH but says "220 ftp ready": is ansible_port right\?$/,
    ],
    [
      'greets and hangs up',
      (socket) => socket.end('SSH-2.0-x\r\n'),
      /^it closed the connection during the key exchange/,
    ],
    [
      'speaks SSH 1',
      (socket) => socket.write('SSH-1.5-old\r\n'),
      /^it does not speak SSH but says "SSH-1.5-old"/,
    ],
    [
      'greets and talks rubbish',
      (socket) => socket.write(`SSH-2.0-x\r\n${'rubbish '.repeat(5000)}`),
      /^what it sent is damaged \(/,
    ],
  ];
  it.each(CASES)('%s', async (_, behaviour, says) => {
    const { port, open } = await listenWith(behaviour);
    expect(await refused({ ...known, port })).toMatch(says);
    expect(await eventually(() => open() === 0)).toBe(true);
  });
});

describe('stalls', () => {
  const CASES: [string, (socket: Socket) => void, RegExp][] = [
    [
      'before the greeting',
      () => {},
      /takes connections but sent no SSH greeting within 0.4 s \(--connect-timeout\)/,
    ],
    [
      'after the greeting',
      (socket) => socket.write('SSH-2.0-x\r\n'),
      /did not finish the key exchange within 0.4 s/,
    ],
  ];
  it.each(CASES)('%s', async (_, behaviour, says) => {
    const { port, open } = await listenWith(behaviour);
    expect(await refused({ ...known, port, options: soon })).toMatch(says);
    expect(await eventually(() => open() === 0)).toBe(true);
  });

  it('in the login', async () => {
    const host = await startFakeHost((connection) => connection.on('authentication', () => {}));
    expect(await refused({ ...host.connecting(), options: soon })).toMatch(
      /did not answer the login within 0.4 s/,
    );
    expect(await eventually(() => host.open() === 0)).toBe(true);
  });

  it('before the connection is made', async () => {
    // a server whose queue is full takes no more connections, and says nothing about it
    const port = await portWithFullQueue();
    expect(await refused({ ...known, port, options: soon })).toMatch(
      /^127.0.0.1 port \d+ does not answer within 0.4 s .*firewall drop/,
    );
  });
});

describe('is told to stop', () => {
  it.each([0, 5, 50])('after %i ms', async (delay) => {
    const { port, open } = await listenWith(() => {});
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('interrupted')), delay);
    expect(await refused({ ...known, port, signal: stop.signal })).toBe('interrupted');
    expect(await eventually(() => open() === 0)).toBe(true);
  });

  it('before it began', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    expect(await refused({ ...known, port: 1, signal })).toBe('interrupted');
  });
});

describe('hangs up', () => {
  const CASES: [string, Behaviour, RegExp][] = [
    [
      'after the key exchange',
      (c) => c.on('handshake', () => c.end()),
      /^it closed the connection during the login/,
    ],
    [
      'in the login',
      (c) => c.on('authentication', () => c.end()),
      /^it closed the connection during the login/,
    ],
    [
      'with words that would play tricks on a terminal',
      (c) => c.on('authentication', (auth) => auth.reject(['\x1b[2Jpublickey\n' as 'publickey'])),
      /^[^\p{Cc}]+; it wants {2}\[2Jpublickey , which can't be used here; [^\p{Cc}]+$/u,
    ],
    [
      'having let nobody in',
      (c) => c.on('authentication', (auth) => auth.reject(['publickey', 'password'])),
      /^it did not let root in with .*id_ecdsa \(ECDSA\); it takes publickey, password; /,
    ],
  ];
  it.each(CASES)('%s', async (_, behaviour, says) => {
    const host = await startFakeHost(behaviour);
    expect(await refused(host.connecting())).toMatch(says);
    expect(await eventually(() => host.open() === 0)).toBe(true);
  });
});

describe('can not be reached', () => {
  it('refused', async () => {
    const { port } = await listenWith(() => {});
    const closed = port === 1 ? 2 : 1;
    expect(await refused({ ...known, port: closed })).toMatch(
      /^127.0.0.1 port 1 refuses connections: is sshd running/,
    );
  });

  it('no such name', async () => {
    expect(await refused({ ...known, address: 'nobody.invalid', port: 22 })).toMatch(
      /^(there is no address for the name|the name) nobody.invalid/,
    );
  });

  it('no address that can be', async () => {
    expect(await refused({ ...known, address: '255.255.255.255', port: 22 })).toMatch(
      /255.255.255.255 port 22/,
    );
  });
});

it('logs in where all is well, and leaves no connection behind', async () => {
  const host = await startFakeHost(runs({}));
  const answer = await connectTo(host.connecting());
  expect(answer.ok).toBe(true);
  expect(host.open()).toBe(1);
  if (answer.ok) answer.value.close();
  expect(await eventually(() => host.open() === 0)).toBe(true);
});

it('leaves no timer and no connection behind that would keep the process alive', async () => {
  const host = await startFakeHost(runs({}));
  const before = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const answer = await connectTo({ ...host.connecting(), options: { connectTimeout: 600_000 } });
  if (answer.ok) answer.value.close();
  await sleep(100);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap')).toHaveLength(before);
});

async function portWithFullQueue(): Promise<number> {
  const listener = `
    const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('fs').writeSync(1, server.address().port + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  const { connect } = await import('node:net');
  for (let i = 0; i < 4; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
  }
  await sleep(100);
  return port;
}

describeWhere({ root: true, programs: ['ip'] }, 'without a way to it', () => {
  // TEST-NET-2 (RFC 5737), which nobody uses
  it.each([
    [
      'unreachable',
      '198.51.100.71',
      /^there is no way to 198.51.100.71 port 22: is the host up, and does a firewall/,
    ],
    [
      'prohibit',
      '198.51.100.72',
      /^this machine's own firewall forbids connecting to 198.51.100.72 port 22: see its rules for OUTPUT, and: ip route get/,
    ],
    [
      'throw',
      '198.51.100.73',
      /^this machine has no route to 198.51.100.73 port 22: is a VPN down, or ansible_host/,
    ],
  ])('%s', async (kind, address, says) => {
    execFileSync('ip', ['route', 'add', kind, address]);
    onTestFinished(() => void execFileSync('ip', ['route', 'del', kind, address]));
    expect(await refused({ ...known, address, port: 22, options: soon })).toMatch(says);
  });
});
