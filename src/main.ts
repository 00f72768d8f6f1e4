import { inspect } from 'node:util';
import yargs, { type Argv } from 'yargs';
import { COMMANDS, commandNamed, commandsFor } from './commands/index.ts';
import { plainArguments } from './commands/lib/arguments.ts';
import type { Command } from './commands/lib/command.ts';
import { COMPLETE, completions } from './commands/lib/completions.ts';
import { ABOUT, commandsPage, firstPage, helpRequest, optionsShown } from './commands/lib/help.ts';
import { withSignal } from './commands/lib/interruption.ts';
import { tool } from './commands/lib/tool.ts';
import { exit, type Stream, type World } from './commands/lib/world.ts';
import { NO_CONFIG } from './config/config.ts';
import { isOutOfFiles, nearest, systemMessage, UserError, UserErrors } from './errors.ts';
import { withoutLogCommands, withoutLogCommandsIn } from './formats/log-commands.ts';
import { printable } from './formats/printable.ts';

/** Does what the command line asks for, and returns the exit status: all of twlint but the process that it runs in. */
export async function main(argv: string[], surroundings: World): Promise<number> {
  const world = guardedWorld(surroundings);
  try {
    return await dispatch(argv, world);
  } catch (error) {
    // modules are opened when they are needed: start.ts says what that lacked
    if (isOutOfFiles(error)) throw error;
    const errors = error instanceof UserErrors ? error.errors : [error];
    for (const each of errors) world.err.write(`twlint: ${errorMessage(each)}\n`);
    // what is wrong after an interruption is wrong because of it
    return world.stop.aborted ? withSignal(exit.interrupted, world.stop) : exit.usage;
  }
}

/** In a CI job, whatever is written may be taken for a command to the runner. Who asks for `stop` heeds it. */
function guardedWorld(world: World): World {
  const { cwd, env, secrets, stdin, stdinBytes, askSecret, terminal = null } = world;
  const [out, err] = [guarded(world.out), guarded(world.err)];
  return {
    cwd,
    env,
    secrets,
    ...(stdin !== undefined && { stdin }),
    ...(stdinBytes !== undefined && { stdinBytes }),
    askSecret,
    terminal,
    out,
    err,
    get stop() {
      return world.stop;
    },
  };
}

const guarded = (stream: Stream): Stream => ({
  ...stream,
  write: (text) => stream.write(withoutLogCommands(text)),
  writeAll: (pieces) => stream.writeAll(withoutLogCommandsIn(pieces)),
  writeCommands: (pieces) => stream.writeAll(pieces),
});

/** Returns the message of an error. Files that others wrote, and hosts, have a part in it. */
function errorMessage(error: unknown): string {
  const whole =
    error instanceof UserError
      ? error.describe()
      : (systemMessage(error) ?? `this is an internal error of twlint; please report it\n${inspect(error)}`);
  return whole.split('\n').map(printable).join('\n');
}

/** Help says in words what an option takes; the types of yargs do not have this method of its. */
const withoutTypes = (cli: Argv): Argv =>
  (cli as Argv & { usageConfiguration(configuration: object): Argv }).usageConfiguration({
    'hide-types': true,
  });

/** yargs lays out a page of help for each command that it runs, which takes it longer the more options are on it. */
const outOfHelp = (options: Command['options']): Command['options'] =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { ...option, hidden: true }]));

/** Reads the configuration that counts for a command, and the values that its options have of it. */
async function configured(command: Command | null, words: string[], cwd: string) {
  if (command === null) return { config: NO_CONFIG, values: {} };
  const { configFor, optionValues, settingsInForce } = await import('./commands/lib/configuration.ts');
  const config = configFor(command, words, cwd);
  return { config, values: optionValues(settingsInForce(config, command, words)) };
}

function noCommand(word: string): UserError {
  const near = nearest(
    word,
    COMMANDS.map(({ name }) => name.split(' ')[0] ?? name),
  );
  return new UserError(`there is no command ${word}`, {
    hint: near === null ? 'twlint --help lists them' : `did you mean twlint ${near}?`,
  });
}

async function dispatch(argv: string[], world: World): Promise<number> {
  if (argv[0] === COMPLETE) {
    const [, ...typed] = argv;
    const words = completions(typed, COMMANDS, await commandNamed(typed[0]));
    world.out.write(words.map((word) => `${word}\n`).join(''));
    return exit.clean;
  }
  // not from within yargs, which lays out a page of help before it waits for anything
  let begin = async (): Promise<number> => exit.clean;
  const help = helpRequest(argv);
  const commands = await commandsFor(help.argv);
  const words = plainArguments(help.argv, commands);
  const called = commands.find(({ name }) => name.split(' ')[0] === words[0]) ?? null;
  const [first] = words;
  if (called === null && first !== undefined && !first.startsWith('-')) throw noCommand(first);
  if (help.page === 'first' && (called !== null || words.every((word) => word.startsWith('-')))) {
    world.out.write(called === null ? commandsPage(COMMANDS) : firstPage(called));
    return exit.clean;
  }
  const { config, values } = await configured(help.page === null ? called : null, words, world.cwd);
  let cli = withoutTypes(yargs())
    .scriptName('twlint')
    .usage(`$0 <command>\n\n${ABOUT}`)
    .version(tool().version)
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
    })
    .alias({ help: 'h', version: 'V' })
    .strict()
    .demandCommand(1, 'which command?')
    .wrap(Math.min(world.out.columns ?? 100, 110))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UserError(message, { hint: 'twlint --help' });
    });
  for (const { name, describe } of COMMANDS) {
    if (name !== called?.name) {
      cli = cli.command(name, describe);
      continue;
    }
    cli = cli.command(
      name,
      describe,
      (y) => {
        for (const [name, positional] of Object.entries(called.positionals ?? {}))
          y.positional(name, positional);
        return help.page === 'all' || help.page === 'connecting'
          ? y
              .options(optionsShown(called.options, help.page))
              .example(help.page === 'all' ? called.examples : [])
          : y.options(help.page === null ? outOfHelp(called.options) : called.options).config(values);
      },
      (args) => {
        begin = () => called.run(args, world, config);
      },
    );
  }
  // what yargs prints by itself, as help, is ours to print
  await cli.parseAsync(words, {}, (_error, _args, output) => {
    if (output !== '') world.out.write(`${output}\n`);
  });
  const result = await begin();
  return result === exit.interrupted ? withSignal(result, world.stop) : result;
}
