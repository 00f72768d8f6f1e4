import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';
import { type SshFleet, sshFleet } from './fleet.ts';
import { programs, withoutTimes } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, ...REDIS_NEEDS.programs!] };

/** TWLINT_QUEUE_HOSTS=2000 npx vitest run test/queue/faults.test.ts tries it with so many. */
const HOSTS = Number(process.env.TWLINT_QUEUE_HOSTS ?? 160);

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

  it('has each host once, and the bytes of one without faults', { timeout: 1_200_000 }, async () => {
    // what is asked is the same for all rules: a few keep the test short
    const about = [...fleet.inventory, '--rule', 'HR*'];
    const queue = ['--queue', redis.url()];
    const plain = run(['audit', ...about, ...fleet.means, ...report('plain')]);
    const status = await plain.ended;

    const worker = () => run(['worker', ...about, ...fleet.means, ...queue, '--concurrency', '8']);
    const workers = Array.from({ length: 4 }, worker);
    const [killed, stopped, ...good] = workers as [ReturnType<typeof worker>, ReturnType<typeof worker>];
    const first = run(['audit', ...about, ...queue, ...report('queued')]);
    const [, id] = await first.printed(/^twlint: run (\w+): if this ends/m);
    // at once, while each has another batch in hand
    await Promise.all([
      killed.printed(/batch \d+/).then(() => killed.signal('SIGKILL')),
      stopped.printed(/batch \d+/).then(() => stopped.signal('SIGSTOP')),
    ]);
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
    await stopped.printed(/it is over: the result of batch \d+ is not kept/);
    const living = [stopped, ...good];
    for (const each of living) each.signal('SIGTERM');
    expect(await Promise.all(living.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(await redis.stranger().keys('twlint:result:*')).toEqual([]);
  });
});
