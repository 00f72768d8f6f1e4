/** Chooses what a command's help shows: connecting has a page of its own, as all the others fit a screen. */
import type { Options } from 'yargs';
import type { Command } from './command.ts';

const TOPIC = 'connecting';
const GROUP = 'Connecting:';

/** A command line, and the page of help that it asks for. */
export interface HelpRequest {
  /** The command line without the topic. */
  argv: string[];
  /** null: no help is asked for; `all`: all but connecting. */
  page: 'all' | typeof TOPIC | null;
}

/** Reads `--help connecting`, `-h`, `help`. */
export function helpRequest(argv: readonly string[]): HelpRequest {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const at = argv.findIndex((word, i) => i < end && (word === '--help' || word === '-h'));
  if (at < 0) return { argv: [...argv], page: null };
  if (argv[at + 1] !== TOPIC) return { argv: [...argv], page: 'all' };
  return { argv: argv.filter((_, i) => i !== at + 1), page: TOPIC };
}

/** Returns the options that a page of help lists. */
export function optionsShown(
  options: Command['options'],
  page: 'all' | typeof TOPIC,
): Record<string, Options> {
  const isConnecting = ({ group }: Options) => group === GROUP;
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, option]) => isConnecting(option) === (page === TOPIC))
      .map(([name, option]) => [name, inWords(option)]),
  );
}

/** Says what it takes, and what it is where it is not given; that a switch is off says its name. */
function inWords({ choices = [], default: usual, describe = '', ...option }: Options): Options {
  const isPlain = usual === undefined || typeof usual === 'boolean' || describe.includes(`(${usual})`);
  const terms = [
    ...(choices.length > 0 ? [choices.join(', ')] : []),
    ...(isPlain ? [] : [`default ${usual}`]),
  ];
  return { ...option, describe: `${describe}${terms.length > 0 ? ` (${terms.join('; ')})` : ''}` };
}

/** Returns the line that says where the other page is; empty where there is none. */
export function otherPage({ name, options }: Command): string {
  const connecting = Object.entries(options).flatMap(([option, { group }]) =>
    group === GROUP ? [option] : [],
  );
  if (connecting.length === 0) return '';
  const [command] = name.split(' ');
  return `Connecting (--${connecting.slice(0, 4).join(', --')}, ...): twlint ${command} --help ${TOPIC}`;
}

/** The words about the program that its help and its manual page share. */
export const ABOUT = 'Audits the Linux network stack of a fleet over SSH.';
export const EXIT_STATUS =
  '0 clean, 1 findings, 2 nothing was run, 3 something could not be looked at, 130 interrupted (143 and 129 by SIGTERM and SIGHUP).';
