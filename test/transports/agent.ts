import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { fileIn, scratchFolder } from './folder.ts';

export interface Agent {
  socket: string;
  /** Adds an encrypted key. */
  addWith(keyFile: string, passphrase: string): void;
  /** From now on it refuses to sign with that key, since nobody is there to confirm it. */
  confirmEachUse(keyFile: string): void;
}

/** A real ssh-agent, gone when the test is. */
export async function startAgent(...keyFiles: string[]): Promise<Agent> {
  const socket = join(scratchFolder(), 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: '/bin/false' };
  // the socket is there before anybody listens; 2: the agent can't be reached
  while (spawnSync('ssh-add', ['-l'], { env, stdio: 'ignore' }).status === 2) await sleep(5);
  const add = (file: string, ...options: string[]) =>
    void execFileSync('ssh-add', ['-q', ...options, file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  for (const file of keyFiles) add(file);
  const answer = fileIn(scratchFolder(), 'askpass', '#!/bin/sh\necho "$TWLINT_TEST_PASSPHRASE"\n', 0o700);
  return {
    socket,
    addWith(file, passphrase) {
      const asking = {
        SSH_ASKPASS: answer,
        SSH_ASKPASS_REQUIRE: 'force',
        TWLINT_TEST_PASSPHRASE: passphrase,
      };
      execFileSync('ssh-add', ['-q', file], {
        env: { ...env, ...asking },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    },
    confirmEachUse: (file) => add(file, '-c'),
  };
}
