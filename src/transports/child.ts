import { type ChildProcess, spawn } from 'node:child_process';
import { abortReason, type CommandInput, type Ending, feed, type Session, stderrKeeper } from './session.ts';

/** A program to start. */
export interface Program {
  path: string;
  args: readonly string[];
  /** The environment; absent: that of this process. */
  env?: NodeJS.ProcessEnv;
}

/** Runs a program of this machine, as `Session.run` does. */
export function runChild(
  { path, args, env }: Program,
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
    const cutShort = (lost: string | null) => {
      child.stdout.removeAllListeners('data');
      killGroup(child);
      finish({ status: null, signal: null, lost });
    };
    const onAbort = () => cutShort(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => finish({ status: null, signal: null, lost: `${path}: ${error.message}` }));
    child.once('close', (status, endedBy) => finish({ status, signal: endedBy, lost: null }));
    child.stderr.on('data', stderr.push);
    child.stdout.on('data', (chunk: Buffer) => {
      if (take(chunk) === 'stop') cutShort(null);
    });
    // a program need not read all of its input: a break here shows in how it ends
    child.stdin.on('error', () => {});
    feed(child.stdin, input);
  });
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
