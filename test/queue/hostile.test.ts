import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { beforeAll, expect, it } from 'vitest';
import { decodeHostPart, encodeHostPart } from '../../src/parts/host-part.ts';
import { sealJob } from '../../src/queue/jobs.ts';
import { decodeResult, encodeResult, LARGEST_RESULT } from '../../src/queue/messages.ts';
import { seal, unseal } from '../../src/queue/seal.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { programs, QUEUE_KEY, type Running, withoutTimes } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

const KEY = Buffer.from(QUEUE_KEY);
const NOT_THEIRS = Buffer.from('a key of somebody else, and as long');
const HOSTS = Array.from({ length: 40 }, (_, i) => `h${i}`);

describeWhere(REDIS_NEEDS, 'whoever else is let in by Redis', () => {
  const redis = redisServer();
  const folder = temporaryFolder('queue');
  const run = programs(folder);
  const about = ['-i', `${HOSTS.join()},`, '--netns', 'init', '--rule', 'TW*'];
  const via = ['--via', 'sh -c sh sh {host}'];
  let stranger: Redis;
  let plain: string;

  beforeAll(async () => {
    stranger = redis.stranger();
    const alone = run(['audit', ...about, ...via, '--format', 'json']);
    await alone.ended;
    plain = withoutTimes(alone.stdout());
  }, 60_000);

  const startWorker = () => run(['worker', ...about, ...via, '--queue', redis.url()]);
  const startAudit = () => run(['audit', ...about, '--queue', redis.url(), '--format', 'json']);
  const begun = async (audit: Running) => (await audit.printed(/^twlint: run (\w+):/m))[1]!;
  const resultAt = (id: string, batch: number) => `twlint:result:${id}:${batch}`;

  /** The name of the queue, once the jobs of a run are in it. */
  async function queueName(id: string): Promise<string> {
    for (;;) {
      const keys = await stranger.keys(`twlint:audit-*:${id}-*`);
      if (keys.length >= 3) return keys[0]!.split(':')[1]!;
      await sleep(20);
    }
  }

  /** Keeps the results of a run, which nobody takes yet. */
  async function recorded(audit: Running): Promise<{ id: string; results: Buffer[] }> {
    const id = await begun(audit);
    await queueName(id);
    audit.signal('SIGSTOP');
    const worker = startWorker();
    await Promise.all([0, 1, 2].map((batch) => worker.printed(new RegExp(`batch ${batch}:`))));
    const results = await Promise.all([0, 1, 2].map((batch) => stranger.getBuffer(resultAt(id, batch))));
    worker.signal('SIGTERM');
    await worker.ended;
    return { id, results: results as Buffer[] };
  }

  it('puts nothing into a report: forged, foreign, replayed and huge results', {
    timeout: 120_000,
  }, async () => {
    const earlier = startAudit();
    const { id: before, results } = await recorded(earlier);
    earlier.signal('SIGCONT');
    await earlier.ended;
    expect(withoutTimes(earlier.stdout())).toBe(plain);

    const audit = startAudit();
    const id = await begun(audit);
    const message = unseal(KEY, ['result', before, 0], results[0]!)!;
    // of an earlier run; of this one, and not signed by who has the key; larger than any
    await stranger.set(resultAt(id, 0), results[0]!);
    await stranger.set(resultAt(id, 1), seal(NOT_THEIRS, ['result', id, 1], message));
    await stranger.setrange(resultAt(id, 2), LARGEST_RESULT + 1000, 'x');
    await audit.printed(/(?:[\s\S]*is not taken: it is not signed){3}/);
    const worker = startWorker();
    await audit.ended;
    expect(withoutTimes(audit.stdout())).toBe(plain);
    expect(audit.stderr().match(/^twlint: a result of h\d+ and \d+ more is not taken: .*$/gm)).toHaveLength(
      3,
    );
    worker.signal('SIGTERM');
    expect(await worker.ended).toBe(0);
  });

  it('has a worker do nothing: forged and replayed jobs', { timeout: 120_000 }, async () => {
    const audit = startAudit();
    const id = await begun(audit);
    const name = await queueName(id);
    const worker = startWorker();
    await audit.ended;
    const queue = new Queue(name, { connection: stranger, prefix: 'twlint' });
    const job = { run: id, batches: [{ number: 0, hosts: [{ name: 'h0', position: 0 }] }] };
    const jobs = [
      null,
      { sealed: 7 },
      { sealed: 'x'.repeat(20 * 2 ** 20) },
      sealJob({ key: NOT_THEIRS, name }, job),
      // the seal of another queue, and of a run that is over
      sealJob({ key: KEY, name: 'audit-0' }, job),
      sealJob({ key: KEY, name }, job),
    ];
    for (const data of jobs) await queue.add('audit', data);
    await worker.printed(/(?:[\s\S]*a job was not done: ){6}/);
    const said = worker.stderr().match(/(?<=a job was not done: ).*$/gm)!;
    expect(said.filter((text) => text.startsWith('it is not signed'))).toHaveLength(5);
    expect(said.filter((text) => text === 'its run is over')).toHaveLength(1);
    // a run that is forged as well
    await stranger.set(`twlint:run:${id}`, seal(NOT_THEIRS, ['run', id], Buffer.from('{}')));
    await queue.add('audit', sealJob({ key: KEY, name }, job));
    await worker.printed(/its run \w+ is not signed/);
    await queue.close();
    expect(await stranger.keys('twlint:result:*')).toEqual([]);
    worker.signal('SIGTERM');
    expect(await worker.ended).toBe(0);
  });

  it('not even a worker speaks for another host, or twice', { timeout: 120_000 }, async () => {
    const audit = startAudit();
    const { id, results } = await recorded(audit);
    const { worker, outcomes } = decodeResult(unseal(KEY, ['result', id, 0], results[0]!)!);
    const [first, second] = outcomes.map((outcome) => {
      if (!outcome.ok) throw new Error(outcome.reason);
      return decodeHostPart(outcome.part, { where: 'test', host: null });
    });
    const renamed = { ...first!, host: { ...first!.host, groups: ['elsewhere'] } };
    const swapped = [second!, renamed].map((part) => ({ ok: true as const, part: encodeHostPart(part) }));
    const garbled = { ok: true as const, part: Buffer.from('no part') };
    const message = encodeResult({ worker, outcomes: [...swapped, garbled, ...outcomes.slice(3, -1)] });
    await stranger.set(resultAt(id, 0), seal(KEY, ['result', id, 0], message));
    audit.signal('SIGCONT');
    await audit.printed(/asked 40 hosts/);
    await audit.ended;
    const { hosts } = JSON.parse(audit.stdout());
    expect(hosts.map(({ name }: { name: string }) => name)).toEqual(HOSTS);
    const missing = hosts.filter(({ reached }: { reached: { ok: boolean } }) => !reached.ok);
    expect(missing.map(({ name, reached }: never) => [name, (reached as { reason: string }).reason])).toEqual(
      [
        ['h0', expect.stringContaining('it should be of h0')],
        ['h1', expect.stringContaining('it should be of h1')],
        ['h2', expect.stringContaining('it is damaged')],
        ['h15', expect.stringContaining('its worker left it out')],
      ],
    );
  });

  it('counts as no worker; and whoever audits something else says in what', { timeout: 60_000 }, async () => {
    const by = { twlint: '0.0.1', rules: {}, netns: 'init', interval: null };
    const presence = Buffer.from(JSON.stringify({ worker: 'x', inventory: '', by }));
    const audit = startAudit();
    await stranger.set('twlint:worker:x', seal(NOT_THEIRS, ['worker', 'x'], presence));
    await audit.printed(/no worker is there for this run.*; 1 more are not signed with its key/);
    await stranger.set('twlint:worker:x', seal(KEY, ['worker', 'x'], presence));
    const other = run(['worker', '-i', 'a,', ...via, ...about.slice(2), '--queue', redis.url()]);
    await audit.printed(
      /worker x takes no hosts of this run: this run is of twlint \S+, worker x of 0\.0\.1/,
    );
    await audit.printed(/worker \S+ takes no hosts of this run: its inventory is another one/);
    audit.signal('SIGTERM');
    expect(await audit.ended).toBe(143);
    expect(audit.stderr()).toMatch(/--resume \w+ goes on with it/);
    expect(JSON.parse(audit.stdout()).hosts).toHaveLength(40);
    other.signal('SIGTERM');
    expect(await other.ended).toBe(0);
  });
});
