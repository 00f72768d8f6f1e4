// What `twlint watch` costs a host: processor time of the loop there, and of the sshd that carries it, a tick. Needs root.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runChild } from '../build/transports/child.js';
import { startSampler } from '../build/watch/sampler.js';

const TICKS = Number(process.argv[2] ?? 500);
const PORT = 45_922;
const HZ = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const folder = mkdtempSync(join(tmpdir(), 'twlint-bench-'));
const started = [];
try {
  await bench();
} finally {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function bench() {
  console.log(`${TICKS} ticks each; milliseconds of processor time a tick`);
  console.log('namespaces  sh and grep  with sshd  KiB a tick');
  for (const count of [1, 2, 4, 8, 16]) {
    const { loop, all, bytes } = await measure(await startHost(count), count);
    const row = [count, loop.toFixed(2), all.toFixed(2), (bytes / 1024).toFixed(0)];
    console.log(row.map((cell, i) => String(cell).padStart([10, 11, 9, 10][i])).join('  '));
  }
}

/** Asks for ticks as fast as they come: they cost the same at one a second. */
async function measure({ args, pid }, count) {
  let bytes = 0;
  let onTick = () => {};
  let lost = null;
  const session = {
    run: (command, input, take, signal) =>
      runChild(
        { path: 'ssh', args: [...args, command] },
        input,
        (chunk) => {
          bytes += chunk.length;
          return take(chunk);
        },
        signal,
      ),
    close: () => {},
  };
  const sampler = startSampler({
    session: { ok: true, value: session },
    become: null,
    becomePassword: null,
    namespaces: 'all',
    listed: '',
    askAnew: null,
    isInstalled: false,
    onEvent(event) {
      if (event.kind === 'lost') lost = event.reason;
      if (event.kind === 'tick') onTick(event);
    },
  });
  const next = async () => {
    for (;;) {
      const answered = new Promise((resolve) => {
        onTick = resolve;
      });
      sampler.tick();
      const event = await Promise.race([answered, sleep(50)]);
      if (lost !== null) throw new Error(lost);
      if (event !== undefined) return event;
    }
  };
  const { sample } = await next();
  if (sample.namespaces.size !== count)
    throw new Error(`${sample.namespaces.size} of ${count} namespaces are read`);
  const before = { ...times(pid), bytes };
  for (let i = 0; i < TICKS; i++) await next();
  const after = { ...times(pid), bytes };
  await sampler.end();
  const perTick = (key) => ((after[key] - before[key]) * 1000) / HZ / TICKS;
  return { loop: perTick('loop'), all: perTick('all'), bytes: (after.bytes - before.bytes) / TICKS };
}

/** Ticks of the clock that the processes below sshd, and those that they waited for, have used. */
function times(ancestor) {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processOf);
  const below = new Set([ancestor]);
  const sum = { loop: 0, all: 0 };
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  for (const { pid, name, used } of processes) {
    if (!below.has(pid) || pid === ancestor) continue;
    sum.all += used;
    if (!name.startsWith('sshd')) sum.loop += used;
  }
  return sum;
}

function processOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [
      { pid: Number(pid), parent: fields[1], name, used: fields[11] + fields[12] + fields[13] + fields[14] },
    ];
  } catch {
    return []; // it has ended
  }
}

/** A host with so many network namespaces: what others the machine has is not seen there. */
async function startHost(count) {
  const port = PORT + count;
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, `${name}${count}`)]);
  mkdirSync('/run/sshd', { recursive: true });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host${count}`,
    `AuthorizedKeysFile ${folder}/user${count}.pub`,
  ];
  writeFileSync(
    join(folder, 'config'),
    [...config, 'StrictModes no', 'UsePAM no', 'PidFile none', `SetEnv HOME=${folder}`, ''].join('\n'),
  );
  writeFileSync(
    join(folder, 'known'),
    `[127.0.0.1]:${port} ${readFileSync(join(folder, `host${count}.pub`), 'utf8')}`,
  );
  const others = 'unshare --net sleep 1000 & '.repeat(count - 1);
  const host = `mount -t tmpfs none /run/netns; ${others} exec /usr/sbin/sshd -D -e -f ${folder}/config`;
  const sshd = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', host],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  started.push(sshd);
  await new Promise((listening) =>
    sshd.stderr.on('data', (text) => String(text).includes('Server listening') && listening()),
  );
  const args = [
    '-F',
    'none',
    '-p',
    `${port}`,
    '-i',
    join(folder, `user${count}`),
    '-o',
    `UserKnownHostsFile=${join(folder, 'known')}`,
    'root@127.0.0.1',
  ];
  return { args, pid: sshd.pid };
}
