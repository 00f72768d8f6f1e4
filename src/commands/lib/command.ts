import type { InferredOptionTypes, Options } from 'yargs';
import type { World } from './world.ts';

/** One subcommand: what it is called, what it takes, what it does. Gives the exit status. */
export interface Command<O extends Record<string, Options> = Record<string, Options>> {
  /** As yargs writes it: `rules <action>`. */
  name: string;
  describe: string;
  options: O;
  positionals?: Record<string, { describe: string; choices?: readonly string[]; type?: 'string' }>;
  examples: [command: string, what: string][];
  run(args: InferredOptionTypes<O> & { [positional: string]: unknown }, world: World): Promise<number>;
}

/** Keeps the options' types; gives the command back. */
export function defineCommand<const O extends Record<string, Options>>(command: Command<O>): Command {
  return command as unknown as Command;
}
