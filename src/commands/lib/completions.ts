/** Says what may come next on a command line, for shells. Pure. */
import type { Command, CommandHead } from './command.ts';

type Options = Command['options'];

/** The word that a shell's completion calls twlint with. */
export const COMPLETE = '--complete';

/**
 * @param words the words behind `twlint`; the last one is the one that is being typed, and may be empty
 * @param commands all that there are
 * @param command the one that the words begin with; null where there is none
 */
export function completions(
  words: readonly string[],
  commands: readonly CommandHead[],
  command: Command | null,
): string[] {
  const typed = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  if (typed.length === 0) return [...commands.map(wordOf), '--help', '--version'];
  if (command === null) return [];
  const before = optionNamed(typed.at(-1) ?? '', command.options);
  const isValue = before !== undefined && before.type !== 'boolean' && typed.length > 1;
  if (isValue) return (before.choices ?? []).map(String);
  if (current.startsWith('-')) return [...Object.entries(command.options).map(written), '--help'];
  return positionalChoices(command, typed.slice(1));
}

const wordOf = ({ name }: CommandHead): string => name.replace(/ .*$/s, '');

/** A switch that is on is turned off. */
const written = ([name, option]: [string, Options[string]]): string =>
  option.default === true ? `--no-${name}` : `--${name}`;

function optionNamed(word: string, options: Options): Options[string] | undefined {
  const [, long] = /^--([\w-]+)$/.exec(word) ?? [];
  if (long !== undefined) return Object.hasOwn(options, long) ? options[long] : undefined;
  const [, letter] = /^-(\w)$/.exec(word) ?? [];
  return Object.values(options).find(({ alias }) => letter !== undefined && alias === letter);
}

function positionalChoices({ name, positionals = {}, options }: Command, typed: readonly string[]): string[] {
  const isPlain = (word: string, i: number): boolean =>
    !word.startsWith('-') && takesNothing(optionNamed(typed[i - 1] ?? '', options));
  const index = typed.filter(isPlain).length;
  const [, ...names] = name.split(' ').map((word) => word.replace(/[^\w-]/g, ''));
  return [...(positionals[names[index] ?? '']?.choices ?? [])];
}

const takesNothing = (option: Options[string] | undefined): boolean =>
  option === undefined || option.type === 'boolean';
