import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortReason, type CommandInput, type Ending, feed, type Session, stderrKeeper } from './session.ts';

/** A program to start. */
export interface Program {
  path: string;
  args: readonly string[];
  /** The environment; absent: that of this process. */
  env?: NodeJS.ProcessEnv;
  /** The milliseconds in which it may end by itself, once it has nothing more to do; absent: it is killed at once. */
  grace?: number;
}

/** Runs a program of this machine, as `Session.run` does. */
export function runChild(
  { path, args, env, grace }: Program,
  input: CommandInput,
  take: Parameters<Session['run']>[2],
  signal: AbortSignal,
): Promise<Ending> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ status: null, signal: null, stderr: '', lost: abortReason(signal), broken: false });
      return;
    }
    // a process group of its own, so that everything it has started can be ended with it
    const child = spawn(path, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env });
    const stderr = stderrKeeper();
    const finish = (ending: Pick<Ending, 'status' | 'signal' | 'lost'>) => {
      signal.removeEventListener('abort', onAbort);
      resolve({ ...ending, stderr: stderr.text(), broken: false });
    };
    const cutShort = async (lost: string | null) => {
      child.removeAllListeners('close').stdout.removeAllListeners('data');
      signal.removeEventListener('abort', onAbort);
      if (grace !== undefined) await goneWithin(child, lost === null ? grace : 0);
      killGroup(child);
      finish({ status: null, signal: null, lost });
    };
    const onAbort = () => void cutShort(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why = code === 'ENOENT' ? 'there is no such program' : message;
      finish({ status: null, signal: null, lost: `${path}: ${why}` });
    });
    child.once('close', (status, endedBy) => finish({ status, signal: endedBy, lost: null }));
    child.stderr.on('data', stderr.push);
    child.stdout.on('data', (chunk: Buffer) => {
      if (take(chunk) === 'stop') void cutShort(null);
    });
    // a program need not read all of its input: a break here shows in how it ends
    child.stdin.on('error', () => {});
    feed(child.stdin, input);
  });
}

/** The milliseconds from asking a program to end until it is killed. */
const LAST_WORDS = 2000;

/** Waits until a child has ended, and asks it to, SIGTERM, where it does not by itself. It has some time then. */
async function goneWithin(child: ChildProcess, grace: number): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdout?.resume();
  const endsWithin = (milliseconds: number) =>
    Promise.race([ended.then(() => true), sleep(milliseconds, false, { ref: false })]);
  if (await endsWithin(grace)) return;
  child.kill('SIGTERM');
  await endsWithin(LAST_WORDS);
}

/** Ends a detached child with all that it started. A process of another user can't be killed; its pipes break. */
export function killGroup(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // gone already, or not ours to kill
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
