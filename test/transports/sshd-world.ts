import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import type { Needs } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import type { Connecting } from './connecting.ts';
import { type KeyKind, type KeyPair, makeKey } from './keygen.ts';
import { type Sshd, type SshdOptions, startSshd } from './sshd.ts';

/** What tests against a real sshd need of the machine. */
export const SSHD_NEEDS: Needs = {
  root: true,
  programs: ['sshd', 'ssh', 'ssh-keygen', 'ssh-agent', 'ssh-add', 'ps'],
};

export const KINDS: KeyKind[] = ['ed25519', 'ecdsa', 'rsa'];

/** Keys that every server of a test file lets in, and its servers; all gone at its end. */
export interface SshdWorld {
  keys: Record<KeyKind | 'locked', KeyPair>;
  folder: string;
  start(options?: Partial<SshdOptions>): Promise<Sshd>;
  /** How to connect to one of them with the ed25519 key. */
  to(server: Sshd, more?: Partial<Connecting>): Connecting;
}

/** The passphrase of the key `locked`. */
export const PASSPHRASE = 'open sesame';

/** Call it in a `describe`. */
export function sshdWorld(): SshdWorld {
  const folder = temporaryFolder('keys');
  const keys = {} as SshdWorld['keys'];
  const started: Sshd[] = [];
  beforeAll(() => {
    for (const kind of KINDS) keys[kind] = makeKey(folder, kind, { kind });
    keys.locked = makeKey(folder, 'locked', { passphrase: PASSPHRASE });
  });
  afterAll(async () => {
    await Promise.all(started.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    keys,
    folder,
    async start(options = {}) {
      const authorized = Object.values(keys).map((key) => key.publicLine);
      const server = await startSshd({ authorized, ...options });
      started.push(server);
      return server;
    },
    to: (server, more = {}) => ({
      port: server.port,
      known: server.hostKeyLines,
      identityFile: keys.ed25519.file,
      ...more,
    }),
  };
}

/** Waits until something is so, for a second at most. */
export async function eventually(holds: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 50 && !holds(); tries++) await sleep(20);
  return holds();
}
