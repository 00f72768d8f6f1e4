/** The evidence of a host is taken as soon as it is there: a run holds that of the hosts in flight. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectFleet } from '../../src/collect/fleet.ts';
import { planFor } from '../../src/collect/plan.ts';
import { beginSnapshot, readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { UserError } from '../../src/errors.ts';
import type { HostEvidence, Target, TimeSpan } from '../../src/model.ts';
import { temporaryFolder } from '../temporary.ts';

const NAMES = ['a', 'b', 'c'];

/** Images, which need no connection. */
function images(): Target[] {
  const folder = temporaryFolder('images');
  return NAMES.map((name) => {
    const path = join(folder, name);
    mkdirSync(join(path, 'etc/sysctl.d'), { recursive: true });
    writeFileSync(join(path, 'etc/sysctl.d/1.conf'), `kernel.domainname = ${name}\n`);
    const host = { name, source: { file: path, line: 1, column: 1 }, groups: [], vars: {} };
    return { host, connection: { kind: 'image', path } };
  });
}

const asked = <T>(
  take: (host: HostEvidence, span: TimeSpan) => T,
  begun: (name: string) => void = () => {},
) =>
  collectFleet(images(), {
    plan: planFor(collectors.keys(), collectors, 'all'),
    open: () => Promise.reject(new Error('nothing is to be opened')),
    interval: null,
    timeout: 60_000,
    retries: 0,
    becomePassword: null,
    identity: '',
    onCheck: () => {},
    concurrency: 1,
    maxFailures: null,
    stop: new AbortController().signal,
    progress: { begun, done: () => {} },
    take,
  });

it('takes a host before the next one is asked', async () => {
  const events: string[] = [];
  const run = await asked(
    ({ host, evidence }) => {
      events.push(`taken ${host.name}`);
      return evidence.length;
    },
    (name) => events.push(`begun ${name}`),
  );
  expect(events).toEqual(NAMES.flatMap((name) => [`begun ${name}`, `taken ${name}`]));
  expect(run.hosts.every((answers) => answers > 0)).toBe(true);
});

it('gives the time of the run so far', async () => {
  const { startedAt, finishedAt, hosts } = await asked((_, span) => span);
  for (const { from, to } of hosts) {
    expect(from).toBe(startedAt);
    expect(to >= startedAt && to <= finishedAt).toBe(true);
  }
});

it('writes a snapshot as hosts come, and reads the same', async () => {
  const folder = join(temporaryFolder('snapshot'), 'new');
  const writer = beginSnapshot(folder);
  const taken: HostEvidence[] = [];
  const run = await asked((host) => {
    taken.push(host);
    const written = writer.add(host);
    expect(readdirSync(folder)).toContain(`${host.host.name}.txt`);
    return written;
  });
  expect(existsSync(join(folder, 'manifest.json'))).toBe(false);
  writer.finish(run);
  expect(readSnapshot(folder)).toEqual({ ...run, hosts: taken });
});

it('leaves nothing of a snapshot whose writing failed, and writes no more', async () => {
  const folder = join(temporaryFolder('snapshot'), 'new');
  const writer = beginSnapshot(folder);
  const run = asked((host) => {
    // where a file is to be made, somebody put one
    if (host.host.name === 'b') writeFileSync(join(folder, 'b.txt'), '');
    return writer.add(host);
  });
  await expect(run).rejects.toThrow(UserError);
  expect(readdirSync(folder)).toEqual([]);
  expect(() => writer.finish({ startedAt: '', finishedAt: '', interrupted: false, hosts: [] })).toThrow(
    UserError,
  );
});
