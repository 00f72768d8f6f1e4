import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decodeResult } from '../../src/queue/messages.ts';
import { unseal } from '../../src/queue/seal.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { fileIn } from '../transports/folder.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';
import { sshFleet } from './fleet.ts';
import { programs, QUEUE_KEY } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, ...REDIS_NEEDS.programs!] };

const CANARIES = {
  TWLINT_SSH_PASSWORD: 'canary-login-4f1d',
  TWLINT_BECOME_PASSWORD: 'canary-sudo-91c2',
  TWLINT_SSH_PASSPHRASE: 'canary-passphrase-77e0',
  TWLINT_QUEUE_PASSWORD: 'canary-redis-05ab',
};
const OF_INVENTORY = 'canary-inventory-3d9e';

describeWhere(needs, 'Redis', () => {
  const world = sshdWorld();
  const redis = redisServer(() => ['--requirepass', CANARIES.TWLINT_QUEUE_PASSWORD]);
  const folder = temporaryFolder('queue');
  // and what packages print where that asks for it
  const run = programs(folder, { ...CANARIES, DEBUG: '*' });

  it('never has a secret, and none is printed', { timeout: 120_000 }, async () => {
    const fleet = await sshFleet(world, folder, 20, [
      `odd ansible_host=127.9.2.1 db_password=${OF_INVENTORY}`,
    ]);
    const queue = ['--queue', redis.url()];
    const keyFile = ['--queue-key', fileIn(folder, 'queue.key', `${QUEUE_KEY}\n`)];
    const audit = run(['audit', ...fleet.inventory, ...queue, ...keyFile], { TWLINT_QUEUE_KEY: '' });
    const [, id] = await audit.printed(/^twlint: run (\w+):/m);
    await audit.printed(/no worker is there/);
    // it takes no result while its results are looked at
    audit.signal('SIGSTOP');
    const worker = run(['worker', ...fleet.inventory, ...fleet.means, ...queue]);
    await worker.printed(/batch 0:[\s\S]*batch 1:|batch 1:[\s\S]*batch 0:/);
    const stranger = redis.stranger(CANARIES.TWLINT_QUEUE_PASSWORD);
    const sent = [];
    for (const batch of [0, 1]) {
      const sealed = await stranger.getBuffer(`twlint:result:${id}:${batch}`);
      const { outcomes } = decodeResult(unseal(Buffer.from(QUEUE_KEY), ['result', id!, batch], sealed!)!);
      for (const outcome of outcomes) sent.push(outcome.ok ? gunzipSync(outcome.part) : outcome.reason);
    }
    expect(sent).toHaveLength(21);
    audit.signal('SIGCONT');
    await audit.ended;
    worker.signal('SIGTERM');
    await worker.ended;
    const printed = [audit, worker].map(({ stdout, stderr }) => stdout() + stderr());
    const all = [redis.written(), ...sent, ...printed].map((text) => text.toString('latin1')).join('\n');
    expect(all).toContain('odd');
    const [, ...lines] = readFileSync(world.keys.ed25519.file, 'utf8').split('\n');
    for (const secret of [...Object.values(CANARIES), OF_INVENTORY, QUEUE_KEY, lines[0]!])
      expect(all).not.toContain(secret);
    for (const text of ['known_hosts', join(folder, 'keys'), '127.9.1.1'])
      expect(redis.written().toString('latin1')).not.toContain(text);
  });

  it('is named without its user and password, whatever is wrong', async () => {
    const wrong = [
      'redis://me:hidden@127.0.0.1:1/0',
      redis.url().replace('//', '//me:hidden@'),
      'http://me:hidden@x',
    ];
    for (const url of wrong) {
      const worker = run(['worker', '-i', 'a,', '--queue', url]);
      expect(await worker.ended).toBe(2);
      expect(worker.stderr()).toMatch(/--queue/);
      expect(worker.stderr()).not.toMatch(/hidden|me:/);
    }
  });
});
