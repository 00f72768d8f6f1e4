import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { collectHost, type HostOptions } from '../../src/collect/host.ts';
import type { Answer } from '../../src/model.ts';
import type { Open } from '../../src/transports/session.ts';
import { reachTo, sshTarget } from '../transports/connecting.ts';
import { listenWith, runs, startFakeHost } from '../transports/fake-host.ts';

/** A host that runs what it is sent. */
const HOST = runs({
  sh: (channel) => {
    const child = spawn('sh', { stdio: ['pipe', 'pipe', 'ignore'] });
    channel.pipe(child.stdin.on('error', () => {}));
    child.stdout.pipe(channel, { end: false });
    child.on('close', (status) => {
      channel.exit(status ?? 1);
      channel.end();
    });
  },
});

const question = (probe: string, ask: string) => ({ probe, ask, inside: false });
const plan: HostOptions['plan'] = {
  first: {
    host: [question('a.first', 'echo one'), question('a.second', 'sleep 0.2; echo two')],
    netns: [],
    namespaces: 'init',
  },
  second: null,
};

/** What becomes of the n-th connection: how many bytes of what the host sends get through. */
type Fate = (connection: number) => number;

async function collect(fate: Fate, options: Partial<HostOptions> = {}, known = true) {
  const host = await startFakeHost(HOST);
  let connections = 0;
  const proxy = await listenWith((client) => {
    let left = fate(++connections);
    if (left === 0) {
      client.end();
      return;
    }
    const server = connect(host.port, '127.0.0.1').on('error', () => {});
    client.on('data', (chunk) => server.write(chunk)).on('close', () => server.destroy());
    server
      .on('close', () => client.end())
      .on('data', (chunk) => {
        client.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) client.end();
      });
  });
  const connecting = host.connecting(proxy.port);
  const target = sshTarget(connecting);
  const { open } = await reachTo([target], known ? connecting.known! : []);
  const evidence = await collectHost(
    target,
    { open, plan, interval: null, timeout: 20_000, retries: 2, ...options },
    new AbortController().signal,
  );
  return { ...evidence, connections };
}

const ALL = Number.POSITIVE_INFINITY;
const values = (evidence: { answer: Answer<string> }[]) =>
  evidence.map(({ answer }) => (answer.ok ? answer.value : answer.problem));

it('a host that hung up is tried again, and nothing is told of it', async () => {
  const { reached, evidence, connections } = await collect((n) => (n <= 2 ? 0 : ALL));
  expect(reached).toEqual({ ok: true, value: null });
  expect(values(evidence)).toEqual(['one\n', 'two\n']);
  expect(connections).toBe(3);
});

it('at last it is given up, and the reason says how often it was tried', async () => {
  const { reached, connections } = await collect(() => 0);
  expect(reached).toEqual({
    ok: false,
    problem: 'unreachable',
    reason: expect.stringMatching(/^it closed the connection before it spoke SSH: .* \(tried 3 times\)$/),
  });
  expect(connections).toBe(3);
});

it('a connection that broke half-way is made again, and all is asked anew', async () => {
  const { reached, evidence, connections } = await collect((n) => (n === 1 ? 2200 : ALL));
  expect(reached.ok).toBe(true);
  expect(values(evidence)).toEqual(['one\n', 'two\n']);
  expect(connections).toBe(2);
});

it('what was heard before it broke is kept where no further attempt gets as far', async () => {
  // enough for the first answer; the second one comes later
  const { evidence, connections } = await collect((n) => (n === 1 ? 2240 : 0));
  expect(connections).toBe(3);
  expect(values(evidence)).toEqual(['one\n', 'failed']);
});

it('none again with --retries 0', async () => {
  expect((await collect(() => 0, { retries: 0 })).connections).toBe(1);
});

it('an unknown host key is not tried again', async () => {
  const { reached, connections } = await collect(() => ALL, {}, false);
  expect(reached).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^its host key is not known: [^(]*(?!tried)/),
  });
  expect(connections).toBe(1);
});

it('a log-in that is refused is not tried again', async () => {
  const host = await startFakeHost((c) => c.on('authentication', (auth) => auth.reject(['publickey'])));
  let connections = 0;
  const proxy = await listenWith((client) => {
    connections++;
    const server = connect(host.port, '127.0.0.1').on('error', () => {});
    client.pipe(server).pipe(client);
  });
  const connecting = host.connecting(proxy.port);
  const target = sshTarget(connecting);
  const { open } = await reachTo([target], connecting.known!);
  const options = { open, plan, interval: null, timeout: 20_000, retries: 2 };
  const { reached } = await collectHost(target, options, new AbortController().signal);
  expect(reached).toMatchObject({ ok: false, reason: expect.stringMatching(/^it did not let root in/) });
  expect(connections).toBe(1);
});

it('all attempts together have the time of the host', async () => {
  const failing: Open = async () => ({ ok: false, problem: 'unreachable', reason: 'no', transient: true });
  const begun = Date.now();
  const options = { open: failing, plan, interval: null, timeout: 300, retries: 50 };
  await collectHost(sshTarget({ port: 1 }), options, new AbortController().signal);
  expect(Date.now() - begun).toBeLessThan(1000);
});
