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
import inventory from './commands/inventory.ts';
import { joinLoneDash } from './commands/lone-dash.ts';
import rules from './commands/rules.ts';
import schema from './commands/schema.ts';
import { tool } from './commands/tool.ts';
import trace from './commands/trace.ts';
import { exit, type Stream, type World } from './commands/world.ts';
import { nearest, throwIfAny, UserError, UserErrors } from './errors.ts';

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

const SECRETS = ['TWLINT_SSH_PASSWORD', 'TWLINT_BECOME_PASSWORD', 'TWLINT_SSH_PASSPHRASE'];

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
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
    const errors = error instanceof UserErrors ? error.errors : [error];
    for (const each of errors) process.stderr.write(`twlint: ${each.describe()}\n`);
    return exit.usage;
  }
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
      'Exit status: 0 clean, 1 findings, 2 nothing was run, 3 something could not be looked at, 130 interrupted.',
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
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(exit.interrupted);
    stop.abort(new Error('interrupted by the user'));
  });
  return {
    cwd: process.cwd(),
    env: withoutSecrets(),
    stdin: () => text(process.stdin),
    out: streamOf(process.stdout),
    err: streamOf(process.stderr),
    stop: stop.signal,
    askSecret: process.stdin.isTTY && process.stderr.isTTY ? askSecret : null,
  };
}

/** The environment, out of which secrets are taken for our own use: no program that we start inherits them. */
function withoutSecrets(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of SECRETS) delete process.env[name];
  return env;
}

function streamOf(stream: NodeJS.WriteStream): Stream {
  // whoever reads us may have seen enough: `twlint audit ... | head`
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exit.usage : 1));
  const columns = stream.isTTY ? stream.columns : null;
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const color = NO_COLOR ? false : FORCE_COLOR ? FORCE_COLOR !== '0' : columns !== null && TERM !== 'dumb';
  return { write: (text) => void stream.write(text), columns, color };
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
