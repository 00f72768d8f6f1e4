/** Hosts that answer over SSH, twice each, in parts: what is found, at whatever time, is what one run finds. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { type Replay, startReplay } from '../../src/commands/demo/ssh-server.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const here = temporaryFolder('merge-live');
const INVENTORIES = join(import.meta.dirname, '../../inventories');
let replay: Replay;

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return String(port);
}

beforeAll(async () => {
  const demo = readFileSync(join(INVENTORIES, 'demo.yaml'), 'utf8');
  const ported = demo.replace('22001', await freePort()).replace('22002', await freePort());
  writeFileSync(join(here, 'hosts.yaml'), ported);
  const targets = await loadInventory([join(here, 'hosts.yaml')], { cwd: here, env: {} });
  replay = await startReplay(readSnapshot(join(INVENTORIES, 'demo')), targets);
  writeFileSync(join(here, 'key'), replay.clientKey, { mode: 0o600 });
  writeFileSync(join(here, 'known_hosts'), replay.knownHosts);
});

afterAll(() => replay.stop());

const ask = (...more: string[]) =>
  twlint(here, [
    ...['audit', '-i', 'hosts.yaml', '-F', 'none', '--key', 'key', '--known-hosts', 'known_hosts', '--quiet'],
    ...['--interval', '1s', ...more],
  ]);

/** All but when it was. */
function findings(report: string) {
  const { startedAt, finishedAt, ...rest } = JSON.parse(report);
  expect([startedAt, finishedAt].every((time) => time > '2026')).toBe(true);
  return rest;
}

it('asked in parts, and merged', async () => {
  const whole = await ask('--format', 'json', '--all');
  expect(findings(whole.stdout).totals.errors).toBe(1);
  for (const number of [1, 2, 3])
    expect((await ask('--shard', `${number}/3`, '-o', `part:${number}.gz`)).status).toBe(0);
  const merged = await twlint(here, ['merge', '3.gz', '1.gz', '2.gz', '--format', 'json', '--all']);
  expect([merged.status, merged.stderr]).toEqual([whole.status, '']);
  expect(findings(merged.stdout)).toEqual(findings(whole.stdout));
});
