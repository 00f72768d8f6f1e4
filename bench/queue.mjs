// What an audit by workers takes: CPU of coordinator and workers, and memory of a real redis-server, for so many hosts,
// each of which is this machine, asked by a sh of its own.
//   npm run bench:queue -- 320 1280
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { metered } from './metered.mjs';
import { cpuOf } from './process-usage.mjs';
import { withRedis } from './redis-server.mjs';

const PORT = 17399;
const WORKERS = 4;
const PROGRAM = join(import.meta.dirname, '../dist/start.js');
const scratch = mkdtempSync(join(tmpdir(), 'twlint-queue-'));
process.env.TWLINT_QUEUE_KEY = randomBytes(32).toString('hex');

async function measured(size, { url, told, resetPeak }) {
  const inventory = join(scratch, 'hosts.ini');
  writeFileSync(inventory, `h[1:${size}]\n`);
  const about = ['-i', inventory, '--netns', 'init', '--queue', url];
  const via = ['--via', 'sh -c sh sh {host}', '--concurrency', '8', '--quiet'];
  const workers = Array.from({ length: WORKERS }, () =>
    spawn(process.execPath, [PROGRAM, 'worker', ...about, ...via], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  await sleep(3000);
  const before = told('memory', 'used_memory');
  resetPeak();
  const begun = workers.map(cpuOf);
  const outputs = ['-o', `json:${join(scratch, 'report.json')}`];
  const audit = ['audit', ...about, '--quiet', '--fail-on', 'never', '--allow-incomplete', ...outputs];
  const { cpu, wall, mebibytes } = metered(audit, scratch);
  const peak = told('memory', 'used_memory_peak');
  const took = workers.reduce((sum, worker, i) => sum + cpuOf(worker) - begun[i], 0);
  for (const worker of workers) worker.kill();
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  const each = (number) => (number / size).toFixed(1);
  return [
    size,
    wall.toFixed(1),
    each(cpu * 1000),
    mebibytes,
    each(took * 1000),
    each((peak - before) / 1024),
  ];
}

const sizes = process.argv.slice(2).map(Number);
console.log('  hosts   wall s   coordinator: ms a host   MiB   workers: ms a host   Redis: KiB a host');
try {
  await withRedis({ folder: scratch, port: PORT }, async (redis) => {
    for (const size of sizes.length > 0 ? sizes : [160, 640]) {
      const columns = await measured(size, redis);
      console.log(columns.map((value, i) => String(value).padStart([7, 9, 25, 6, 21, 20][i])).join(''));
    }
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
