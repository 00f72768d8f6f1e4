import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { passed } from './check.ts';
import { abortReason, type Ending, type Open, type Session, stderrKeeper } from './session.ts';

/** This machine: commands are children of this process. */
export const openLocal: Open = async (_target, _signal, tell) => {
  tell?.(passed('route', 'none: it is this machine'));
  return { ok: true, value: localSession() };
};

function localSession(): Session {
  return { run: runHere, close: () => {} };
}

const runHere: Session['run'] = (command, input, take, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ status: null, signal: null, stderr: '', lost: abortReason(signal), broken: false });
      return;
    }
    // a process group of its own, so that everything it has started can be ended with it
    const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const stderr = stderrKeeper();
    const finish = (ending: Pick<Ending, 'status' | 'signal' | 'lost'>) => {
      signal.removeEventListener('abort', onAbort);
      resolve({ ...ending, stderr: stderr.text(), broken: false });
    };
    const cutShort = (lost: string | null) => {
      kill(child);
      finish({ status: null, signal: null, lost });
    };
    const onAbort = () => cutShort(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => finish({ status: null, signal: null, lost: `/bin/sh: ${error.message}` }));
    child.once('close', (status, endedBy) => finish({ status, signal: endedBy, lost: null }));
    child.stderr.on('data', stderr.push);
    child.stdout.on('data', (chunk: Buffer) => {
      if (take(chunk) === 'stop') cutShort(null);
    });
    // a command need not read all of its input: what breaks here shows in how the command ends
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });

/** Ends the command with all that it started. What runs as somebody else can't be killed; its pipes break. */
function kill(child: ChildProcessByStdio<Writable, Readable, Readable>): void {
  child.stdout.removeAllListeners('data');
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // gone already, or not ours to kill
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
