import { inspect } from 'node:util';
import yargs, { type Argv } from 'yargs';
import audit from './commands/audit.ts';
import collect from './commands/collect.ts';
import completion, { COMPLETE } from './commands/completion.ts';
import config from './commands/config.ts';
import demo from './commands/demo.ts';
import diff from './commands/diff.ts';
import doctor from './commands/doctor.ts';
import explain from './commands/explain.ts';
import facts from './commands/facts.ts';
import fix from './commands/fix.ts';
import inventory from './commands/inventory.ts';
import { plainArguments } from './commands/lib/arguments.ts';
import type { Command } from './commands/lib/command.ts';
import { completions } from './commands/lib/completions.ts';
import { configFor, optionValues, settingsInForce } from './commands/lib/configuration.ts';
import { helpRequest, optionsShown, otherPage } from './commands/lib/help.ts';
import { withSignal } from './commands/lib/interruption.ts';
import { tool } from './commands/lib/tool.ts';
import { exit, type Stream, type World } from './commands/lib/world.ts';
import rules from './commands/rules.ts';
import schema from './commands/schema.ts';
import trace from './commands/trace.ts';
import waive from './commands/waive.ts';
import watch from './commands/watch.ts';
import { NO_CONFIG } from './config/config.ts';
import { UserError, UserErrors } from './errors.ts';
import { withoutLogCommands, withoutLogCommandsIn } from './formats/log-commands.ts';
import { printable } from './formats/printable.ts';

const COMMANDS: Command[] = [
  audit,
  watch,
  fix,
  waive,
  diff,
  collect,
  trace,
  inventory,
  doctor,
  rules,
  explain,
  facts,
  config,
  schema,
  completion,
  demo,
];

/** Does what the command line asks for, and returns the exit status: all of twlint but the process that it runs in. */
export async function main(argv: string[], surroundings: World): Promise<number> {
  const world = guardedWorld(surroundings);
  try {
    return await dispatch(argv, world);
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : [error];
    for (const each of errors) world.err.write(`twlint: ${errorMessage(each)}\n`);
    // what is wrong after an interruption is wrong because of it
    return world.stop.aborted ? withSignal(exit.interrupted, world.stop) : exit.usage;
  }
}

/** In a CI job, whatever is written may be taken for a command to the runner. Who asks for `stop` heeds it. */
function guardedWorld(world: World): World {
  const { cwd, env, secrets, stdin, askSecret, terminal = null } = world;
  const [out, err] = [guarded(world.out), guarded(world.err)];
  return {
    cwd,
    env,
    secrets,
    ...(stdin !== undefined && { stdin }),
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
      : `this is an internal error of twlint; please report it\n${inspect(error)}`;
  return whole.split('\n').map(printable).join('\n');
}

/** Help says in words what an option takes; the types of yargs do not have this method of its. */
const withoutTypes = (cli: Argv): Argv =>
  (cli as Argv & { usageConfiguration(configuration: object): Argv }).usageConfiguration({
    'hide-types': true,
  });

async function dispatch(argv: string[], world: World): Promise<number> {
  if (argv[0] === COMPLETE) {
    world.out.write(
      completions(argv.slice(1), COMMANDS)
        .map((word) => `${word}\n`)
        .join(''),
    );
    return exit.clean;
  }
  let result: number = exit.clean;
  const help = helpRequest(argv);
  const words = plainArguments(help.argv, COMMANDS);
  let cli = withoutTypes(yargs())
    .scriptName('twlint')
    .usage('$0 <command>\n\nAudits the Linux network stack of a fleet over SSH.')
    .version(tool().version)
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
    })
    .alias({ help: 'h', version: 'V' })
    .strict()
    .recommendCommands()
    .demandCommand(1, 'which command?')
    .wrap(Math.min(world.out.columns ?? 100, 110))
    .epilogue(
      'Exit status: 0 clean, 1 findings, 2 nothing was run, 3 something could not be looked at, 130 interrupted (143 and 129 by SIGTERM and SIGHUP).',
    )
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UserError(message, { hint: 'twlint --help' });
    });
  for (const command of COMMANDS) {
    let configured = NO_CONFIG;
    cli = cli.command(
      command.name,
      command.describe,
      (y) => {
        for (const [name, positional] of Object.entries(command.positionals ?? {}))
          y.positional(name, positional);
        if (help.page !== null)
          return y
            .options(optionsShown(command.options, help.page))
            .example(help.page === 'all' ? command.examples : [])
            .epilogue(help.page === 'all' ? otherPage(command) : '');
        configured = configFor(command, words, world.cwd);
        return y
          .options(command.options)
          .example(command.examples)
          .config(optionValues(settingsInForce(configured, command, words)));
      },
      async (args) => {
        result = await command.run(args, world, configured);
        if (result === exit.interrupted) result = withSignal(result, world.stop);
      },
    );
  }
  // what yargs prints by itself, as help, is ours to print
  await cli.parseAsync(words, {}, (_error, _args, output) => {
    if (output !== '') world.out.write(`${output}\n`);
  });
  return result;
}
