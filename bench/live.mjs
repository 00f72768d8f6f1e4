// A live fleet from the first host to the report: memory and CPU of who asks it, as hosts are done. Once an audit alone, once
// one by four workers and a real redis-server; the two reports have to be equal but for their times. Needs root and sshd.
//   npm run bench:live -- [HOSTS]
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf, residentOf } from './process-usage.mjs';
import { withRedis } from './redis-server.mjs';
import { startLab } from './sshd-lab.mjs';

const COUNT = Number(process.argv[2] ?? 200);
const AT_ONCE = 32;
const WORKERS = 4;
const ROWS = 8;
/**
 * What rules find on each of these hosts: LS003 and TW011. Who asks them is in the same namespace: what its TCP remembers of each
 * of their addresses would be an answer of all of them.
 */
const SETTINGS = ['net.ipv4.tcp_syncookies=0', 'net.ipv4.tcp_timestamps=0', 'net.ipv4.tcp_no_metrics_save=1'];

if (process.getuid?.() !== 0) {
  console.error('bench:live makes namespaces: run it as root');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'twlint-live-'));
const env = { ...process.env, HOME: folder, TWLINT_QUEUE_KEY: randomBytes(32).toString('hex') };
const lab = await startLab(folder, COUNT).catch((error) => {
  rmSync(folder, { recursive: true });
  throw error;
});
const inventory = ['-i', join(folder, 'hosts.ini')];
const lines = lab.addresses.map((address, i) => `h${i} ansible_host=${address} ansible_user=root\n`);
const reaching = (atOnce) => [
  ...['-F', 'none', '--key', lab.key, '--known-hosts', lab.known, '--concurrency', `${atOnce}`],
];
const judging = ['--fail-on', 'never', '--allow-incomplete'];
try {
  writeFileSync(inventory[1], lines.join(''));
  const [program, ...words] = [...lab.inside, 'sysctl', '-qw', ...SETTINGS];
  execFileSync(program, words);
  console.log(`${cpus().length} × ${cpus()[0].model}, Linux ${release()}; ${COUNT} hosts`);
  // what listens there is seen in both reports
  await withRedis({ folder, port: 6379, inside: lab.inside }, async (redis) => {
    const plain = await audited('plain', [...inventory, ...reaching(AT_ONCE)], []);
    const queued = await byWorkers(redis);
    console.log(
      `reports but for their times: ${plain === queued ? 'equal' : 'different'}, ${plain.length} bytes`,
    );
    if (plain !== queued) process.exitCode = 1;
  });
} finally {
  await lab.end();
  rmSync(folder, { recursive: true, force: true });
}

/** Audits the fleet by workers. */
async function byWorkers({ url, told }) {
  const queue = [...inventory, '--queue', url];
  const workers = Array.from({ length: WORKERS }, () =>
    started('worker', ...queue, ...reaching(AT_ONCE / WORKERS), '--quiet'),
  );
  try {
    const redis = { name: 'Redis MiB', now: () => Math.round(told('memory', 'used_memory') / 2 ** 20) };
    return await audited('queued', queue, workers, [redis]);
  } finally {
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
  }
}

/** Runs an audit and prints its table. Returns its report without times. */
async function audited(name, options, workers, more = []) {
  const logged = () =>
    readFileSync(join(folder, 'sshd.log'), 'utf8').split('\nDisconnected from user').length - 1;
  const report = join(folder, `${name}.json`);
  const [before, began] = [logged(), performance.now()];
  const audit = started('audit', ...options, ...judging, '--quiet', '-o', `json:${report}`);
  const ended = once(audit, 'exit');
  const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
  const columns = [
    { name: 'wall s', now: seconds },
    { name: 'audit: RSS MiB', now: () => residentOf(audit) },
    { name: 'CPU s', now: () => cpuOf(audit)?.toFixed(1) },
    ...(workers.length === 0 ? [] : columnsOf(workers)),
    ...more,
  ];
  const print = (done, cells) =>
    console.log(
      `${done.padEnd(26)}${cells.map((cell, i) => `${cell}`.padStart(columns[i].name.length + 2)).join('')}`,
    );
  console.log(workers.length === 0 ? '\nan audit alone' : `\nby ${workers.length} workers`);
  print(
    'hosts done',
    columns.map((column) => column.name),
  );
  let last = null;
  for (let row = 1; audit.exitCode === null; await Promise.race([sleep(250), ended])) {
    const cells = columns.map(({ now }) => now());
    if (cells[1] === null) break;
    last = cells;
    const done = logged() - before;
    if (done < (row * COUNT) / ROWS) continue;
    print(`${done}`, cells);
    row = Math.floor((done * ROWS) / COUNT) + 1;
  }
  const [status] = await ended;
  if (status !== 0) throw new Error(`twlint audit ended with ${status}`);
  print('the report is written', last);
  return readFileSync(report, 'utf8').replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"then"');
}

function columnsOf(workers) {
  return [
    { name: 'a worker: RSS MiB', now: () => Math.max(...workers.map(residentOf)) },
    { name: 'workers: CPU s', now: () => workers.reduce((sum, one) => sum + cpuOf(one), 0).toFixed(1) },
  ];
}

function started(command, ...args) {
  const [program, ...words] = [
    ...[...lab.inside, process.execPath, join(import.meta.dirname, '../dist/start.js')],
    ...[command, ...args],
  ];
  return spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
}
