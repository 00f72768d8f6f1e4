import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Target } from '../../src/model.ts';
import { openBy } from '../../src/transports/open.ts';
import type { OpenOptions } from '../../src/transports/open-options.ts';
import type { Attempt, Connections, Ending, Session } from '../../src/transports/session.ts';
import type { SshConnection } from '../../src/transports/settings/explicit-settings.ts';
import { fileIn, scratchFolder } from './folder.ts';

export interface Connecting {
  port: number;
  address?: string;
  user?: string;
  /** Lines of known_hosts. */
  known?: string[];
  /** Key file of the host, as the inventory has it. */
  identityFile?: string | null;
  legacy?: boolean;
  /** What else the inventory says. */
  connection?: Partial<SshConnection>;
  options?: Partial<OpenOptions>;
  signal?: AbortSignal;
}

/** A target, as an inventory would give it. */
export function sshTarget({
  port,
  address = '127.0.0.1',
  user = 'root',
  identityFile = null,
  legacy = false,
  connection = {},
}: Connecting): Target {
  return {
    host: { name: 'host', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
    connection: { kind: 'ssh', address, port, user, identityFile, legacy, become: null, ...connection },
  };
}

/** Ways to targets, in a world of its own: no home, no agent, no ssh_config, no system-wide known_hosts. */
export async function reachTo(
  targets: Target[],
  known: string[],
  options: Partial<OpenOptions> = {},
): Promise<Connections> {
  const home = scratchFolder();
  const knownHosts = fileIn(home, 'known_hosts', `${known.join('\n')}\n`);
  const reach = await openBy(targets, [], {
    cwd: home,
    env: { HOME: home },
    passphrase: null,
    sshConfig: 'none',
    keys: [],
    knownHosts: [knownHosts],
    hostKeyChecking: 'strict',
    connectTimeout: 10_000,
    password: null,
    transport: null,
    retries: 0,
    askSecret: null,
    warn: () => {},
    ...options,
  });
  onTestFinished(reach.close);
  return reach;
}

/** Opens a session. */
export async function connectTo(connecting: Connecting): Promise<Attempt<Session>> {
  const target = sshTarget(connecting);
  const { open } = await reachTo([target], connecting.known ?? [], connecting.options);
  return open(target, connecting.signal ?? new AbortController().signal);
}

/** The session, which must be there. */
export async function connected(connecting: Connecting): Promise<Session> {
  const answer = await connectTo(connecting);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

/** The reason why there is no session. */
export async function refused(connecting: Connecting): Promise<string> {
  const answer = await connectTo(connecting);
  if (answer.ok) {
    answer.value.close();
    throw new Error('it was let in');
  }
  return answer.reason;
}

/** Runs a command and keeps its output. */
export async function runIn(
  session: Session,
  command: string,
  { input = '', signal = new AbortController().signal, limit = Number.POSITIVE_INFINITY } = {},
): Promise<Ending & { output: string }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    return size < limit ? 'more' : 'stop';
  };
  const ending = await session.run(command, input, take, signal);
  return { ...ending, output: Buffer.concat(chunks).toString('utf8') };
}

export const dataFolder = join(import.meta.dirname, '..', 'data');
