import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { reachTo, runIn, sshTarget } from './connecting.ts';
import { type Behaviour, listenWith, runs, startFakeHost } from './fake-host.ts';
import { eventually } from './sshd-world.ts';

/** Lets in and leads to hosts behind it, with no more than so many channels on a connection. */
function bastionWith(room: number): Behaviour {
  return (connection) => {
    letIn(connection);
    let open = 0;
    const lead: Tcpip = (accept, _reject, { destPort }) => {
      const channel = accept();
      if (++open === room) connection.removeListener('tcpip', lead);
      const socket = connect(destPort, '127.0.0.1').on('error', () => channel.end());
      channel.pipe(socket).pipe(channel);
      channel.on('close', () => {
        if (open-- === room) connection.on('tcpip', lead);
      });
    };
    // without a listener, ssh2's server says that it is short of resources
    if (room > 0) connection.on('tcpip', lead);
  };
}

type Tcpip = (accept: () => ssh2.ServerChannel, reject: () => void, info: ssh2.TcpipRequestInfo) => void;

function letIn(connection: ssh2.Connection): void {
  connection.on('authentication', (auth) =>
    auth.method === 'none' ? auth.reject(['publickey']) : auth.accept(),
  );
}

const HOST = runs({
  sh: (channel) => {
    channel.write('in\n');
    channel.exit(0);
    channel.end();
  },
});

const never = () => new AbortController().signal;

async function world(bastion: Behaviour, hosts = 1) {
  const outer = await startFakeHost(bastion);
  const inner = await startFakeHost(HOST);
  const jump = outer.connecting();
  const targets = Array.from({ length: hosts }, () =>
    sshTarget({ ...inner.connecting(), connection: { proxyJump: `root@127.0.0.1:${outer.port}` } }),
  );
  const known = [...jump.known!, ...inner.connecting().known!];
  const reach = (options = {}) => reachTo(targets, known, { keys: [jump.identityFile!], ...options });
  return { outer, inner, targets, reach };
}

it('when a connection takes no more channels, another one is opened', async () => {
  const { outer, targets, reach } = await world(bastionWith(2), 5);
  const { open, close } = await reach();
  const opened = await Promise.all(targets.map((target) => open(target, never())));
  expect(opened.map((answer) => (answer.ok ? 'in' : answer.reason))).toEqual(Array(5).fill('in'));
  expect(outer.open()).toBe(3);
  for (const answer of opened) if (answer.ok) expect((await runIn(answer.value, 'sh')).output).toBe('in\n');
  for (const answer of opened) if (answer.ok) answer.value.close();
  await sleep(100);
  const again = await Promise.all(targets.map((target) => open(target, never())));
  expect(again.every(({ ok }) => ok)).toBe(true);
  expect(outer.open()).toBe(3);
  close();
  expect(await eventually(() => outer.open() === 0)).toBe(true);
});

it('one that takes none at all is not asked for ever', async () => {
  const { outer, targets, reach } = await world(bastionWith(0), 3);
  const { open } = await reach();
  for (const answer of await Promise.all(targets.map((target) => open(target, never()))))
    expect(answer).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^the bastion .* does not lead to/),
    });
  expect(outer.open()).toBeLessThanOrEqual(5);
});

it('one that hangs up at every channel does not keep us busy', async () => {
  const behaviour: Behaviour = (connection) => {
    letIn(connection);
    connection.on('tcpip', () => connection.end());
  };
  const { targets, reach } = await world(behaviour);
  const { open } = await reach();
  expect(await open(targets[0]!, never())).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^the bastion .* closed the connection/),
    transient: true,
  });
});

it('one that never answers costs its own time once', async () => {
  let asked = 0;
  const silent = await listenWith(() => {
    asked++;
  });
  const inner = await startFakeHost(HOST);
  const targets = [1, 2, 3].map(() =>
    sshTarget({ ...inner.connecting(), connection: { proxyJump: `root@127.0.0.1:${silent.port}` } }),
  );
  const { open } = await reachTo(targets, [], { connectTimeout: 400 });
  const reasons = new Set<string>();
  for (const target of targets) {
    const answer = await open(target, never());
    reasons.add(answer.ok ? 'in' : answer.reason);
  }
  expect(asked).toBe(1);
  expect([...reasons]).toEqual([
    expect.stringMatching(/^the bastion .* can't be used: .* sent no SSH greeting within 0.4 s/),
  ]);
});

it('one that does not open the channel costs the host its time, and no other host', async () => {
  const stalls: Behaviour = (connection) => {
    letIn(connection);
    connection.on('tcpip', () => {});
  };
  const { targets, reach } = await world(stalls);
  const { open } = await reach({ connectTimeout: 3000 });
  expect(await open(targets[0]!, never())).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^127.0.0.1 port \d+ behind the bastion .* does not answer within 3 s/),
  });
});

it('whoever is told to stop does so while the others wait on', async () => {
  const silent = await listenWith(() => {});
  const target = sshTarget({ port: 1, connection: { proxyJump: `root@127.0.0.1:${silent.port}` } });
  const { open } = await reachTo([target], [], { connectTimeout: 600 });
  const stop = new AbortController();
  const stopped = open(target, stop.signal);
  const patient = open(target, never());
  stop.abort(new Error('interrupted'));
  expect(await stopped).toMatchObject({ ok: false, reason: 'interrupted' });
  expect(await patient).toMatchObject({ ok: false, reason: expect.stringMatching(/sent no SSH greeting/) });
  expect(await eventually(() => silent.open() === 0)).toBe(true);
});

it('whoever ends the run ends what is on its way', async () => {
  const silent = await listenWith(() => {});
  const target = sshTarget({ port: 1, connection: { proxyJump: `root@127.0.0.1:${silent.port}` } });
  const { open, close } = await reachTo([target], []);
  const opening = open(target, never());
  await sleep(50);
  close();
  expect(await opening).toMatchObject({ ok: false, reason: expect.stringMatching(/the run is over/) });
  expect(await eventually(() => silent.open() === 0)).toBe(true);
});
