/** Programs that are called keepalived, with any arguments, and do nothing until their test is over. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { TEMPORARY } from '../temporary.ts';

/** What such a program does: it is a busybox that takes itself for a shell. */
export const WAITING = ['-c', 'echo here; read -r _', 'x'];

export interface Programs {
  /** A folder that root alone may write to, as are those above it. */
  readonly folder: string;
  /** The program itself. */
  readonly keepalived: string;
  /** Starts it with arguments; gives its number once it has said that it runs. */
  start(args: readonly string[], options?: { uid?: number; program?: string }): Promise<number>;
  /** The same for another command that ends with its standard input. */
  run(command: string, args: readonly string[], options?: { uid?: number; argv0?: string }): Promise<number>;
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
  // what it had begun is dead a moment later, and would be looked at until then
  while (isThere(-child.pid!)) await sleep(10);
}

function isThere(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
  }
}

/** The whole run has one such folder at a time: who looks at all processes of this machine sees those of other tests. */
const TURN = join(process.env[TEMPORARY] ?? tmpdir(), 'twlint-keepalived-turn');
const LONGEST_TURN = 240_000;

async function takeTurn(): Promise<void> {
  for (;;) {
    try {
      mkdirSync(TURN);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await sleep(100);
    }
  }
}

/** Call it in a `describe`. */
export function programs(): Programs {
  let isOurs = false;
  beforeAll(async () => {
    await takeTurn();
    isOurs = true;
  }, LONGEST_TURN);
  afterAll(() => {
    if (isOurs) rmSync(TURN, { recursive: true });
  });
  // sticky folders, as the usual one for temporary files, are not root's alone
  const folder = mkdtempSync('/run/twlint-keepalived-');
  const keepalived = join(folder, 'keepalived');
  const started: ChildProcess[] = [];
  beforeAll(() => {
    execFileSync('chmod', ['755', folder]);
    copyFileSync(execFileSync('/bin/sh', ['-c', 'command -v busybox']).toString().trim(), keepalived);
    execFileSync('chmod', ['755', keepalived]);
  });
  // with whatever each has begun: that may still make a file in a folder that is about to go
  afterEach(() => Promise.all(started.splice(0).map(endGroup)));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(
    command: string,
    args: readonly string[],
    { uid, argv0 }: { uid?: number; argv0?: string } = {},
  ): Promise<number> {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
      ...(argv0 === undefined ? {} : { argv0 }),
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    started.push(child);
    await new Promise((resolve, reject) => {
      child.stdout!.once('data', resolve);
      child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)));
    });
    return child.pid!;
  }
  return {
    folder,
    keepalived,
    run,
    start: (args, { program = keepalived, ...options } = {}) =>
      run(program, [...WAITING, ...args], { argv0: 'sh', ...options }),
  };
}
