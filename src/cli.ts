#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import yargs from 'yargs';
import audit from './commands/audit.ts';
import collect from './commands/collect.ts';
import type { Command } from './commands/command.ts';
import demo from './commands/demo.ts';
import doctor from './commands/doctor.ts';
import explain from './commands/explain.ts';
import facts from './commands/facts.ts';
import fix from './commands/fix.ts';
import { INTERRUPTING, Interruption, statusOfSignal, withSignal } from './commands/interruption.ts';
import inventory from './commands/inventory.ts';
import { joinLoneDash } from './commands/lone-dash.ts';
import rules from './commands/rules.ts';
import schema from './commands/schema.ts';
import { tool } from './commands/tool.ts';
import trace from './commands/trace.ts';
import { exit, SECRETS, type Stream, type World } from './commands/world.ts';
import { nearest, throwIfAny, UserError, UserErrors } from './errors.ts';
import { printable } from './formats/printable.ts';

const COMMANDS: Command[] = [
  audit,
  fix,
  collect,
  trace,
  inventory,
  doctor,
  rules,
  explain,
  facts,
  schema,
  demo,
];

const status = await main(process.argv.slice(2));
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

async function main(argv: string[]): Promise<number> {
  const world = theWorld();
  try {
    return await dispatch(argv, world);
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : [error];
    for (const each of errors) process.stderr.write(`twlint: ${wordsFor(each)}\n`);
    // what is wrong after an interruption is wrong because of it
    return world.stop.aborted ? withSignal(exit.interrupted, world.stop) : exit.usage;
  }
}

/** Files that others wrote, and hosts, have a part in what errors say. */
function wordsFor(error: unknown): string {
  const whole =
    error instanceof UserError
      ? error.describe()
      : `this is a mistake of twlint's own; please report it\n${error instanceof Error ? error.stack : error}`;
  return whole.split('\n').map(printable).join('\n');
}

async function dispatch(argv: string[], world: World): Promise<number> {
  let result: number = exit.clean;
  let cli = yargs(joinLoneDash(argv))
    .scriptName('twlint')
    .usage('$0 <command>\n\nAudits the Linux network stack of a fleet over SSH.')
    .version(tool().version)
    .parserConfiguration({
      'camel-case-expansion': false,
      'greedy-arrays': false,
    })
    .strict()
    .recommendCommands()
    .demandCommand(1, 'which command?')
    .wrap(Math.min(world.out.columns ?? 100, 110))
    .epilogue(
      'Exit status: 0 clean, 1 findings, 2 nothing was run, 3 something could not be looked at, 130 interrupted (143 and 129 by SIGTERM and SIGHUP).',
    )
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UserError(message, { hint: hintFor(message) });
    });
  for (const command of COMMANDS) {
    cli = cli.command(
      command.name,
      command.describe,
      (y) => {
        for (const [name, positional] of Object.entries(command.positionals ?? {}))
          y.positional(name, positional);
        return y.options(command.options).example(command.examples);
      },
      async (args) => {
        refuseRepeated(command, args);
        result = await command.run(args, world);
        if (result === exit.interrupted) result = withSignal(result, world.stop);
      },
    );
  }
  await cli.parseAsync();
  return result;
}

/** `Unknown argument: fromat`, and what may have been meant. */
function hintFor(message: string): string {
  const [, unknown] = /^Unknown arguments?: ([^,]+)/.exec(message) ?? [];
  const options = COMMANDS.flatMap((command) => Object.keys(command.options));
  const near = unknown === undefined ? null : nearest(unknown, options);
  return near === null ? 'twlint --help' : `did you mean --${near}?`;
}

/** yargs makes a list of an option that was given twice, also where only one value has a meaning. */
function refuseRepeated(command: Command, args: Record<string, unknown>): void {
  const repeated = Object.entries(command.options).filter(
    ([name, { array }]) => !array && Array.isArray(args[name]),
  );
  throwIfAny(repeated.map(([name]) => new UserError(`--${name} was given more than once`)));
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
    out: streamOf(process.stdout, stop.signal),
    err: streamOf(process.stderr, stop.signal),
    get stop() {
      isHeeded = true;
      return stop.signal;
    },
    askSecret: process.stdin.isTTY && process.stderr.isTTY ? askSecret : null,
  };
}

/** Secrets are taken out of the environment: no program that we start inherits them, and no path can name them. */
function environment(): Pick<World, 'env' | 'secrets'> {
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, process.env[name]]));
  for (const name of SECRETS) delete process.env[name];
  return { env: { ...process.env }, secrets };
}

function streamOf(stream: NodeJS.WriteStream, stop: AbortSignal): Stream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // a terminal that was closed takes no complaints, and reports may go to files
    if (stream === process.stderr) return;
    process.stderr.write(`twlint: ${cutOffWords(error)}\n`);
    leave(stop.aborted ? withSignal(exit.interrupted, stop) : exit.usage);
  });
  const columns = stream.isTTY ? stream.columns : null;
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const color = NO_COLOR ? false : FORCE_COLOR ? FORCE_COLOR !== '0' : columns !== null && TERM !== 'dumb';
  return { write: (text) => void stream.write(text), columns, color };
}

/** `twlint audit ... | head`, or a disk that is full. */
function cutOffWords({ code, message }: NodeJS.ErrnoException): string {
  const why = code === 'EPIPE' ? 'whoever reads it has closed it' : message;
  return `standard output is not complete: ${why}`;
}

/** Reads a line from the terminal without showing it. */
function askSecret(question: string): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const input = createInterface({ input: process.stdin, output: unseen, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve) => {
    // while it reads from the terminal itself, Ctrl-C is a key like any other
    input.once('SIGINT', () => {
      process.stderr.write('\n');
      process.kill(process.pid, 'SIGINT');
      input.close();
    });
    input.once('close', () => resolve(''));
    input.once('line', (line) => {
      process.stderr.write('\n');
      resolve(line);
      input.close();
    });
  });
}
