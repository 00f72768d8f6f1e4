import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../temporary.ts';
import { type KeyKind, makeKey } from './keygen.ts';

export interface SshdOptions {
  /** Public keys that may log in. */
  authorized: string[];
  hostKeys?: KeyKind[];
  /** Makes a certificate for each of its host keys, of which it is given the public half's file; gives its path. */
  certify?: (publicFile: string) => string;
  /** Further lines of sshd_config; the first of its kind wins there, and these come first. */
  config?: string[];
  /** What starts it, as `['ip', 'netns', 'exec', 'blue']`. */
  within?: string[];
  /** Where it listens; one has to bring up lo in a namespace. */
  address?: string;
  /** It begins after that; without it, before it is given back. */
  after?: Promise<unknown>;
}

/** A real OpenSSH server on a free port of this machine. */
export interface Sshd {
  address: string;
  port: number;
  /** Its host keys as lines of known_hosts, in the order asked for. */
  hostKeyLines: string[];
  /** What it logged so far (LogLevel VERBOSE). */
  log(): string;
  /** Names of the programs that it runs for those who are logged in, and of its own processes for them. */
  processes(): string[];
  /** Ends every connection that it has, as a crash would. */
  dropConnections(): void;
  /** Stops all that it runs, as where a host hangs: connections stay open, and nobody says a word. */
  freeze(): void;
  /** Ends it with all that it has started. */
  stop(): Promise<void>;
}

/** Starts a server that lets in by key alone, with host keys and a home folder of its own. Needs root. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const { authorized, hostKeys = ['ed25519'], config = [], within = [], address = '127.0.0.1' } = options;
  const { certify, after } = options;
  const folder = temporaryFolder('sshd');
  // whoever logs in has to be able to read its authorized_keys
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  // its user for what runs before anybody is logged in lives there
  mkdirSync('/run/sshd', { recursive: true });
  const keys = hostKeys.map((kind) => makeKey(folder, `host-${kind}`, { kind }));
  const authorizedKeys = join(folder, 'authorized_keys');
  writeFileSync(authorizedKeys, `${authorized.join('\n')}\n`);
  const port = await freePort();
  const lines = [
    ...config,
    `Port ${port}`,
    `ListenAddress ${address}`,
    ...keys.map((key) => `HostKey ${key.file}`),
    ...(certify ? keys.map((key) => `HostCertificate ${certify(`${key.file}.pub`)}`) : []),
    `AuthorizedKeysFile ${authorizedKeys}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 1000',
    'LogLevel VERBOSE',
    // so that no .bashrc of this machine's runs
    `SetEnv HOME=${home}`,
  ];
  const configFile = join(folder, 'sshd_config');
  writeFileSync(configFile, `${lines.join('\n')}\n`);
  const logFile = join(folder, 'log');
  const [program, ...args] = [...within, '/usr/sbin/sshd', '-D', '-f', configFile, '-E', logFile];
  const log = () => readLog(logFile);
  let child: ChildProcess;
  const begin = async () => {
    child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await listening(child, log);
  };
  const begun = after?.then(begin) ?? begin();
  if (after === undefined) await begun;
  return {
    address,
    port,
    hostKeyLines: keys.map((key) => `[${address}]:${port} ${key.publicLine}`),
    log,
    processes: () => descendants(child.pid!).map(({ name }) => name),
    dropConnections: () => signalAll(descendants(child.pid!), 'SIGKILL'),
    freeze: () => signalAll([{ pid: child.pid! }, ...descendants(child.pid!)], 'SIGSTOP'),
    async stop() {
      await begun;
      const all = [{ pid: child.pid! }, ...descendants(child.pid!)];
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        signalAll(all, 'SIGKILL');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (log().includes('Server listening on')) return;
    if (child.exitCode !== null) break;
    await sleep(10);
  }
  throw new Error(`sshd does not start: ${log()}`);
}

function readLog(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** All processes that a process has started, directly or not. */
function descendants(ancestor: number): { pid: number; name: string }[] {
  const processes = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, name]) => ({ pid: Number(pid), parent: Number(parent), name: name! }));
  const found = processes.filter(({ parent }) => parent === ancestor);
  for (const { pid } of found) found.push(...processes.filter(({ parent }) => parent === pid));
  return found;
}

function signalAll(processes: { pid: number }[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Ports that each process of tests has to itself, below those that connections are given (ip_local_port_range). */
const PORTS_EACH = 200;
const FIRST_PORT = 10_000 + (process.getuid?.() === 0 ? 0 : 10_000);
let asked = 0;

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const first = FIRST_PORT + (Number(process.env.VITEST_POOL_ID ?? 0) % 50) * PORTS_EACH;
  for (let tries = 0; tries < PORTS_EACH; tries++) {
    const port = first + (asked++ % PORTS_EACH);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free from ${first} on`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
