/** An inventory program, which the user has named: `inventory.py --list` prints JSON. */
import { spawn } from 'node:child_process';
import { UserError } from '../../errors.ts';
import type { Surroundings } from '../surroundings.ts';

/** Clouds are slow, but not that slow. In milliseconds. */
const LONGEST = 120_000;
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Returns the output of a program. Throws a UserError when it fails, takes too long, or prints more than 64 MiB. */
export function runProgram(
  path: string,
  args: readonly string[],
  { cwd, env }: Surroundings,
  longest: number = LONGEST,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let size = 0;
    let complaint = '';
    const fail = (message: string, hint: string | null = null) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      // processes that it has started may hold them open
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      reject(new UserError([path, ...args].join(' ') + message, { hint }));
    };
    const timer = setTimeout(() => fail(` did not end in ${longest / 1000} s`), longest);
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(-4000);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MOST_OUTPUT) fail(' prints more than 64 MiB');
    });
    child.once('error', (error) =>
      fail(`: ${error.message}`, 'does the interpreter in its first line exist?'),
    );
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else fail(` ended with ${signal ?? `status ${status}`}${lastLine(complaint)}`);
    });
  });
}

/** Returns the last line, which holds the message in Python's tracebacks. */
function lastLine(text: string): string {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  const line = last.replace(/\p{C}/gu, ' ').trim().slice(0, 200);
  return line === '' ? '' : `: ${line}`;
}
