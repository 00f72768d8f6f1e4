import type { Connection } from '../model.ts';
import { algorithmsFor } from './algorithms.ts';
import { dial } from './dial.ts';
import { expectedKeys, type HostKeyChecking, judgeHostKey, knownKeyTypes } from './host-key.ts';
import type { OfferKeys } from './keys.ts';
import { fingerprint } from './known-hosts.ts';
import type { KnownHosts } from './known-hosts-files.ts';
import { logIn } from './login.ts';
import { lateWords, type Stage } from './login-words.ts';
import { abortReason, type Open } from './session.ts';
import { sshSession } from './ssh-session.ts';

export interface SshOptions {
  knownHosts: KnownHosts;
  hostKeyChecking: HostKeyChecking;
  offerKeys: OfferKeys;
  /** Who logs in to a host without a user of its own. */
  user: string;
  /** Milliseconds from the look-up of the name until logged in. */
  connectTimeout: number;
  /** Tells the user something that is no host's failure. */
  warn(text: string): void;
}

type Ssh = Extract<Connection, { kind: 'ssh' }>;

/** Opens SSH connections: ssh2's client, our own host key checking. */
export function sshTransport(options: SshOptions): Open {
  return async ({ connection }, signal) => {
    if (connection.kind !== 'ssh') throw new Error(`not an SSH connection: ${connection.kind}`);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), options.connectTimeout);
    try {
      return await openSsh(connection, options, AbortSignal.any([signal, late.signal]), signal);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function openSsh(
  connection: Ssh,
  options: SshOptions,
  signal: AbortSignal,
  outer: AbortSignal,
): ReturnType<Open> {
  const { address, legacy } = connection;
  const port = connection.port ?? 22;
  const { knownHosts, connectTimeout } = options;
  const whyAborted = (stage: Stage) =>
    outer.aborted ? abortReason(outer) : lateWords(stage, `${address} port ${port}`, connectTimeout / 1000);
  const socket = await dial({ address, port, timeout: connectTimeout, signal, whyAborted });
  if (!socket.ok) return socket;
  const expected = expectedKeys(address, port, knownHosts);
  const client = await logIn(socket.value, {
    user: connection.user ?? options.user,
    offer: options.offerKeys(connection.identityFile),
    algorithms: algorithmsFor(knownKeyTypes(expected), legacy),
    legacy,
    // looked up anew: another target of the same address may have made it known meanwhile
    trust: (key) =>
      judgeHostKey(key, expectedKeys(address, port, knownHosts), knownHosts, options.hostKeyChecking),
    onNewKey: (key) => recordKey(expected.name, key, options),
    signal,
    whyAborted,
  });
  if (!client.ok) return client;
  return { ok: true, value: sshSession(client.value, socket.value) };
}

function recordKey(name: string, key: Buffer, { knownHosts, warn }: SshOptions): void {
  const found = `${name} is new: its host key ${fingerprint(key)}`;
  try {
    if (knownHosts.record(name, key)) warn(`${found} is now in ${knownHosts.file}`);
  } catch (error) {
    warn(`${found} could not be kept in ${knownHosts.file}: ${(error as Error).message}`);
  }
}
