import { homedir, userInfo } from 'node:os';
import type { Target } from '../model.ts';
import type { HostKeyChecking } from './host-key.ts';
import { loadKeys } from './keys.ts';
import { readKnownHosts } from './known-hosts-files.ts';
import { openLocal } from './local.ts';
import type { Open } from './session.ts';
import { sshTransport } from './ssh.ts';

export interface OpenOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** --key */
  keys: readonly string[];
  /** --known-hosts */
  knownHosts: readonly string[];
  hostKeyChecking: HostKeyChecking;
  /** Milliseconds from the look-up of a name until logged in. */
  connectTimeout: number;
  /** Asks for something that must not be shown; null where nobody can answer. */
  askSecret: ((question: string) => Promise<string>) | null;
  /** Tells the user something that is no host's failure. */
  warn(text: string): void;
}

/**
 * Makes ready what the targets' connections need (host keys, keys, passphrases) and gives what opens each of them.
 * Throws UserErrors for files that were named and can't be used.
 */
export async function openBy(targets: readonly Target[], options: OpenOptions): Promise<Open> {
  const hostKeyFiles = targets.flatMap(({ connection }) =>
    connection.kind === 'ssh' ? [connection.identityFile] : [],
  );
  if (hostKeyFiles.length === 0) return openLocal;
  const openSsh = await readySsh(hostKeyFiles, options);
  return (target, signal) =>
    target.connection.kind === 'local' ? openLocal(target, signal) : openSsh(target, signal);
}

async function readySsh(hostKeyFiles: (string | null)[], options: OpenOptions): Promise<Open> {
  const { env, hostKeyChecking, connectTimeout, warn } = options;
  const places = { cwd: options.cwd, home: env.HOME || homedir() };
  const files = { files: options.knownHosts, firstMayBeMissing: hostKeyChecking !== 'strict' };
  const knownHosts = readKnownHosts(files, places);
  if (hostKeyChecking === 'off')
    warn('host keys are not checked (--host-key-checking=off): anybody on the way could pose as a host');
  const offerKeys = await loadKeys({
    ...places,
    agentSocket: env.SSH_AUTH_SOCK,
    keyFiles: options.keys,
    hostKeyFiles,
    passphrase: env.TWLINT_SSH_PASSPHRASE,
    askSecret: options.askSecret,
  });
  return sshTransport({ knownHosts, hostKeyChecking, offerKeys, connectTimeout, warn, user: ownName(env) });
}

/** The user who runs this. A container may run as a number that nobody has given a name. */
function ownName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return env.LOGNAME || env.USER || String(process.getuid?.());
  }
}
