import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { storeIn } from '../../src/queue/store.ts';
import { describeWhere } from '../needs.ts';
import { QUEUE_KEY } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

describeWhere(REDIS_NEEDS, 'the result of a batch', () => {
  const redis = redisServer();
  const key = Buffer.from(QUEUE_KEY);
  const result = { worker: 'w', outcomes: [{ ok: false, reason: 'none' }] } as const;

  it('is kept while its run goes on, and not where the run ends while it is on its way', async () => {
    const stranger = redis.stranger();
    const [coordinator, worker] = [redis.stranger(), redis.stranger()].map((each) =>
      storeIn(each, 'twlint', key),
    );
    await coordinator!.keepRun('r', { startedAt: new Date().toISOString(), hosts: '' });
    expect(await worker!.keepResult('r', 0, result)).toBe(true);
    expect(await coordinator!.withResult('r', [0, 1])).toEqual([0]);

    // Redis answers who reads, and lets those who write wait: the end of the run first, then the result
    await stranger.client('PAUSE', 60_000, 'WRITE');
    const waiting = async (count: number) => {
      while (!(await stranger.info('clients')).includes(`\nblocked_clients:${count}\r`)) await sleep(10);
    };
    const ended = coordinator!.forget('r', [0, 1]);
    await waiting(1);
    const kept = worker!.keepResult('r', 1, result);
    await waiting(2);
    await stranger.client('UNPAUSE');
    expect([await ended, await kept]).toEqual([undefined, false]);
    expect(await stranger.keys('twlint:*')).toEqual([]);
  });
});
