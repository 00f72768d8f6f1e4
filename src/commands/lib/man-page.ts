/** The manual page: the same names, words and examples that help shows, as roff (man(7), groff_man(7)). Pure. */
import type { Options } from 'yargs';
import type { Command } from './command.ts';
import { optionsShown } from './help.ts';

/** The groups of options that several commands share: a section of the page each. */
const SHARED: Readonly<Record<string, string>> = {
  'Hosts:': 'HOSTS',
  'Rules:': 'RULES',
  'Connecting:': 'CONNECTING',
};

/** The texts of the page that are of no command. */
export interface AboutProgram {
  version: string;
  describe: string;
  exitStatus: string;
}

export function manPage(
  commands: readonly Command[],
  { version, describe, exitStatus }: AboutProgram,
): string {
  const lines = [
    `.TH TWLINT 1 "" "twlint ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    `twlint \\- ${escaped(describe.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B twlint',
    '.I command',
    '[\\fIoption\\fR ...]',
    '.SH DESCRIPTION',
    `${escaped(describe)} It reads and never writes; what it could not look at is never reported as clean.`,
    'Options that several commands have are in the sections HOSTS, RULES and CONNECTING.',
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    ...Object.entries(SHARED).flatMap(([group, title]) => [
      `.SH ${title}`,
      ...sharedOptions(commands, group),
    ]),
    '.SH EXIT STATUS',
    escaped(exitStatus),
    '.SH ENVIRONMENT',
    ...item(
      'TWLINT_SSH_PASSWORD, TWLINT_BECOME_PASSWORD, TWLINT_SSH_PASSPHRASE',
      'The password to log in with, that for sudo, and the passphrase of a key. No program that twlint starts inherits them.',
    ),
    ...item(
      'TWLINT_QUEUE_PASSWORD, TWLINT_QUEUE_KEY',
      'The password of the Redis of --queue, and the key that signs what goes by it. No program inherits them either.',
    ),
    ...item(
      'NO_COLOR, FORCE_COLOR',
      'Text without colours, or with them where standard output is no terminal.',
    ),
    '.SH FILES',
    ...item(
      'twlint.yaml',
      'What counts where the command line does not say, and waivers: the nearest, in the working directory or above it.',
    ),
    ...item('~/.ssh/config, ~/.ssh/known_hosts', "As OpenSSH's."),
    '.SH SEE ALSO',
    '.BR ssh_config (5),',
    '.BR sysctl.d (5),',
    '.BR nft (8),',
    '.BR iptables\\-save (8),',
    '.BR ipvsadm (8)',
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines({ name, describe, positionals = {}, options, examples }: Command): string[] {
  const shown = { ...optionsShown(options, 'all'), ...optionsShown(options, 'connecting') };
  const own = Object.entries(shown).filter(([, { group = '' }]) => !(group in SHARED));
  const sections = Object.entries(SHARED).filter(([group]) =>
    Object.values(options).some((one) => one.group === group),
  );
  const also = sections.map(([, title]) => title).join(', ');
  return [
    `.SS twlint ${escaped(name)}`,
    `${escaped(describe)}.${also === '' ? '' : ` Takes what ${also} list, too.`}`,
    ...Object.entries(positionals).flatMap(([positional, { describe: words, choices = [] }]) =>
      item(positional, `${words}${choices.length > 0 ? ` (${choices.join(', ')})` : ''}`),
    ),
    ...own.flatMap(optionLines),
    ...examples.flatMap(([command, what]) => [
      '.PP',
      escaped(what),
      '.PP',
      '.in +4n',
      '.nf',
      escaped(command),
      '.fi',
      '.in',
    ]),
  ];
}

function sharedOptions(commands: readonly Command[], group: string): string[] {
  const all = Object.assign({}, ...commands.toReversed().map(({ options }) => options)) as Record<
    string,
    Options
  >;
  const shown = { ...optionsShown(all, 'all'), ...optionsShown(all, 'connecting') };
  return Object.entries(shown)
    .filter(([, option]) => option.group === group)
    .flatMap(optionLines);
}

/** `-i, --inventory VALUE`; a switch that is on unless it is switched off is shown as `--no-builtin`. */
function optionLines([name, { alias, type, default: usual, describe = '' }]: [string, Options]): string[] {
  const isSwitch = type === 'boolean';
  const long = isSwitch && usual === true ? `--no-${name}` : `--${name}`;
  const words = isSwitch && usual === true ? `Without: ${describe}` : describe;
  const value = isSwitch ? '' : ' VALUE';
  return item(`${typeof alias === 'string' ? `-${alias}, ` : ''}${long}${value}`, words);
}

const item = (term: string, words: string): string[] => ['.TP', `\\fB${escaped(term)}\\fR`, escaped(words)];

/** Escapes what roff would take for its own, at the beginning of a line and within it. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll("'", '\\(aq')
    .replace(/^\./, '\\&.');
