import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectTo, runIn } from './connecting.ts';
import { listenWith, runs, startFakeHost } from './fake-host.ts';
import { eventually } from './sshd-world.ts';

/** What happens to what the server sends, after so many bytes of it. */
type Fate = 'closed' | 'reset' | 'silent' | 'garbled';

const COMMANDS = runs({
  sh: (channel) => {
    channel.on('data', () => {});
    channel.on('end', () => {
      channel.write('answer\n'.repeat(200));
      channel.stderr.write('and a word beside it\n');
      channel.exit(0);
      channel.end();
    });
  },
});

/** Stands between client and server. */
function proxyTo(port: number, after: number, fate: Fate, onBytes: (count: number) => void) {
  return listenWith((client) => {
    const server = connect(port, '127.0.0.1').on('error', () => {});
    let count = 0;
    let over = false;
    server.on('data', (chunk) => {
      if (over) return;
      const rest = after - count;
      count += chunk.length;
      onBytes(count);
      if (count < after) {
        client.write(chunk);
        return;
      }
      over = true;
      client.write(chunk.subarray(0, rest));
      meet(client, chunk.subarray(rest), fate);
    });
    client.on('data', (chunk) => server.write(chunk)).on('close', () => server.destroy());
    server.on('close', () => client.end());
  });
}

function meet(client: Socket, rest: Buffer, fate: Fate): void {
  if (fate === 'closed') client.end();
  if (fate === 'reset') client.resetAndDestroy();
  if (fate === 'garbled')
    client.write(Buffer.concat([rest.map((byte) => byte ^ 0x55), Buffer.alloc(100, 0x55)]));
}

/** Everything a run does with a host, through a connection that breaks. */
async function outcome(after: number, fate: Fate) {
  const host = await startFakeHost(COMMANDS);
  // only what never ends by itself has to be waited for
  const patience = Number.isFinite(after) && (fate === 'silent' || fate === 'garbled') ? 300 : 20_000;
  let seen = 0;
  const proxy = await proxyTo(host.port, after, fate, (count) => {
    seen = count;
  });
  const answer = await connectTo({ ...host.connecting(proxy.port), options: { connectTimeout: patience } });
  if (!answer.ok) {
    expect(await eventually(() => proxy.open() === 0)).toBe(true);
    return { seen, reason: answer.reason };
  }
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error('it took too long')), patience);
  const ending = await runIn(answer.value, 'sh', { input: 'a script\n'.repeat(100), signal: late.signal });
  clearTimeout(timer);
  answer.value.close();
  expect(await eventually(() => proxy.open() === 0)).toBe(true);
  return { seen, reason: ending.lost, ending };
}

describe('a connection that breaks anywhere between the first byte and the last', () => {
  it.each<Fate>(['closed', 'reset', 'silent', 'garbled'])(
    '%s',
    async (fate) => {
      const whole = await outcome(Number.POSITIVE_INFINITY, fate);
      expect(whole).toMatchObject({ reason: null, ending: { status: 0, output: 'answer\n'.repeat(200) } });
      const reasons = new Set<string>();
      const step = Math.max(1, Math.floor(whole.seen / 16));
      for (let after = 1; after < whole.seen - 60; after += step) {
        const { reason, ending } = await outcome(after, fate);
        expect([after, reason]).toEqual([after, expect.stringMatching(/\S/)]);
        expect(ending?.status ?? null).toBeNull();
        reasons.add(reason!.replace(/\d+/g, 'N'));
      }
      // greeting, key exchange, login, command
      expect(reasons.size).toBeGreaterThanOrEqual(4);
    },
    60_000,
  );
});
