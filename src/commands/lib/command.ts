import type { InferredOptionTypes, Options } from 'yargs';
import type { World } from './world.ts';

/** One subcommand: its name, its options, and its action, which returns the exit status. */
export interface Command<O extends Record<string, Options> = Record<string, Options>> {
  /** The name in yargs' notation: `rules <action>`. */
  name: string;
  describe: string;
  options: O;
  positionals?: Record<string, { describe: string; choices?: readonly string[]; type?: 'string' }>;
  examples: [command: string, what: string][];
  run(args: InferredOptionTypes<O> & { [positional: string]: unknown }, world: World): Promise<number>;
}

/** Returns the command as it is, with the types of its options. */
export function defineCommand<const O extends Record<string, Options>>(command: Command<O>): Command {
  return command as unknown as Command;
}
