import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSshConfig } from '../../src/transports/ssh-config/files.ts';
import { resolveSshConfig } from '../../src/transports/ssh-config/ssh-config.ts';
import { describeWhere } from '../needs.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { RANDOM_HOSTS, randomSshConfig } from './random-ssh-config.ts';
import { asked, caseFolder, understood } from './ssh-oracle.ts';

/** ssh looks for what is included by relative paths in ~/.ssh alone, so these become absolute. */
function standing(name: string): string {
  const folder = scratchFolder();
  cpSync(join(caseFolder, name), folder, { recursive: true });
  const config = join(folder, 'config');
  const text = readFileSync(config, 'utf8').replace(
    /^( *Include )(.*)$/gm,
    (_, keyword, patterns: string) => {
      const words = patterns.match(/"[^"]*"|\S+/g)!;
      return keyword + words.map((word) => `"${join(folder, word.replaceAll('"', ''))}"`).join(' ');
    },
  );
  writeFileSync(config, text);
  return config;
}

describeWhere({ programs: ['ssh'] }, 'what ssh makes of the same configuration', () => {
  const cases = readdirSync(caseFolder).flatMap((name) =>
    readFileSync(join(caseFolder, name, 'queries'), 'utf8')
      .trim()
      .split('\n')
      .map((query) => ({ name, query, fails: existsSync(join(caseFolder, name, 'fails')) })),
  );
  it.each(cases)('$name: $query', ({ name, query, fails }) => {
    const config = standing(name);
    const [host, ...options] = query.split(' ') as [string, ...string[]];
    const expected = asked(config, host, options);
    expect('wrong' in expected).toBe(fails);
    expect(understood(config, host, options)).toEqual(expected);
  });
});

describeWhere({ programs: ['ssh'] }, 'what ssh makes of configurations drawn at random', () => {
  it('is what is made of them here', () => {
    const folder = scratchFolder();
    const property = fc.property(randomSshConfig, ({ files, options }) => {
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(folder, name), text.replaceAll('FOLDER', folder));
      const config = join(folder, 'config');
      for (const host of RANDOM_HOSTS) {
        const expected = asked(config, host, options);
        expect([host, understood(config, host, options)]).toEqual([host, expected]);
      }
    });
    fc.assert(property, { numRuns: Number(process.env.TWLINT_RANDOM_RUNS ?? 50) });
  }, 120_000);
});

describeWhere({ root: true, programs: ['ssh', 'unshare', 'mount'] }, "ssh's own files", () => {
  it("are the user's, then the system's, and relative includes are looked for in ~/.ssh", () => {
    const home = scratchFolder();
    const folder = join(home, '.ssh');
    mkdirSync(join(folder, 'conf.d'), { recursive: true });
    fileIn(folder, 'config', 'Include conf.d/* ~/.ssh/tilde\nHost a\n  Port 1\n');
    fileIn(join(folder, 'conf.d'), 'first', 'Host a b\n  User first\n');
    fileIn(folder, 'tilde', 'Host b\n  HostKeyAlias tilde\n');
    const there = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs t ~ && cp -r "$0" ~ && exec "$@"',
      folder,
    ];
    for (const host of ['a', 'b', 'c']) {
      const ours = JSON.stringify(understood(null, host, [], home)).replaceAll(home, homedir());
      expect(JSON.parse(ours)).toEqual(asked(null, host, [], there));
    }
  });
});

describe('files', () => {
  const read = (option: string | null, home: string) => readSshConfig(option, { cwd: home, home });
  const homeWith = (text: string, mode?: number) => {
    const home = scratchFolder();
    mkdirSync(join(home, '.ssh'));
    fileIn(join(home, '.ssh'), 'config', text, mode);
    return home;
  };

  it('none are read with -F none', () => {
    expect(read('none', homeWith('Port none\n')).files).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    ['one that is named and missing', () => read('/nowhere', '/tmp'), '-F /nowhere: no such file'],
    [
      "the user's, where others may write to it",
      () => {
        const home = homeWith('Port 1\n');
        chmodSync(join(home, '.ssh/config'), 0o666);
        return read(null, home);
      },
      '~/.ssh/config: others may write to it, so ssh does not take it either\n  hint: chmod go-w ~/.ssh/config',
    ],
    ['a folder', () => read('.', scratchFolder()), ': a folder, and no file'],
    [
      'mistakes, all at once',
      () => read(null, homeWith('Port x\nHost a\n  Match\n  IdentitiesOnly maybe\n')),
      [
        '~/.ssh/config:1:1: port: x is not a number from 1 to 65535',
        '~/.ssh/config:3:3: Match: its value is missing',
        '~/.ssh/config:4:3: identitiesonly: maybe is not yes, no, true, false',
      ].join('\n'),
    ],
    [
      'files that include one another',
      () => read(null, homeWith('Host x\n  Include ~/.ssh/config\n')),
      'Include: more than 16 files include one another',
    ],
  ])('%s', (_, reading, says) => {
    expect(reading).toThrow(says);
  });
});

it('conditions that only ssh can tell are told apart from those that do not hold', () => {
  const home = scratchFolder();
  const file = fileIn(
    home,
    'config',
    'Match host lb-* exec "true"\n  Port 1\nMatch host db-* exec "true"\n  Port 2\nHost never\n  Match tagged x\n',
  );
  const { files } = readSshConfig(file, { cwd: home, home });
  const { settings, undecided } = resolveSshConfig(files, { host: 'lb-1', explicit: [], localUser: 'me' });
  expect(settings.size).toBe(0);
  expect(undecided).toEqual([
    { criterion: 'exec', place: { file: '~/config', line: 1, column: 1 } },
    { criterion: 'tagged', place: { file: '~/config', line: 6, column: 3 } },
  ]);
});
