/** `--via COMMAND`: hosts are asked by a command of the operator's. It is never taken from an inventory. */
import { UserError } from '../../errors.ts';
import { shellWords } from '../../inventory/shell-words.ts';
import type { Target } from '../../model.ts';

/** The placeholder of a host's name, within a word or as all of one. */
const HOST = '{host}';

/**
 * Returns the targets with those that would be asked over a connection asked by the command instead. A name of the
 * inventory takes the placeholder's place within its word, whatever it is: words are made before, and no shell sees them.
 */
export function targetsVia(targets: readonly Target[], command: string | undefined): Target[] {
  if (command === undefined) return [...targets];
  const words = wordsOf(command);
  const isAsked = ({ connection: { kind } }: Target) => kind === 'ssh' || kind === 'none';
  const names = targets.filter(isAsked).map(({ host }) => host.name);
  if (names.length > 1 && !words.some((word) => word.includes(HOST)))
    throw new UserError(`--via: the command is the same for ${names[0]}, ${names[1]} and all others`, {
      hint: `${HOST} in it stands for a host's name, as in --via 'docker exec -i ${HOST} sh'`,
    });
  return targets.map((target) =>
    isAsked(target)
      ? { ...target, connection: { kind: 'command', words: wordsFor(words, target.host.name) } }
      : target,
  );
}

const wordsFor = (words: readonly string[], name: string): string[] =>
  words.map((word) => word.replaceAll(HOST, () => name));

/** Splits the command as a shell does; nothing else of what a shell does is done. */
function wordsOf(command: string): string[] {
  const { words, broken } = shellWords(command, { comments: false });
  if (broken !== null) throw new UserError(`--via ${command}: ${broken.message}`, { hint: broken.hint });
  const texts = words.map(({ text }) => text);
  const [operator] = words.filter(({ text, offsets, start }) => offsets[0] === start && OPERATOR.test(text));
  if (operator !== undefined)
    throw new UserError(`--via ${command}: ${operator.text} means nothing here, as no shell runs it`, {
      hint: `where a shell is wanted, name it: --via "sh -c '...' sh {host}"`,
    });
  return texts;
}

/** Words that a shell would not pass on, where they are not in quotes. */
const OPERATOR = /^(?:\||\|\||&|&&|;|\d*[<>].*)$/;
