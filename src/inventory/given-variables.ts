/** Variables that the command line gives to every host: -u and -b, and -e, with the precedence that they have in Ansible. */
import { UserError } from '../errors.ts';
import type { Json, Source } from '../model.ts';
import { shellWords } from './shell-words.ts';
import type { Variable, Variables } from './statements.ts';

/** The name in place of a file's: a column counts characters of the argument. */
export const COMMAND_LINE = 'command-line';

export interface GivenVariables {
  /** Below whatever an inventory says. */
  usual: Variables;
  /** Above whatever an inventory says. */
  extra: Variables;
}

export const NOTHING_GIVEN: GivenVariables = { usual: new Map(), extra: new Map() };

export const variableOf = (value: Json, source: Source): Variable => ({ value, source, nameSource: source });

/** Makes variables of -u USER, -b and each -e 'KEY=VALUE ...'. Throws a UserError where one is none. */
export function givenVariables(
  user: string | undefined,
  become: boolean,
  pairs: readonly string[],
): GivenVariables {
  const here = { file: COMMAND_LINE, line: 1, column: 1 };
  const usual = new Map([
    ...(user === undefined ? [] : ([['ansible_user', variableOf(user, here)]] as const)),
    ...(become ? ([['ansible_become', variableOf(true, here)]] as const) : []),
  ]);
  return { usual, extra: new Map(pairs.flatMap(pairsIn)) };
}

/** `port=22 note='two words'`: values are text, as in Ansible. */
function pairsIn(text: string): [string, Variable][] {
  if (/^\s*[@{[]/.test(text))
    throw new UserError(`-e ${text}: neither files nor JSON are read`, {
      hint: 'write KEY=VALUE; more of them belong in host_vars or group_vars beside the inventory',
    });
  const { words, broken } = shellWords(text, { comments: false });
  if (broken !== null) throw new UserError(`-e ${text}: ${broken.message}`, { hint: broken.hint });
  return words.map(({ text: word, start }) => {
    const [, name, value] = /^([a-z_]\w*)=(.*)$/is.exec(word) ?? [];
    if (name === undefined || value === undefined)
      throw new UserError(`-e ${word}: no KEY=VALUE`, {
        hint: 'as in -e ansible_port=2222; a value with blanks has quotes around it',
      });
    return [name, variableOf(value, { file: COMMAND_LINE, line: 1, column: start + 1 })];
  });
}
