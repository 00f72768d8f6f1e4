import type { InferredOptionTypes } from 'yargs';
import { UserError } from '../../errors.ts';
import type { connectionOptions } from './options.ts';
import type { Secrets, World } from './world.ts';

/** Passwords that the user gave, each null where nobody did. */
export interface Passwords {
  /** To log in with. */
  password: string | null;
  /** For sudo. */
  becomePassword: string | null;
}

type Args = Pick<InferredOptionTypes<typeof connectionOptions>, 'ask-pass' | 'ask-become-pass'>;

/** Asks for what is to be asked for, once, before anything is connected to. */
export async function passwordsFor(args: Args, { secrets, askSecret }: World): Promise<Passwords> {
  const ask = async (
    option: keyof Args,
    variable: keyof Secrets,
    question: string,
  ): Promise<string | null> => {
    const given = secrets[variable] || null;
    if (given !== null || !args[option]) return given;
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
