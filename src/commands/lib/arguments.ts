/**
 * Checks a command line against the options of its command. yargs guesses where a value is missing or begins with a
 * dash, and may take `--from --help.tar.xz` for a request for help: it gets every option as `--name=value`.
 */
import { nearest, UserError } from '../../errors.ts';
import type { Command } from './command.ts';

type Options = Command['options'];

/** Options whose value may be `-`: standard input. */
const FROM_STDIN: ReadonlySet<string> = new Set(['inventory', 'root', 'nat', 'ipset', 'packets']);

/** An option as it was given, or another argument. */
type Token =
  | { kind: 'word'; text: string }
  | { kind: 'option'; name: string; value: string | boolean }
  | { kind: 'mistake'; error: UserError };

/** Returns the same command line without anything to guess. Throws a UserError for the first mistake in it. */
export function plainArguments(argv: readonly string[], commands: readonly Command[]): string[] {
  const all: Options = Object.assign({}, ...commands.map(({ options }) => options));
  const words = tokensOf(argv, all).filter((token) => token.kind === 'word');
  const command = commands.find(({ name }) => name.split(' ')[0] === words[0]?.text);
  const options = command?.options ?? all;
  const seen = new Set<string>();
  const plain: string[] = [];
  for (const token of tokensOf(argv, options, command)) {
    if (token.kind === 'mistake') throw token.error;
    if (token.kind === 'option') plain.push(plainOption(token, options, seen));
  }
  const [first = [], ...others] = words.map(({ text }) => text);
  if (command !== undefined && !seen.has('help')) checkPositionals(command, others);
  const apart = others.some((word) => word.startsWith('-')) ? ['--'] : [];
  return [first, plain, apart, others].flat();
}

function plainOption(
  { name, value }: Token & { kind: 'option' },
  options: Options,
  seen: Set<string>,
): string {
  if (seen.has(name) && options[name]?.array !== true)
    throw usageError(`--${name} was given more than once`, 'it has one value: leave the others out');
  seen.add(name);
  if (typeof value === 'boolean') return value ? `--${name}` : `--no-${name}`;
  if (value === '') return `--${name}`;
  checkChoice(`--${name}`, value, options[name]?.choices);
  return `--${name}=${value}`;
}

/** The options that every command has. */
const EVERYWHERE: Options = {
  help: { type: 'boolean', alias: 'h' },
  version: { type: 'boolean', alias: 'V' },
};

function tokensOf(argv: readonly string[], options: Options, command?: Command): Token[] {
  const known = { ...options, ...EVERYWHERE };
  const tokens: Token[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return [...tokens, ...rest.map((text): Token => ({ kind: 'word', text }))];
    if (word.trim() === '')
      tokens.push(failed('an argument is empty', 'is a variable of the shell not set?'));
    else if (word === '-' || !word.startsWith('-')) tokens.push({ kind: 'word', text: word });
    else if (word.startsWith('--')) tokens.push(longOption(word, rest, known, command));
    else tokens.push(...shortOptions(word, rest, known, command));
  }
  return tokens;
}

/** `--from=DIR`, `--from DIR`, `--all`, `--no-builtin` */
function longOption(word: string, rest: string[], options: Options, command?: Command): Token {
  const [, name = '', attached] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const negated = name.replace(/^no-/, '');
  if (isSwitch(options, name)) return switchOf(name, attached);
  if (negated !== name && isSwitch(options, negated) && attached === undefined)
    return { kind: 'option', name: negated, value: false };
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) return unknown(name, options, command);
  return withValue(name, `--${name}`, attached, rest, isOptional(option));
}

/** `-vq`, `-l web`, `-lweb`, `-l=web` */
function shortOptions(word: string, rest: string[], options: Options, command?: Command): Token[] {
  const tokens: Token[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const [name, option] = Object.entries(options).find(([, { alias }]) => alias === letter) ?? [];
    if (name === undefined || option === undefined)
      return [...tokens, unknown(word.slice(at), options, command)];
    if (isSwitch(options, name)) tokens.push({ kind: 'option', name, value: true });
    else {
      const attached = word.slice(at + 1).replace(/^=/, '');
      const value = at + 1 < word.length ? attached : undefined;
      return [...tokens, withValue(name, `-${letter}`, value, rest, isOptional(option))];
    }
  }
  return tokens;
}

const isSwitch = (options: Options, name: string) =>
  Object.hasOwn(options, name) && options[name]?.type === 'boolean';

/** Tells whether an option may stand without its value, as --install-as does. */
const isOptional = ({ requiresArg, choices }: Options[string]) =>
  requiresArg !== true && choices === undefined;

function switchOf(name: string, attached: string | undefined): Token {
  if (attached === undefined || attached === 'true') return { kind: 'option', name, value: true };
  if (attached === 'false') return { kind: 'option', name, value: false };
  return failed(`--${name}=${attached}: --${name} takes no value`, `write --${name}, or --no-${name}`);
}

function withValue(
  name: string,
  shown: string,
  attached: string | undefined,
  rest: string[],
  mayBeBare: boolean,
): Token {
  const long = (value: string) => `--${name}=${value}`;
  if (attached === undefined) {
    const next = rest[0];
    if (mayBeBare && (next === undefined || next.startsWith('-'))) return { kind: 'option', name, value: '' };
    if (next === undefined) return failed(`${shown}: its value is missing`, `as in ${long('VALUE')}`);
    if (next === '-' && !FROM_STDIN.has(name))
      return failed(`${shown} -: it is not read from standard input`, `a file called - is ${long('./-')}`);
    if (next.startsWith('-') && next !== '-')
      return failed(
        `${shown}: its value is missing, as ${next} begins with a dash`,
        `if that is the value, write ${long(next)}`,
      );
  }
  const value = attached ?? rest.shift() ?? '';
  if (value.trim() === '')
    return failed(
      `${shown}: its value is empty`,
      `as in ${long('VALUE')}; is a variable of the shell not set?`,
    );
  return { kind: 'option', name, value };
}

function unknown(name: string, options: Options, command: Command | undefined): Token {
  const near = nearest(name, Object.keys(options));
  const help = `twlint ${command === undefined ? '' : `${wordOf(command)} `}--help lists what there is`;
  return failed(`Unknown argument: ${name}`, near === null ? help : `did you mean --${near}?`);
}

function checkPositionals(command: Command, words: readonly string[]): void {
  const expected = command.name.split(' ').slice(1);
  for (const [i, positional] of expected.entries()) {
    const name = positional.replace(/[^\w-]/g, '');
    const choices = command.positionals?.[name]?.choices;
    const word = words[i];
    if (word !== undefined) checkChoice(wordOf(command), word, choices);
    else if (positional.startsWith('<'))
      throw usageError(
        `${wordOf(command)}: ${positional} is missing`,
        choices ? `it is ${listed(choices)}` : `twlint ${wordOf(command)} --help`,
      );
  }
  const extra = words[expected.length];
  if (extra !== undefined && !command.name.includes('..'))
    throw usageError(
      `Unknown argument: ${extra}`,
      'inventory' in command.options
        ? `if it is an inventory: twlint ${wordOf(command)} -i ${extra}`
        : `twlint ${wordOf(command)} --help lists what there is`,
    );
}

function checkChoice(shown: string, value: string, choices: Command['options'][string]['choices']): void {
  if (choices === undefined || choices.some((choice) => choice === value)) return;
  const near = nearest(value, choices.map(String));
  throw usageError(
    `${shown} ${value}: there is no such choice`,
    `${near === null ? '' : `did you mean ${near}? `}it is ${listed(choices)}`,
  );
}

const wordOf = ({ name }: Command) => name.replace(/ .*$/s, '');
const listed = (choices: readonly unknown[]) => choices.join(', ').replace(/, ([^,]*)$/, ' or $1');
const usageError = (message: string, hint: string) => new UserError(message, { hint });
const failed = (message: string, hint: string): Token => ({
  kind: 'mistake',
  error: usageError(message, hint),
});
