#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import yargs from 'yargs';
import { plainArguments } from './commands/arguments.ts';
import audit from './commands/audit.ts';
import collect from './commands/collect.ts';
import type { Command } from './commands/command.ts';
import demo from './commands/demo.ts';
import doctor from './commands/doctor.ts';
import explain from './commands/explain.ts';
import facts from './commands/facts.ts';
import fix from './commands/fix.ts';
import inventory from './commands/inventory.ts';
import rules from './commands/rules.ts';
import schema from './commands/schema.ts';
import { tool } from './commands/tool.ts';
import trace from './commands/trace.ts';
import { exit, SECRETS, type Stream, type World } from './commands/world.ts';
import { UserError, UserErrors } from './errors.ts';
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
process.exit(status);

async function main(argv: string[]): Promise<number> {
  try {
    return await dispatch(argv, theWorld());
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : [error];
    for (const each of errors) process.stderr.write(`twlint: ${wordsFor(each)}\n`);
    return exit.usage;
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
  let cli = yargs(plainArguments(argv, COMMANDS))
    .scriptName('twlint')
    .usage('$0 <command>\n\nAudits the Linux network stack of a fleet over SSH.')
    .version(tool().version)
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
    })
    .strict()
    .recommendCommands()
    .demandCommand(1, 'which command?')
    .wrap(Math.min(world.out.columns ?? 100, 110))
    .epilogue(
      'Exit status: 0 clean, 1 findings, 2 nothing was run, 3 something could not be looked at, 130 interrupted.',
    )
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UserError(message, { hint: 'twlint --help' });
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
        result = await command.run(args, world);
      },
    );
  }
  await cli.parseAsync();
  return result;
}

function theWorld(): World {
  const stop = new AbortController();
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(exit.interrupted);
    stop.abort(new Error('interrupted by the user'));
  });
  return {
    cwd: process.cwd(),
    ...environment(),
    stdin: () => text(process.stdin),
    out: streamOf(process.stdout),
    err: streamOf(process.stderr),
    stop: stop.signal,
    askSecret: process.stdin.isTTY && process.stderr.isTTY ? askSecret : null,
  };
}

/** Secrets are taken out of the environment: no program that we start inherits them, and no path can name them. */
function environment(): Pick<World, 'env' | 'secrets'> {
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, process.env[name]]));
  for (const name of SECRETS) delete process.env[name];
  return { env: { ...process.env }, secrets };
}

function streamOf(stream: NodeJS.WriteStream): Stream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (stream === process.stdout) process.stderr.write(`twlint: ${cutOffWords(error)}\n`);
    process.exit(exit.usage);
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
    input.once('close', () => resolve(''));
    input.once('line', (line) => {
      process.stderr.write('\n');
      resolve(line);
      input.close();
    });
  });
}
