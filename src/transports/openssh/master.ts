import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { trouble } from '../check.ts';
import { killGroup, runChild } from '../child.ts';
import { type Attempt, abortReason, type Failure, unreachable } from '../session.ts';
import { overSocket, type SshArguments } from './arguments.ts';
import { momentOf, opensshLog } from './log.ts';

/** A connection of ssh's that is logged in, and that others go over. */
export interface Master {
  /** The arguments of an ssh that goes over it, but for its command. */
  over: readonly string[];
  /** Returns the end of its log; empty where it is not ours. */
  log(): string;
  /** Resolves when it is no longer there. */
  ended: Promise<void>;
  isGone(): boolean;
  close(): void;
}

/** The arguments for opening one. */
export interface Opening extends SshArguments {
  /** The path of its control socket. */
  socket: string;
  env: NodeJS.ProcessEnv;
  /** The milliseconds until it is logged in. */
  timeout: number;
  signal: AbortSignal;
  /** Returns why it ended before it was logged in, by its log. */
  whyEnded(log: string): Promise<Failure>;
  whyLate(log: string): Failure;
}

/**
 * Runs ssh without standard input, and with it a watchman: whatever becomes of this process, the end of its pipe
 * (standard input) reaches him, and he ends the process group. Nothing stays behind.
 */
const WATCHED = 'exec 3<&0; { read -r _ <&3; kill -9 0; } >/dev/null 2>&1 & exec ssh "$@" 3<&- </dev/null';

/** Logs in, and runs nothing there. */
export function openMaster(opening: Opening): Promise<Attempt<Master>> {
  const { options, host, socket, env, timeout, signal, whyEnded, whyLate } = opening;
  if (signal.aborted) return Promise.resolve(unreachable('address', trouble(abortReason(signal))));
  return new Promise((resolve) => {
    const args = ['-vv', '-N', '-M', '-S', socket, ...options, '--', host];
    const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', ...args], {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env,
    });
    const log = opensshLog();
    let gone = false;
    const ended = new Promise<void>((end) => void child.once('close', end)).then(() => {
      gone = true;
    });
    const close = () => killGroup(child);
    const settle = (outcome: Attempt<Master>) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.stderr.removeListener('data', lookForEntry);
      if (!outcome.ok) close();
      resolve(outcome);
    };
    const master = { over: overSocket(socket), log: log.text, ended, isGone: () => gone, close };
    const lookForEntry = () => {
      // a host may have sent that line itself, but it makes no socket here
      if (log.text().includes('debug1: Entering interactive session.') && existsSync(socket))
        settle({ ok: true, value: master });
    };
    const onAbort = () => settle(unreachable(momentOf(log.text()), trouble(abortReason(signal))));
    const timer = setTimeout(() => settle(whyLate(log.text())), timeout);
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => settle(unreachable('address', trouble(`/bin/sh: ${error.message}`))));
    child.once('close', async () => settle(await whyEnded(log.text())));
    child.stdin.on('error', () => {});
    child.stderr.on('data', log.add);
    child.stderr.on('data', lookForEntry);
  });
}

/** The milliseconds in which ssh reports whether there is one. */
const CHECK_TIMEOUT = 3000;

/** Returns the one that the user keeps open for that host (ControlPath), which stays when we are done. */
export async function runningMaster(
  { options, host }: SshArguments,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Master | null> {
  const check = { path: 'ssh', args: [...options, '-O', 'check', '--', host], env };
  const soon = AbortSignal.any([signal, AbortSignal.timeout(CHECK_TIMEOUT)]);
  const { status } = await runChild(check, '', () => 'more', soon);
  if (status !== 0) return null;
  const over = [...options, '-o', 'ControlMaster=no', '--', host];
  return { over, log: () => '', ended: new Promise(() => {}), isGone: () => false, close: () => {} };
}
