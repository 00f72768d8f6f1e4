/** What a command line can get wrong: made of the options that yargs is given, for every command. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../../src/commands/index.ts';
import { plainArguments } from '../../src/commands/lib/arguments.ts';
import type { Command } from '../../src/commands/lib/command.ts';
import { UserError } from '../../src/errors.ts';
import { scratchFolder } from '../transports/folder.ts';
import { PROGRAM } from '../twlint.ts';

const commands = await allCommands();
const words = ({ name, positionals = {} }: Command) => [
  name.split(' ')[0]!,
  ...[...name.matchAll(/<(\w+)(?:\.\.)?>/g)].map(([, it]) => positionals[it!]?.choices?.[0] ?? 'word'),
];

/** Every option of every command, as it may be written, with a value that fits where it has one. */
const options = commands.flatMap((command) =>
  Object.entries(command.options).flatMap(([name, option]) => {
    const value = option.type === 'boolean' ? null : String(option.choices?.[0] ?? 'v1');
    const spellings = [`--${name}`, ...(option.alias ? [`-${option.alias}`] : [])];
    const [several, bare] = [option.array === true, !option.requiresArg && !option.choices];
    return spellings.map((written) => ({ command, name, written, value, several, bare }));
  }),
);

/** What is said of a command line: null where nothing is wrong. */
function mistakeIn(argv: string[]): UserError | null {
  try {
    plainArguments(argv, commands);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** One line of what is wrong, and what to do. */
function expectMistake(argv: string[], says: RegExp): void {
  const mistake = mistakeIn(argv);
  expect(mistake?.message ?? 'nothing').toMatch(says);
  expect(mistake?.message).not.toContain('\n');
  expect(mistake?.hint).toMatch(/\S/);
}

describe.each(commands.map((command) => [command.name, command] as const))('twlint %s', (_, command) => {
  const given = options.filter((option) => option.command === command);
  const valued = given.filter(({ value }) => value !== null);
  const needy = valued.filter(({ bare }) => !bare);
  const line = (...more: string[]) => [...words(command), ...more];

  it('takes each of its options, before and behind', () => {
    for (const { name, written, value } of given) {
      const plain = value === null ? `--${name}` : `--${name}=${value}`;
      const option = value === null ? [written] : [written, value];
      expect(plainArguments(line(...option), commands)).toContain(plain);
      expect(plainArguments([...option, ...line()], commands)).toContain(plain);
      if (value !== null) expect(plainArguments(line(`${written}=${value}`), commands)).toContain(plain);
    }
  });

  it('wants a value', () => {
    for (const { written } of needy) expectMistake(line(written), /: its value is missing$/);
  });

  it('takes no other option for one, nor what begins with a dash', () => {
    for (const { written } of needy)
      for (const next of ['-o', '-1', '--', '--help', '--help.tar.xz', '--from', '---'])
        expectMistake(line(written, next), /: its value is missing, as -.* begins with a dash$/);
  });

  it('takes it behind =', () => {
    for (const { name, value } of valued)
      if (value === 'v1') expect(plainArguments(line(`--${name}=-x`), commands)).toContain(`--${name}=-x`);
  });

  it('takes - where standard input is read, and nowhere else', () => {
    for (const { name, written } of valued) {
      if (['inventory', 'root', 'nat', 'ipset', 'packets'].includes(name))
        expect(plainArguments(line(written, '-'), commands)).toContain(`--${name}=-`);
      else if (needy.some((it) => it.written === written))
        expectMistake(line(written, '-'), / -: it is not read from standard input$/);
    }
  });

  it('wants a value that is not empty', () => {
    for (const { name, written } of valued)
      for (const argv of [[written, ''], [written, ' '], [`${written}=`], [`--${name}=`]])
        expectMistake(line(...argv), /: its value is empty$/);
  });

  it('takes what has one value once', () => {
    for (const { written, value, several } of given) {
      const once = value === null ? [written] : [written, value];
      if (several) expect(mistakeIn(line(...once, ...once))).toBeNull();
      else expectMistake(line(...once, ...once), / was given more than once$/);
    }
  });

  it('takes no value where there is none to give, and only values that there are', () => {
    for (const { name, written, value } of given) {
      if (value === null) expectMistake(line(`--${name}=x`), / takes no value$/);
      else if (value !== 'v1') expectMistake(line(written, 'sideways'), /: there is no such choice$/);
    }
  });

  it('has no other options', () => {
    for (const argv of [
      '--nonsense',
      '--no-nonsense',
      '-Z',
      '--help.x',
      '--version.x=1',
      '--no-',
      '---',
      '-.',
    ])
      expectMistake(line(argv), /^Unknown argument: /);
  });

  it('wants its words', () => {
    const missing = words(command).slice(0, -1);
    if (missing.length > 0) expectMistake(missing, /^\w+: <\w+(?:\.\.)?> is missing$/);
    expectMistake(line(''), /^an argument is empty$/);
  });
});

it('an option means the same for every command that has it', () => {
  const kinds = new Map<string, Set<boolean>>();
  for (const { name, value } of options) kinds.set(name, (kinds.get(name) ?? new Set()).add(value === null));
  expect([...kinds].filter(([, kind]) => kind.size > 1)).toEqual([]);
});

it.each([
  ['audit -i - --limit x', ['--inventory=-', '--limit=x']],
  ['audit -i a -i - -i b', ['--inventory=a', '--inventory=-', '--inventory=b']],
  ['audit -ia,b -lx -qv', ['--inventory=a,b', '--limit=x', '--quiet', '--verbose']],
  ['audit -qlx', ['--quiet', '--limit=x']],
  ['audit --no-builtin --all=false', ['--no-builtin', '--no-all']],
  ['facts -- -x', ['--', '-x']],
  ['collect --print-script --install-as', ['--print-script', '--install-as']],
  ['collect --install-as --print-script', ['--install-as', '--print-script']],
])('%s', (line, plain) => {
  const argv = line.split(' ');
  expect(plainArguments(argv, commands)).toEqual([argv[0], ...plain]);
});

describe('the program', () => {
  const run = (args: string[]) => {
    const { status, stdout, stderr } = spawnSync('node', [PROGRAM, ...args], {
      cwd: scratchFolder(),
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  it.each([
    [['audit', '--from', '-o']],
    [['audit', '--from', '--help.tar.xz']],
    [['audit', '--help.tar.xz']],
    [['audit', '--from']],
    [['audit', '-i', '']],
    [['audit', '--root', '-']],
    [['audit', '-i', 'a,', '-o', 'sarif:']],
    [['audit', '--fail-on', 'sometimes', '--help']],
    [['rules', 'tset']],
    [['explain']],
    [['audti']],
    [[]],
    [['--from', '-o']],
  ])('%j: ends with 2, and says what is wrong', (args) => {
    const { status, stdout, stderr } = run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^twlint: [^\n]+\n {2}hint: [^\n]+\n$/);
  });

  it.each([
    [['audti'], 'twlint: there is no command audti\n  hint: did you mean twlint audit?\n'],
    [['nope', '--help'], 'twlint: there is no command nope\n  hint: twlint --help lists them\n'],
    [['-x'], 'twlint: Unknown argument: x\n  hint: twlint --help lists what there is\n'],
    [['audit', '--rul', 'x'], 'twlint: Unknown argument: rul\n  hint: did you mean --rule?\n'],
  ])('%j: says what it does not know, and what may be meant', (args, stderr) => {
    expect(run(args)).toMatchObject({ status: 2, stderr });
  });

  it.each([[['--help']], [['audit', '--help']], [['audit', '--from', 'x', '--help']], [['--version']]])(
    '%j: ends with 0',
    (args) => {
      expect(run(args)).toMatchObject({ status: 0, stderr: '' });
    },
  );

  it('never ends with 1 where it can not begin', () => {
    // below some number node itself can't begin, and ends as it likes
    const lowest = [...Array(40).keys()]
      .map((i) => i + 14)
      .find((limit) => {
        const node = spawnSync('/bin/sh', [
          '-c',
          `ulimit -n ${limit}; exec node -e 'fs.openSync("/dev/null")'`,
        ]);
        return node.status === 0;
      })!;
    const seen = new Set<string>();
    for (const limit of [1, 2, 4, 8, 12, 16, 20].map((more) => lowest + more)) {
      const { status, stderr } = spawnSync(
        '/bin/sh',
        ['-c', `ulimit -n ${limit}; exec node "$0" audit -i nowhere`, PROGRAM],
        {
          encoding: 'utf8',
          env: { PATH: process.env.PATH },
        },
      );
      expect(`${limit}: ${status}`).toBe(`${limit}: 2`);
      seen.add(/too many files are open here|no such file/.exec(stderr)?.[0] ?? stderr);
    }
    expect([...seen].filter((said) => said !== 'no such file')).toEqual(['too many files are open here']);
  });
});
