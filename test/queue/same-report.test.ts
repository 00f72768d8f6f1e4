import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { freePort } from '../transports/sshd.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';
import { type SshFleet, sshFleet } from './fleet.ts';
import { programs, withoutTimes } from './processes.ts';
import { REDIS_NEEDS, redisServer } from './redis.ts';

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, ...REDIS_NEEDS.programs!] };

describeWhere(needs, 'an audit by workers', () => {
  const world = sshdWorld();
  const redis = redisServer();
  const folder = temporaryFolder('queue');
  const run = programs(folder);
  let fleet: SshFleet;

  beforeAll(async () => {
    const nobody = await freePort();
    fleet = await sshFleet(world, folder, 20, [
      `gone ansible_host=127.0.0.1 ansible_port=${nobody}`,
      ...[1, 2, 3].map((i) => `behind${i} ansible_host=127.9.9.${i} twlint_proxy_jump=h0001`),
    ]);
  });

  const reports = (name: string) => ['-o', `json:${name}.json`, '-o', `sarif:${name}.sarif`, '-o', 'text'];
  const read = (name: string) =>
    ['json', 'sarif'].map((format) => withoutTimes(readFileSync(join(folder, `${name}.${format}`), 'utf8')));

  it('writes the reports of one that asks by itself, and ends with its status', {
    timeout: 120_000,
  }, async () => {
    const queue = ['--queue', redis.url()];
    const plain = run(['audit', ...fleet.inventory, ...fleet.means, ...reports('plain')]);
    const status = await plain.ended;
    const workers = [1, 2].map(() => run(['worker', ...fleet.inventory, ...fleet.means, ...queue]));
    const queued = run([
      'audit',
      ...fleet.inventory,
      ...queue,
      ...reports('queued'),
      '--retry-file',
      'again',
    ]);
    const ended = await queued.ended;
    expect([ended, queued.stderr()]).toEqual([status, expect.stringContaining(' 1 failed')]);
    expect(read('queued')).toEqual(read('plain'));
    expect(withoutTimes(queued.stdout())).toBe(withoutTimes(plain.stdout()));
    expect(readFileSync(join(folder, 'again'), 'utf8')).toBe('gone\n');
    // hosts behind one bastion are one batch
    expect(workers.map(({ stderr }) => stderr()).join('')).toMatch(/batch \d+: 3 hosts/);
    for (const worker of workers) worker.signal('SIGTERM');
    expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0]);
    const left = await redis.stranger().keys('*');
    expect(left.filter((key) => !key.startsWith('twlint:audit-'))).toEqual([]);
  });
});
