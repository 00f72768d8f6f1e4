/** All that a command may touch of the world beside files and hosts. */
export interface World {
  cwd: string;
  /** Without the secrets. */
  env: NodeJS.ProcessEnv;
  secrets: Secrets;
  out: Stream;
  err: Stream;
  /**
   * Aborted, with an Error as its reason, when the user interrupts. A command that never asks for it has nothing to
   * keep: it is ended at once.
   */
  readonly stop: AbortSignal;
  /** Asks for something that must not be shown while it is typed; null where nobody can answer. */
  askSecret: ((question: string) => Promise<string>) | null;
  /** Reads standard input to its end. */
  stdin?: () => Promise<string>;
}

/** Variables of the environment that nobody else gets to see. */
export const SECRETS = ['TWLINT_SSH_PASSWORD', 'TWLINT_BECOME_PASSWORD', 'TWLINT_SSH_PASSPHRASE'] as const;

export type Secrets = { readonly [name in (typeof SECRETS)[number]]?: string | undefined };

/** An environment without its secrets: no program that we start inherits them, and no path can name them. */
export function withSecretsApart(env: NodeJS.ProcessEnv): Pick<World, 'env' | 'secrets'> {
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, env[name]]));
  return { env: Object.fromEntries(Object.entries(env).filter(([name]) => !(name in secrets))), secrets };
}

export interface Stream {
  write(text: string): void;
  /** No faster than whoever reads it takes it. */
  writeAll(pieces: Iterable<string>): Promise<void>;
  /** A terminal's width; null where it is none. */
  columns: number | null;
  color: boolean;
}

/** Exit statuses of all commands. */
export const exit = { clean: 0, findings: 1, usage: 2, incomplete: 3, interrupted: 130 } as const;
