import type { GivenVariables } from './given-variables.ts';

/** The surroundings that an inventory may use beside files. */
export interface Surroundings {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Reads standard input to its end, for `-i -`. */
  stdin?: () => Promise<string>;
  /** Receives warnings, which are no mistakes. */
  warn?: (text: string) => void;
  /** The variables that the command line gives to all hosts. */
  given?: GivenVariables;
}
