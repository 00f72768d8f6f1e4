/** The pages of help, and what shells complete. */
import { expect, it } from 'vitest';
import { allCommands } from '../../src/commands/index.ts';
import type { Command } from '../../src/commands/lib/command.ts';
import { connectionOptions } from '../../src/commands/lib/connection-options.ts';
import { SCHEMAS } from '../../src/commands/lib/schemas.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const commands = await allCommands();
const here = temporaryFolder('help');
const wordOf = ({ name }: Command) => name.split(' ')[0]!;
const isConnecting = ({ group }: { group?: string | undefined }) => group === 'Connecting:';

it.each(commands.map((command) => [wordOf(command), command] as const))(
  'twlint %s --help lists all of its options, those about connecting on a page of their own',
  async (word, { options }) => {
    const pages = {
      first: await twlint(here, [word, '--help']),
      all: await twlint(here, [word, '--help', 'all']),
      connecting: await twlint(here, [word, '-h', 'connecting']),
    };
    for (const [name, option] of Object.entries(options)) {
      const isThere = (text: string) => new RegExp(`^ +(-\\w, +)?--${name}\\s`, 'm').test(text);
      expect([name, isThere(pages.all.stdout), isThere(pages.connecting.stdout)]).toEqual([
        name,
        !isConnecting(option),
        isConnecting(option),
      ]);
      expect(isThere(pages.first.stdout) && isConnecting(option)).toBe(false);
      for (const choice of isConnecting(option) ? [] : (option.choices ?? []))
        expect(pages.all.stdout).toContain(String(choice));
    }
    expect(Object.values(pages).map(({ status }) => status)).toEqual([0, 0, 0]);
    for (const page of ['all', 'connecting']) {
      const has = Object.entries(options).some(
        ([name, option]) =>
          !new RegExp(`--${name}\\s`).test(pages.first.stdout) &&
          isConnecting(option) === (page === 'connecting'),
      );
      expect(pages.first.stdout.includes(`twlint ${word} --help ${page}`)).toBe(has);
    }
  },
);

it.each([[], ...commands.map((command) => [wordOf(command)])])(
  'twlint %s --help fits a screen of 80 columns and 24 lines, and says what each thing is',
  async (...words) => {
    const { stdout, status } = await twlint(here, [...words, '--help']);
    const lines = stdout.trimEnd().split('\n');
    expect([status, lines.length <= 24, lines.filter((line) => line.length > 80)]).toEqual([0, true, []]);
    if (words.length === 0)
      for (const { name, describe } of commands)
        expect(lines).toContainEqual(
          expect.stringMatching(new RegExp(`^ {2}${name.replace(/[[\].]/g, '\\$&')} +${describe}$`)),
        );
  },
);

const completed = async (...words: string[]) =>
  (await twlint(here, ['--complete', ...words])).stdout.trimEnd().split('\n');

it('a shell completes commands, options and their choices', async () => {
  expect(await completed('')).toEqual(expect.arrayContaining(['audit', 'waive', 'doctor']));
  const audit = await completed('audit', '--');
  expect(audit).toEqual(
    expect.arrayContaining([
      '--inventory',
      '--baseline',
      ...Object.keys(connectionOptions).map((it) => `--${it}`),
    ]),
  );
  expect(audit).toContain('--no-builtin');
  expect(await completed('audit', '--fail-on', '')).toEqual(['error', 'warning', 'note', 'never']);
  expect(await completed('audit', '-i', 'hosts.yaml', '--fail-on', 'e')).toEqual([
    'error',
    'warning',
    'note',
    'never',
  ]);
  expect(await completed('rules', '--quiet', '')).toEqual(['list', 'test', 'new']);
  expect(await completed('schema', '')).toEqual(Object.keys(SCHEMAS));
  // files
  expect(await completed('audit', '--from', '')).toEqual(['']);
});

it('-V is the version', async () => {
  const [short, long] = [await twlint(here, ['-V']), await twlint(here, ['--version'])];
  expect([short.status, short.stdout]).toEqual([0, long.stdout]);
});

it('an inventory without -i is told what it lacks', async () => {
  const { status, stderr } = await twlint(here, ['audit', 'hosts.yaml']);
  expect([status, stderr]).toEqual([
    2,
    'twlint: Unknown argument: hosts.yaml\n  hint: if it is an inventory: twlint audit -i hosts.yaml\n',
  ]);
});
