import type { InferredOptionTypes, Options } from 'yargs';
import type { Config } from '../../config/config.ts';
import type { World } from './world.ts';

/** One subcommand, as far as the list of commands shows it. */
export interface CommandHead {
  /** The name in yargs' notation: `rules <action>`. */
  name: string;
  describe: string;
}

/** The rest of it: its options, and its action, which returns the exit status. */
export interface CommandBody<O extends Record<string, Options> = Record<string, Options>> {
  options: O;
  positionals?: Record<string, { describe: string; choices?: readonly string[]; type?: 'string' }>;
  examples: [command: string, what: string][];
  /** Does it. Options that the command line leaves out have the configuration's values already. */
  run(
    args: InferredOptionTypes<O> & { [positional: string]: unknown },
    world: World,
    config: Config,
  ): Promise<number>;
}

export type Command = CommandHead & CommandBody;

/** Returns the command as it is, with the types of its options. */
export function defineCommand<const O extends Record<string, Options>>(command: CommandBody<O>): CommandBody {
  return command as unknown as CommandBody;
}
