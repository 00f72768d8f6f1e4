/** A virtual machine made of Debian's own kernel and programs: what a network namespace of this machine can't show. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Machine as Ground } from '../../rules/hosts.ts';
import { quoted } from '../../rules/remedies.ts';
import { temporaryFolder } from '../../temporary.ts';

export interface Machine {
  /** An inventory of one host, `s2`, and files beside it: known_hosts. */
  folder: string;
  /** Runs sh there, over ssh. */
  run(script: string): string;
  /** Begins commands among the files of this machine, once /whole.sh has mounted them there. */
  whole: Ground;
  stop(): void;
}

/** It is emulated: a few seconds on a machine that has nothing else to do. */
const PATIENCE = 240_000;

export async function startMachine(): Promise<Machine> {
  const folder = temporaryFolder('vm');
  execFileSync(join(import.meta.dirname, 'image.sh'), [folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  const port = await freePort();
  const process = spawn('qemu-system-x86_64', qemuArguments(folder, port), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => {
    process.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const [type, key] = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ');
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
  writeFileSync(join(folder, 'hosts.yaml'), inventory(folder, port));
  const login = ['-F', 'none', '-i', join(folder, 'client'), '-p', String(port)];
  const known = ['-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-o', 'BatchMode=yes'];
  const shared = ['-o', `ControlPath=${join(folder, 'control')}`];
  try {
    await ready(process.stdout);
    // one handshake for all commands that are to come: it takes a second there
    execFileSync('ssh', [...login, ...known, ...shared, '-M', '-N', '-f', 'root@127.0.0.1'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    stop();
    throw error;
  }
  return {
    folder,
    whole: (words) => ({
      path: 'ssh',
      args: [
        ...login,
        ...known,
        ...shared,
        'root@127.0.0.1',
        `chroot /whole /usr/bin/env ${words.map(quoted).join(' ')}`,
      ],
    }),
    run: (script) =>
      execFileSync('ssh', [...login, ...known, 'root@127.0.0.1', script], {
        encoding: 'utf8',
        timeout: PATIENCE,
      }),
    stop,
  };
}

const qemuArguments = (folder: string, port: number) => [
  ...[
    '-accel',
    'tcg',
    '-cpu',
    'max',
    '-smp',
    '2',
    '-m',
    '1024',
    '-machine',
    'pc',
    '-nodefaults',
    '-no-reboot',
  ],
  ...[
    '-display',
    'none',
    '-serial',
    'stdio',
    '-kernel',
    join(folder, 'kernel'),
    '-initrd',
    join(folder, 'initrd'),
  ],
  ...['-append', 'console=ttyS0 quiet panic=-1 net.ifnames=0 random.trust_cpu=on mitigations=off'],
  ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
  ...['-device', 'e1000,netdev=net,romfile='],
  ...['-virtfs', 'local,path=/,mount_tag=files,security_model=none,readonly=on,multidevs=remap'],
];

const inventory = (folder: string, port: number) => `all:
  hosts:
    s2:
      ansible_host: 127.0.0.1
      ansible_port: ${port}
      ansible_user: root
      ansible_ssh_private_key_file: ${join(folder, 'client')}
`;

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Throws with what the console said where it says nothing better in time. */
function ready(console: NodeJS.ReadableStream): Promise<void> {
  return new Promise((done, fail) => {
    let said = '';
    const timer = setTimeout(() => fail(new Error(`the machine is not ready:\n${said}`)), PATIENCE);
    console.on('data', (chunk) => {
      said += chunk;
      if (!/^READY\r?$/m.test(said)) return;
      clearTimeout(timer);
      done();
    });
    console.on('end', () => {
      clearTimeout(timer);
      fail(new Error(`the machine ended:\n${said}`));
    });
  });
}
