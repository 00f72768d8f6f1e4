import type { InferredOptionTypes } from 'yargs';
import { UserError } from '../../errors.ts';
import type { connectionOptions } from './connection-options.ts';
import type { Secrets, World } from './world.ts';

/** The passwords that the user gave; each is null where none was given. */
export interface Passwords {
  /** The password for login. */
  password: string | null;
  /** The password for sudo. */
  becomePassword: string | null;
}

type Args = Pick<InferredOptionTypes<typeof connectionOptions>, 'ask-pass' | 'ask-become-pass'>;

/** Prompts for the passwords that the options request, once, before the first connection. */
export async function passwordsFor(args: Args, { secrets, askSecret }: World): Promise<Passwords> {
  const ask = async (
    option: keyof Args,
    variable: keyof Secrets,
    question: string,
  ): Promise<string | null> => {
    const secret = secrets[variable] || null;
    if (secret !== null || !args[option]) return secret;
    if (askSecret === null)
      throw new UserError(`--${option}: nobody can be asked here`, { hint: `set ${variable}` });
    return (await askSecret(question)) || null;
  };
  const password = await ask('ask-pass', 'TWLINT_SSH_PASSWORD', 'SSH password: ');
  const becomePassword = await ask('ask-become-pass', 'TWLINT_BECOME_PASSWORD', 'sudo password: ');
  const broken = [password, becomePassword].some((text) => text !== null && /[\r\n\0]/.test(text));
  if (broken) throw new UserError('a password has no line breaks in it');
  return { password, becomePassword };
}
