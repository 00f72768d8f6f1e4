import { existsSync } from 'node:fs';
import { absolutePath, type HomePlaces, shownPath } from '../home-path.ts';
import { type AgentKeys, type Identity, parsedKeyIdentity, sameKey } from './identity.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';

/** One key file, read and, where it had to be, unlocked. */
export interface Loaded {
  /** The path as people write it. */
  path: string;
  /** The identity; null: can't be used, see `why`. */
  identity: Identity | null;
  why: string;
  missing: boolean;
  /** True when only the system's ssh can use it. */
  foreign: boolean;
  /** The user certificate that lies beside it, as people write its path. */
  certificate: string | null;
}

export interface Unlocking extends HomePlaces {
  /** The value of TWLINT_SSH_PASSPHRASE. */
  passphrase: string | null;
  /** Asks for something that must not be shown; null where nobody can answer. An empty answer gives up. */
  askSecret: ((question: string) => Promise<string>) | null;
}

/** Loads a key file; `worthAsking`: a passphrase may be asked for. */
export type Load = (path: string, agent: AgentKeys, worthAsking: boolean) => Promise<Loaded>;

/** The number of times that a passphrase is asked for; as OpenSSH's NumberOfPasswordPrompts. */
const ATTEMPTS = 3;

/** Returns a loader that remembers the passphrases it was given: people have one for several keys. */
export function keyLoader(options: Unlocking): Load {
  const passphrases = options.passphrase ? [options.passphrase] : [];
  return async (written, agent, worthAsking) => {
    const path = absolutePath(written, options);
    const shown = shownPath(path, options);
    const certificate = existsSync(`${path}-cert.pub`) ? `${shown}-cert.pub` : null;
    const nothing = { path: shown, certificate, missing: false, foreign: false };
    const usable = (identity: Identity): Loaded => ({ ...nothing, identity, why: '' });
    const unusable = (why: string): Loaded => ({ ...nothing, identity: null, why });
    const file = readKeyFile(path);
    if (file.kind === 'unusable')
      return { ...unusable(file.why), missing: file.missing, foreign: file.foreign };
    if (file.kind === 'open') return usable(parsedKeyIdentity(shown, file.key));
    const held = heldByAgent(file, agent);
    if (held) return usable({ ...held, name: `${shown} through the agent` });
    if (file.kind === 'public') return unusable('a public key, and no agent holds its private half');
    const known = firstOf(passphrases, file.unlock);
    if (known) return usable(parsedKeyIdentity(shown, known));
    if (options.askSecret === null || !worthAsking) return unusable(lockedMessage(options));
    const asked = await unlockByAsking(shown, file.unlock, options.askSecret);
    if (asked === null) return unusable('encrypted, and it was not unlocked');
    passphrases.push(asked.passphrase);
    return usable(parsedKeyIdentity(shown, asked.key));
  };
}

function firstOf<T>(passphrases: readonly string[], unlock: (passphrase: string) => T | null): T | null {
  for (const passphrase of passphrases) {
    const opened = unlock(passphrase);
    if (opened) return opened;
  }
  return null;
}

async function unlockByAsking<T>(
  path: string,
  unlock: (passphrase: string) => T | null,
  askSecret: (question: string) => Promise<string>,
): Promise<{ passphrase: string; key: T } | null> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const again = attempt > 1 ? 'That was not it. ' : '';
    const passphrase = await askSecret(`${again}Passphrase for ${path}: `);
    if (passphrase === '') return null;
    const key = unlock(passphrase);
    if (key) return { passphrase, key };
  }
  return null;
}

function heldByAgent(file: KeyFile & { kind: 'locked' | 'public' }, agent: AgentKeys): Identity | null {
  const publicKey = file.kind === 'public' ? file.key : file.publicKey;
  if (!agent.ok || publicKey === null) return null;
  return agent.identities.find((identity) => sameKey(identity.key, publicKey)) ?? null;
}

function lockedMessage({ passphrase, askSecret }: Unlocking): string {
  if (passphrase) return 'encrypted, and not with the passphrase in TWLINT_SSH_PASSPHRASE';
  const name = askSecret ? ', name it with --key to be asked for its passphrase,' : '';
  return `encrypted: add it to the agent (ssh-add)${name} or set TWLINT_SSH_PASSPHRASE`;
}
