import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { PROGRAM } from '../twlint.ts';

/** A twlint that runs beside the test. */
export interface Running {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Waits until it has printed that on standard error; gives what matched. */
  printed(what: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** Waits until it ends; gives its exit status, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

export const QUEUE_KEY = 'c2f1a5f0e4d94b6e8a7d3c1b9e0f5a62';

/** Runs programs; what still runs when the tests are over is ended. Call it in a `describe`. */
export function programs(cwd: string, env: NodeJS.ProcessEnv = {}) {
  const all: Running[] = [];
  afterAll(async () => {
    for (const { child } of all) child.kill('SIGKILL');
    await Promise.all(all.map(({ ended }) => ended));
  });
  return (args: string[], more: NodeJS.ProcessEnv = {}): Running => {
    const running = start(cwd, args, { TWLINT_QUEUE_KEY: QUEUE_KEY, ...env, ...more });
    all.push(running);
    return running;
  };
}

function start(cwd: string, args: string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  const ended = once(child, 'close').then(([status, signal]) => status ?? signal);
  return {
    child,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    async printed(what) {
      for (;;) {
        const match = what.exec(said.stderr);
        if (match !== null) return match;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended, and never printed ${what}:\n${said.stderr}`);
        await sleep(20);
      }
    },
    signal: (name) => child.kill(name),
    ended,
  };
}

/** Returns a report without the times of its run, which no two have alike. */
export const withoutTimes = (report: string): string =>
  report.replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"/g, '"then"');
