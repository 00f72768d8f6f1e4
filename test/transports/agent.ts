import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { scratchFolder } from './folder.ts';

export interface Agent {
  socket: string;
  add(keyFile: string): void;
}

/** A real ssh-agent, gone when the test is. */
export async function startAgent(...keyFiles: string[]): Promise<Agent> {
  const socket = join(scratchFolder(), 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  onTestFinished(() => void child.kill());
  while (!existsSync(socket)) await sleep(5);
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  const add = (file: string) =>
    void execFileSync('ssh-add', ['-q', file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  keyFiles.forEach(add);
  return { socket, add };
}
