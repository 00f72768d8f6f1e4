import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { fileIn } from '../transports/folder.ts';
import { programs, withoutTimes } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

describeWhere(REDIS_NEEDS, 'a run that is cut short, and its workers', () => {
  const redis = redisServer();
  const folder = temporaryFolder('queue');
  const run = programs(folder);
  const via = ['--via', 'sh -c sh sh {host}'];
  const rules = ['--netns', 'init', '--rule', 'HR*'];
  const queue = () => ['--queue', redis.url()];
  // of the bastion nobody knows anything here: hosts are asked by a command
  const behind = fileIn(folder, 'behind.ini', 'h[1:40] twlint_proxy_jump=bastion\n');
  const about = ['-i', behind, ...rules];

  it('a worker that is stopped ends its batch, and hands back the others', { timeout: 60_000 }, async () => {
    const plain = run(['audit', ...about, ...via, '--format', 'json']);
    await plain.ended;
    const audit = run(['audit', ...about, ...queue(), '--format', 'json']);
    const first = run(['worker', ...about, ...via, ...queue(), '--concurrency', '4']);
    await first.printed(/batch 0: 16 hosts/);
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);
    const began = performance.now();
    const second = run(['worker', ...about, ...via, ...queue()]);
    await audit.ended;
    // sooner than a job is taken from a worker that went without a word
    expect(performance.now() - began).toBeLessThan(14_000);
    expect(withoutTimes(audit.stdout())).toBe(withoutTimes(plain.stdout()));
    expect(first.stderr()).not.toContain('batch 2:');
    expect(second.stderr()).toContain('batch 2: 8 hosts');
    expect(second.stderr()).not.toContain('batch 0:');
    second.signal('SIGTERM');
    await second.ended;
  });

  it('what was interrupted says so, and is gone on with as the same run alone', {
    timeout: 60_000,
  }, async () => {
    const audit = run(['audit', ...about, ...queue(), '--format', 'json']);
    const [, id] = (await audit.printed(/^twlint: run (\w+):/m)) as unknown as [string, string];
    const stranger = redis.stranger();
    const jobs = () => stranger.keys(`twlint:audit-*:${id}-*`);
    while ((await jobs()).length === 0) await sleep(20);
    audit.signal('SIGINT');
    expect(await audit.ended).toBe(130);
    const { interrupted, hosts } = JSON.parse(audit.stdout());
    expect([interrupted, hosts.length]).toEqual([true, 40]);
    expect(hosts[0].reached.reason).toBe('not asked: interrupted by the user');
    // nobody is to begin it any more
    expect(await jobs()).toEqual([]);
    const resumed = (args: string[], env = {}) => run(['audit', ...args, ...queue(), '--resume', id], env);
    const wrong = [
      [resumed([...about, '--limit', 'h1']), 'it is about other hosts, rules or questions'],
      [resumed([...about, '--exclude', 'HR001']), 'it is about other hosts, rules or questions'],
      [resumed(about, { TWLINT_QUEUE_KEY: 'x'.repeat(32) }), 'it was begun with another key'],
      [run(['audit', ...about, ...queue(), '--resume', 'nothing']), 'there is no such run'],
    ] as const;
    for (const [each, why] of wrong) {
      expect(await each.ended).toBe(2);
      expect(each.stderr()).toContain(why);
    }
    const worker = run(['worker', ...about, ...via, ...queue()]);
    const again = resumed([...about, '--format', 'json']);
    await again.ended;
    expect(
      JSON.parse(again.stdout()).hosts.filter(({ reached }: never) => (reached as { ok: boolean }).ok),
    ).toHaveLength(40);
    worker.signal('SIGTERM');
    await worker.ended;
  });

  it('has hosts asked again that Redis has forgotten all of', { timeout: 60_000 }, async () => {
    const audit = run(['audit', ...about, ...queue(), '--format', 'json']);
    const [, id] = (await audit.printed(/^twlint: run (\w+):/m)) as unknown as [string, string];
    const stranger = redis.stranger();
    while ((await stranger.keys(`twlint:audit-*:${id}-*`)).length === 0) await sleep(20);
    await stranger.flushall();
    await audit.printed(/no result came back, a worker is asked once more/);
    const worker = run(['worker', ...about, ...via, ...queue()]);
    await audit.ended;
    expect(audit.stderr()).toContain('asked 40 hosts');
    expect(audit.stderr()).toContain(' 0 failed');
    worker.signal('SIGTERM');
    await worker.ended;
  });

  it('goes on without Redis, when it is stopped', { timeout: 60_000 }, async () => {
    const audit = run(['audit', ...about, ...queue(), '--format', 'json']);
    await audit.printed(/no worker is there/);
    await redis.end();
    await audit.printed(/the connection is lost/);
    audit.signal('SIGTERM');
    expect(await audit.ended).toBe(143);
    expect(JSON.parse(audit.stdout()).hosts).toHaveLength(40);
    await redis.begin();
  });
});
