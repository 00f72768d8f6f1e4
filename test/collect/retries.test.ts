import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { collectHost, type HostOptions } from '../../src/collect/host.ts';
import type { Answer } from '../../src/model.ts';
import { type Open, unreachable } from '../../src/transports/session.ts';
import { reachTo, sshTarget } from '../transports/connecting.ts';
import { type Behaviour, listenWith, runs, startFakeHost } from '../transports/fake-host.ts';

/** A host that runs what it is sent. In sessions that are cut, it hangs up after the first answer. */
function host(isCut: (session: number) => boolean): Behaviour {
  let sessions = 0;
  return runs({
    sh: (channel, connection) => {
      const cut = isCut(++sessions);
      const child = spawn('sh', { stdio: ['pipe', 'pipe', 'ignore'] });
      channel.pipe(child.stdin.on('error', () => {}));
      child.stdout.on('data', (chunk: Buffer) => {
        channel.write(chunk);
        if (cut && chunk.includes('one\n')) setTimeout(() => connection.end(), 50);
      });
      child.on('close', (status) => {
        channel.exit(status ?? 1);
        channel.end();
      });
    },
  });
}

const question = (probe: string, ask: string) => ({ probe, ask, inside: false });
const plan: HostOptions['plan'] = {
  first: {
    host: [question('a.first', 'echo one'), question('a.second', 'sleep 1; echo two')],
    netns: [],
    namespaces: 'init',
  },
  second: null,
  planned: { facts: [], twice: [] },
};

interface Fate {
  /** The n-th connection is closed before a word is said. */
  closed?: (connection: number) => boolean;
  /** The n-th session ends half-way. */
  cut?: (session: number) => boolean;
  /** What known_hosts has, given the line of its key. */
  known?: (line: string) => string;
  behaviour?: Behaviour;
}

const no = () => false;

async function collect(
  { closed = no, cut = no, known = (line) => line, behaviour = host(cut) }: Fate,
  options: Partial<HostOptions> = {},
) {
  const server = await startFakeHost(behaviour);
  let connections = 0;
  const proxy = await listenWith((client) => {
    if (closed(++connections)) client.end();
    else client.pipe(connect(server.port, '127.0.0.1').on('error', () => client.end())).pipe(client);
  });
  const connecting = server.connecting(proxy.port);
  const target = sshTarget(connecting);
  const { open } = await reachTo([target], connecting.known!.map(known));
  const evidence = await collectHost(
    target,
    {
      open,
      plan,
      interval: null,
      timeout: 20_000,
      retries: 2,
      becomePassword: null,
      identity: '',
      onCheck: () => {},
      ...options,
    },
    new AbortController().signal,
  );
  return { ...evidence, connections };
}

const values = (evidence: { answer: Answer<string> }[]) =>
  evidence.map(({ answer }) => (answer.ok ? answer.value : answer.problem));

it('a host that hung up is tried again, and nothing is told of it', async () => {
  const { reached, evidence, connections } = await collect({ closed: (n) => n <= 2 });
  expect(reached).toEqual({ ok: true, value: null });
  expect(values(evidence)).toEqual(['one\n', 'two\n']);
  expect(connections).toBe(3);
});

it('at last it is given up, and the reason says how often it was tried', async () => {
  const { reached, connections } = await collect({ closed: () => true });
  expect(reached).toEqual({
    ok: false,
    problem: 'unreachable',
    reason: expect.stringMatching(/^it closed the connection before it spoke SSH: .* \(tried 3 times\)$/),
  });
  expect(connections).toBe(3);
});

it('a connection that broke half-way is made again, and all is asked anew', async () => {
  const { reached, evidence, connections } = await collect({ cut: (n) => n === 1 });
  expect(reached.ok).toBe(true);
  expect(values(evidence)).toEqual(['one\n', 'two\n']);
  expect(connections).toBe(2);
});

it('what was heard before it broke is kept where no further attempt gets as far', async () => {
  const { evidence, connections } = await collect({ cut: () => true, closed: (n) => n > 1 });
  expect(connections).toBe(3);
  expect(values(evidence)).toEqual(['one\n', 'failed']);
});

it('none again with --retries 0', async () => {
  expect((await collect({ closed: () => true }, { retries: 0 })).connections).toBe(1);
});

/** A key of another host's. */
const OTHER = 'AAAAC3NzaC1lZDI1NTE5AAAAIGDs3mV5aTq4gX3Wf1cUr0yQ5b8D0sBbnq3nF0k2aJ1y';

it.each<[string, NonNullable<Fate['known']>, RegExp]>([
  ['unknown', () => '', /^its host key is not known /],
  ['changed', (line) => `${line.split(' ')[0]} ssh-ed25519 ${OTHER}`, /^WARNING: its host key has changed/],
  ['revoked', (line) => `@revoked ${line}`, /^it presents a host key that is marked as revoked/],
])('a host key that is %s is not tried again', async (_, known, says) => {
  const { reached, connections } = await collect({ known });
  expect(reached).toMatchObject({ ok: false, reason: expect.stringMatching(says) });
  expect(reached).not.toMatchObject({ reason: expect.stringContaining('tried') });
  expect(connections).toBe(1);
});

it('a login that is refused is not tried again', async () => {
  const behaviour: Behaviour = (c) => c.on('authentication', (auth) => auth.reject(['publickey']));
  const { reached, connections } = await collect({ behaviour });
  expect(reached).toMatchObject({ ok: false, reason: expect.stringMatching(/^it did not let root in/) });
  expect(connections).toBe(1);
});

it('all attempts together have the time of the host', async () => {
  const failing: Open = async () => unreachable('route', { what: 'no', remedy: '' }, true);
  const begun = Date.now();
  const options = {
    open: failing,
    plan,
    interval: null,
    timeout: 300,
    retries: 50,
    becomePassword: null,
    identity: '',
    onCheck: () => {},
  };
  await collectHost(sshTarget({ port: 1 }), options, new AbortController().signal);
  expect(Date.now() - begun).toBeLessThan(10_000);
});
