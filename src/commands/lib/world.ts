/** The surroundings of the process: all that a command may touch beside files and hosts. */
export interface World {
  cwd: string;
  /** The environment without its secrets. */
  env: NodeJS.ProcessEnv;
  secrets: Secrets;
  out: Stream;
  err: Stream;
  /**
   * Aborted, with an Error as its reason, when the user interrupts. A command that never reads it has nothing to
   * keep: it is ended at once.
   */
  readonly stop: AbortSignal;
  /** Prompts for something that must not be shown while it is typed; null where nobody can answer. */
  askSecret: ((question: string) => Promise<string>) | null;
  /** The terminal that a person sits at; absent or null: there is none. */
  terminal?: Terminal | null;
  /** Reads standard input to its end. */
  stdin?: () => Promise<string>;
  /** Gives the bytes of standard input, as they come. */
  stdinBytes?: () => AsyncIterable<Uint8Array>;
}

export interface Terminal {
  size(): { columns: number; rows: number };
  /** True when it shows Unicode. */
  isUnicode: boolean;
  /**
   * Takes the whole screen, and keys as they are pressed, until the function that is returned gives them back. Ctrl-C
   * interrupts as ever.
   */
  takeOver(onKey: (key: string) => void, onResize: () => void): () => void;
}

/** The variables of the environment that are secret. */
export const SECRETS = [
  'TWLINT_SSH_PASSWORD',
  'TWLINT_BECOME_PASSWORD',
  'TWLINT_SSH_PASSPHRASE',
  'TWLINT_QUEUE_PASSWORD',
  'TWLINT_QUEUE_KEY',
] as const;

export type Secrets = { readonly [name in (typeof SECRETS)[number]]?: string | undefined };

/** Returns an environment without its secrets: no program that we start inherits them, and no path can name them. */
export function withSecretsApart(env: NodeJS.ProcessEnv): Pick<World, 'env' | 'secrets'> {
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, env[name]]));
  return { env: Object.fromEntries(Object.entries(env).filter(([name]) => !(name in secrets))), secrets };
}

export interface Stream {
  write(text: string): void;
  /** Writes the pieces no faster than the reader takes them. */
  writeAll(pieces: Iterable<string>): Promise<void>;
  /** Does the same with what a runner of CI is to act upon; absent: nothing of it is kept back by `writeAll`. */
  writeCommands?(pieces: Iterable<string>): Promise<void>;
  /** The width of the terminal; null where it is none. */
  columns: number | null;
  color: boolean;
}

/** Exit statuses of all commands. */
export const exit = { clean: 0, findings: 1, usage: 2, incomplete: 3, interrupted: 130 } as const;
