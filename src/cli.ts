import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { INTERRUPTING, Interruption, statusOfSignal, withSignal } from './commands/lib/interruption.ts';
import {
  exit,
  SECRETS,
  type Stream,
  type Terminal,
  type World,
  withSecretsApart,
} from './commands/lib/world.ts';
import { printable } from './formats/printable.ts';
import { main } from './main.ts';

/** Sequences of keys, and single characters. */
const KEYS = /\p{Cc}\[[\d;]*[A-Za-z~]|[\s\S]/gu;
const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';

const status = await main(process.argv.slice(2), theWorld());
// a socket that will not close must not keep a finished run alive
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((flushed) => stream.write('', flushed))),
);
leave(status);

/** Node aborts where it can't set back a terminal that is gone; who dies of the hang-up has the same status. */
function leave(status: number): never {
  const onTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  if (onTerminal && status === statusOfSignal('SIGHUP')) {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
  process.exit(status);
}

function theWorld(): World {
  const stop = new AbortController();
  let isHeeded = false;
  for (const signal of INTERRUPTING)
    process.on(signal, () => {
      if (!isHeeded || stop.signal.aborted) leave(statusOfSignal(signal));
      stop.abort(new Interruption(signal));
    });
  return {
    cwd: process.cwd(),
    ...environment(),
    stdin: () => text(process.stdin),
    stdinBytes: () => process.stdin,
    out: streamOf(process.stdout, stop.signal),
    err: streamOf(process.stderr, stop.signal),
    get stop() {
      isHeeded = true;
      return stop.signal;
    },
    askSecret: process.stdin.isTTY && process.stderr.isTTY ? askSecret : null,
    terminal: process.stdin.isTTY && process.stdout.isTTY ? terminal() : null,
  };
}

/** Programs that inherit the environment of this process don't get to see them either. */
function environment(): Pick<World, 'env' | 'secrets'> {
  const apart = withSecretsApart(process.env);
  for (const name of SECRETS) delete process.env[name];
  // packages print what they send where this asks for it, passwords too
  delete process.env.DEBUG;
  return apart;
}

function streamOf(stream: NodeJS.WriteStream, stop: AbortSignal): Stream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // a terminal that was closed takes no complaints, and reports may go to files
    if (stream === process.stderr) return;
    process.stderr.write(`twlint: ${cutOffMessage(error)}\n`);
    leave(stop.aborted ? withSignal(exit.interrupted, stop) : exit.usage);
  });
  const columns = stream.isTTY ? stream.columns : null;
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const color = NO_COLOR ? false : FORCE_COLOR ? FORCE_COLOR !== '0' : columns !== null && TERM !== 'dumb';
  return {
    write: (text) => void stream.write(text),
    async writeAll(pieces) {
      for (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
    },
    columns,
    color,
  };
}

function terminal(): Terminal {
  const { stdin, stdout, env } = process;
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    isUnicode: /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || ''),
    takeOver(onKey, onResize) {
      const onData = (data: string) => {
        for (const [key] of data.matchAll(KEYS))
          if (key === '\x03') process.kill(process.pid, 'SIGINT');
          else onKey(key);
      };
      const giveBack = () => {
        process.off('exit', giveBack);
        stdin.off('data', onData).pause();
        stdout.off('resize', onResize);
        stdin.setRawMode(false);
        writeSync(stdout.fd, LEAVE_SCREEN);
      };
      stdin.setRawMode(true);
      stdin.setEncoding('utf8').on('data', onData).resume();
      stdout.on('resize', onResize);
      // whatever ends the process, the terminal is as it was
      process.on('exit', giveBack);
      stdout.write(ENTER_SCREEN);
      return giveBack;
    },
  };
}

/** `twlint audit ... | head`, or a disk that is full. */
function cutOffMessage({ code, message }: NodeJS.ErrnoException): string {
  const why = code === 'EPIPE' ? 'whoever reads it has closed it' : message;
  return `standard output is not complete: ${why}`;
}

/** Reads a line from the terminal without showing it. */
function askSecret(question: string): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const input = createInterface({ input: process.stdin, output: unseen, terminal: true });
  process.stderr.write(printable(question));
  return new Promise((resolve) => {
    input.once('close', () => resolve(''));
    // while it reads from the terminal itself, Ctrl-C is a key like any other
    input.once('SIGINT', () => {
      process.stderr.write('\n');
      process.kill(process.pid, 'SIGINT');
      input.close();
    });
    input.once('line', (line) => {
      process.stderr.write('\n');
      resolve(line);
      input.close();
    });
  });
}
