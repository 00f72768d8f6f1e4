import { join } from 'node:path';
import { withSecretsApart } from '../src/commands/lib/world.ts';
import { main } from '../src/main.ts';

/** What is around a run, as far as it is not the usual. */
interface Around {
  /** Instead of PATH, and the working directory as HOME. */
  env?: NodeJS.ProcessEnv;
  stdin?: string | Buffer;
  /** Interrupts it. */
  stop?: AbortSignal;
  /** Receives standard output as it comes. */
  onOut?(text: string): void;
}

export interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

const HERE = process.cwd();

/** How many runs are not over yet. */
let running = 0;

/**
 * Runs twlint within this process, so that it is what is in src that runs. A working directory is of the whole
 * process: runs at one time are of one folder.
 */
export async function twlint(
  cwd: string,
  args: string[],
  { env, stdin = '', stop = new AbortController().signal, onOut = () => {} }: Around = {},
): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const into = (stream: keyof typeof said) => {
    const write = (text: string) => {
      said[stream] += text;
      if (stream === 'stdout') onOut(text);
    };
    const writeAll = async (pieces: Iterable<string>) => {
      for (const piece of pieces) write(piece);
    };
    return { write, writeAll, columns: null, color: false };
  };
  if (running > 0 && process.cwd() !== cwd)
    throw new Error(`another run is not over yet, in ${process.cwd()}`);
  process.chdir(cwd);
  running += 1;
  try {
    const status = await main(args, {
      cwd,
      ...withSecretsApart(env ?? { PATH: process.env.PATH, HOME: cwd }),
      stdin: async () => stdin.toString(),
      stdinBytes: async function* () {
        yield Buffer.from(stdin);
      },
      out: into('stdout'),
      err: into('stderr'),
      stop,
      askSecret: null,
    });
    return { status, ...said };
  } finally {
    running -= 1;
    if (running === 0) process.chdir(HERE);
  }
}

/**
 * The program, for `node`: for what only a process has, as signals, pipes and an environment. It was built from what is
 * in src before the first test began.
 */
export const PROGRAM = join(import.meta.dirname, '../dist/start.js');

/** A module that the program is made of, as another process can import it: `transports/open`. */
export const builtModule = (name: string): string => join(import.meta.dirname, '../build', `${name}.js`);
