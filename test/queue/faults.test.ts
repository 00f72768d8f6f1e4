import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';
import { type SshFleet, sshFleet } from './fleet.ts';
import { programs, type Running, withoutTimes } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, ...REDIS_NEEDS.programs!] };

/** TWLINT_QUEUE_HOSTS=2000 npx vitest run test/queue/faults.test.ts tries it with so many. */
const HOSTS = Number(process.env.TWLINT_QUEUE_HOSTS ?? 96);

/** Returns two workers that have jobs in hand: BullMQ keeps with a job who took it. */
async function busy(workers: readonly Running[], redis: Redis): Promise<[Running, Running]> {
  for (;;) {
    const names = new Set<string | null>();
    for (const key of await redis.keys('twlint:*:active'))
      for (const job of await redis.lrange(key, 0, -1))
        names.add(await redis.hget(key.replace(/active$/, job), 'pb'));
    const [one, other] = workers.filter((worker) => names.has(nameOf(worker)));
    if (one !== undefined && other !== undefined) return [one, other];
    await sleep(20);
  }
}

const nameOf = (worker: Running): string | null =>
  /^twlint: worker (\S+): takes/m.exec(worker.stderr())?.[1] ?? null;

describeWhere(needs, 'an audit by workers that fail', () => {
  const world = sshdWorld();
  const redis = redisServer();
  const folder = temporaryFolder('queue');
  const run = programs(folder);
  let fleet: SshFleet;

  beforeAll(async () => {
    fleet = await sshFleet(world, folder, HOSTS);
  });

  const report = (name: string) => ['-o', `json:${name}.json`];
  const read = (name: string) => withoutTimes(readFileSync(join(folder, `${name}.json`), 'utf8'));

  it('has each host once, and the bytes of one without faults', {
    timeout: 120_000 + HOSTS * 600,
  }, async () => {
    // what is asked is the same for all rules: a few keep the test short
    const about = [...fleet.inventory, '--rule', 'HR*'];
    const queue = ['--queue', redis.url()];
    const plain = run(['audit', ...about, ...fleet.means, ...report('plain')]);
    const status = await plain.ended;

    const worker = () => run(['worker', ...about, ...fleet.means, ...queue, '--concurrency', '8']);
    const workers = Array.from({ length: 4 }, worker);
    const first = run(['audit', ...about, ...queue, ...report('queued')]);
    const [, id] = await first.printed(/^twlint: run (\w+): if this ends/m);
    // some results have come; these two have batches in hand
    await Promise.race(workers.map((one) => one.printed(/: batch \d+: /)));
    const [killed, stopped] = await busy(workers, redis.stranger());
    killed.signal('SIGKILL');
    stopped.signal('SIGSTOP');
    await redis.restart();
    first.signal('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    const second = run(['audit', ...about, ...queue, ...report('queued'), '--resume', id!]);
    const ended = await second.ended;
    expect([ended, second.stderr()]).toEqual([status, expect.stringContaining(' 0 failed')]);
    expect(read('queued')).toBe(read('plain'));
    const names = JSON.parse(read('queued')).hosts.map(({ name }: { name: string }) => name);
    expect([names.length, new Set(names).size]).toEqual([HOSTS, HOSTS]);
    // what it had begun is another's by then, and nobody waits for what it comes to
    stopped.signal('SIGCONT');
    await stopped.printed(/it is over: the result of batch \d+ is not kept|its run is over/);
    const living = workers.filter((one) => one !== killed);
    for (const each of living) each.signal('SIGTERM');
    expect(await Promise.all(living.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(await redis.stranger().keys('twlint:result:*')).toEqual([]);
  });
});
