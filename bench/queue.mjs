// What an audit by workers takes: CPU of coordinator and workers, and memory of a real redis-server, for so many hosts,
// each of which is this machine, asked by a sh of its own.
//   npm run bench:queue -- 320 1280
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { metered } from './metered.mjs';

const PORT = 17399;
const WORKERS = 4;
const PROGRAM = join(import.meta.dirname, '../dist/start.js');
const QUEUE = ['--queue', `redis://127.0.0.1:${PORT}`];
const scratch = mkdtempSync(join(tmpdir(), 'twlint-queue-'));
process.env.TWLINT_QUEUE_KEY = randomBytes(32).toString('hex');

/** What Redis says of itself by that name. */
function told(section, name) {
  const { stdout } = spawnSync('redis-cli', ['-p', PORT, 'info', section], { encoding: 'utf8' });
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(stdout)?.[1]);
}

/** Seconds of CPU that a process has taken itself, without what it started. */
function cpuOf({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function redis(work) {
  const args = ['--port', PORT, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', scratch];
  const server = spawn('redis-server', args.map(String), { stdio: 'ignore' });
  try {
    while (Number.isNaN(told('memory', 'used_memory'))) await sleep(50);
    return await work();
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measured(size) {
  const inventory = join(scratch, 'hosts.ini');
  writeFileSync(inventory, `h[1:${size}]\n`);
  const about = ['-i', inventory, '--netns', 'init', ...QUEUE];
  const via = ['--via', 'sh -c sh sh {host}', '--concurrency', '8', '--quiet'];
  const workers = Array.from({ length: WORKERS }, () =>
    spawn(process.execPath, [PROGRAM, 'worker', ...about, ...via], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  await sleep(3000);
  const before = told('memory', 'used_memory');
  spawnSync('redis-cli', ['-p', PORT, 'config', 'resetstat']);
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
await redis(async () => {
  for (const size of sizes.length > 0 ? sizes : [160, 640]) {
    const columns = await measured(size);
    console.log(columns.map((value, i) => String(value).padStart([7, 9, 25, 6, 21, 20][i])).join(''));
  }
});
