/**
 * Lays out the first page of a command's help, which fits a screen of 80 columns and 24 lines: the options that most runs
 * need, a line each. `--help all` has the others as well, `--help connecting` those for how hosts are reached.
 */
import type { Options } from 'yargs';
import { hanging } from '../../formats/text/page.ts';
import type { Command, CommandHead } from './command.ts';

const TOPICS = ['all', 'connecting'] as const;
const GROUP = 'Connecting:';
const WIDTH = 80;
const HEIGHT = 24;

/** A command line, and the page of help that it asks for. */
export interface HelpRequest {
  /** The command line without the topic. */
  argv: string[];
  /** null: no help is asked for. */
  page: 'first' | (typeof TOPICS)[number] | null;
}

/** Options that few runs need. */
const SELDOM: ReadonlySet<string> = new Set([
  ...[
    'root-prefix',
    'shard',
    'exclude',
    'allow-supersede',
    'builtin',
    'stale-waivers',
    'profile',
    'all',
    'category',
  ],
  ...['sarif-suppressed', 'config', 'netns', 'verbose', 'quiet', 'print-script', 'install-as'],
  ...['queue-key', 'queue-prefix', 'resume', 'interval', 'ipset', 'packets', 'mark', 'out-address'],
]);

/** Reads `--help connecting`, `-h`. */
export function helpRequest(argv: readonly string[]): HelpRequest {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const at = argv.findIndex((word, i) => i < end && (word === '--help' || word === '-h'));
  if (at < 0) return { argv: [...argv], page: null };
  const page = TOPICS.find((topic) => topic === argv[at + 1]);
  if (page === undefined) return { argv: [...argv], page: 'first' };
  return { argv: argv.filter((_, i) => i !== at + 1), page };
}

/** Returns the page that lists the commands. */
export function commandsPage(commands: readonly CommandHead[]): string {
  const rows = commands.map(({ name, describe }): Row => [`  ${name}`, describe]);
  return page([`${ABOUT} twlint COMMAND [--help]:`, '', ...table(rows), `Exit status: ${EXIT_STATUSES}`]);
}

/** Returns a command's first page. */
export function firstPage(command: Command): string {
  const { name, describe, positionals = {}, options, examples } = command;
  const shown = Object.entries(optionsShown(options, 'all')).filter(([option]) => !SELDOM.has(option));
  const rows = [
    ...Object.entries(positionals).map(
      ([word, { describe: what, choices = [] }]): Row => [
        `  ${word}`,
        inWords({ describe: what, choices: [...choices] }),
      ],
    ),
    ...shown.map(
      ([option, { alias, describe: what = '' }]): Row => [
        `  ${typeof alias === 'string' ? `-${alias}, ` : '    '}--${option}`,
        what,
      ],
    ),
  ];
  const above = [`twlint ${name}`, '', describe, ...(rows.length > 0 ? [''] : []), ...table(rows), ''];
  const below = otherPages(command);
  const few = examples
    .map(([line, what]) => `  ${line}   # ${what}`)
    .filter((line) => line.length <= WIDTH)
    .slice(0, Math.max(0, HEIGHT - above.length - below.length));
  return page([...above, ...few, ...(few.length > 0 ? below : below.slice(1))]);
}

type Row = [label: string, words: string];

const page = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

function table(rows: readonly Row[]): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  return rows.flatMap(([label, words]) => hanging(`${label.padEnd(width)}  `, words, WIDTH));
}

/** Returns the options that a page of help lists, with what they take in words. */
export function optionsShown(
  options: Command['options'],
  topic: (typeof TOPICS)[number],
): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, { group }]) => (group === GROUP) === (topic === 'connecting'))
      .map(([name, { choices: _choices, default: _usual, ...option }]) => [
        name,
        { ...option, describe: inWords(options[name] ?? {}) },
      ]),
  );
}

/** Says what it takes, and what it is where it is not given; that a switch is off says its name. */
function inWords({ choices = [], default: usual, describe = '' }: Options): string {
  const isPlain = usual === undefined || typeof usual === 'boolean' || describe.includes(`(${usual})`);
  const terms = [
    ...(choices.length > 0 ? [choices.join(', ')] : []),
    ...(isPlain ? [] : [`default ${usual}`]),
  ];
  return `${describe}${terms.length > 0 ? ` (${terms.join('; ')})` : ''}`;
}

/** Returns the lines that say where the other pages are. */
function otherPages({ name, options }: Command): string[] {
  const [command] = name.split(' ');
  const seldom = Object.keys(options).filter((option) => SELDOM.has(option));
  const connecting = Object.keys(options).filter((option) => options[option]?.group === GROUP);
  const lines = [
    ...(seldom.length > 0 ? [`All options: twlint ${command} --help all`] : []),
    ...(connecting.length > 0
      ? [`Connecting (--${connecting.slice(0, 2).join(', --')}, ...): twlint ${command} --help connecting`]
      : []),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

/** The words about the program that its help and its manual page share. */
export const ABOUT = 'Audits the Linux network stack of a fleet over SSH.';
const EXIT_STATUSES = '0 clean, 1 findings, 2 nothing run, 3 not all seen, 130 interrupted';
export const EXIT_STATUS =
  '0 clean, 1 findings, 2 nothing was run, 3 something could not be looked at, 130 interrupted (143 and 129 by SIGTERM and SIGHUP).';
