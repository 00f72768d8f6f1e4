/** `%h`, `${HOME}` and the like in values of ssh_config(5), "TOKENS" and "ENVIRONMENT VARIABLES". Pure. */

/** The value of each token, by its letter. */
export type Tokens = Readonly<Record<string, string>>;

/** The ones that ProxyJump takes are always there. */
export type ConnectionTokens = Tokens & Readonly<Record<'h' | 'n' | 'p' | 'r', string>>;

export type Expanded = { ok: true; text: string } | { ok: false; why: string };

/** Expands tokens. `%%` is a `%`. Where `env` is null, `${NAME}` stays as it is. */
export function expand(text: string, tokens: Tokens, env: NodeJS.ProcessEnv | null): Expanded {
  let why: string | null = null;
  const expanded = text.replace(/%(.?)|\$\{([^}]*)\}/gs, (whole, letter?: string, name = '') => {
    if (letter === '%') return '%';
    if (letter !== undefined) {
      why ??= tokens[letter] === undefined ? `${whole} means nothing here` : null;
      return tokens[letter] ?? '';
    }
    if (env === null) return whole;
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    why ??= value === undefined ? `the environment has no ${name}` : null;
    return value ?? '';
  });
  return why === null ? { ok: true, text: expanded } : { ok: false, why };
}
