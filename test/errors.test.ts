/** An error told in other words keeps the one that it was made of; biome's useErrorCause finds those thrown without. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { YAMLException } from 'js-yaml';
import { expect, it } from 'vitest';
import { readManifest } from '../src/collect/manifest.ts';
import { nearest } from '../src/errors.ts';
import { main } from '../src/main.ts';
import { parseIptablesSave } from '../src/network/iptables/save.ts';
import { parseYaml } from '../src/yaml.ts';
import { temporaryFolder } from './temporary.ts';

const folder = temporaryFolder('errors');
writeFileSync(join(folder, 'manifest.json'), '{');

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** What the first of several mistakes, or the only one, was made of; null where that is not known. */
function beginningOf(error: unknown): unknown {
  const first = (error as { errors?: Error[] }).errors?.[0] ?? (error as Error);
  let at: Error = first;
  while (at.cause instanceof Error) at = at.cause;
  return at === first ? null : at;
}

it.each([
  ['YAML', () => parseYaml('a: [', 'hosts.yaml'), YAMLException, /hosts\.yaml/],
  ['a snapshot', () => readManifest(folder), SyntaxError, /JSON/],
  [
    'a ruleset',
    () => parseIptablesSave('*nat\n-A X -j\n', { origin: 'nat', backend: 'legacy', family: 'ip' }),
    Error,
    /-j/,
  ],
])('a mistake in %s keeps its cause', (_, run, kind, words) => {
  const beginning = beginningOf(thrownBy(run));
  expect(beginning).toBeInstanceOf(kind);
  expect((beginning as Error).message).toMatch(words);
});

it('a mistake of our own is shown with its cause', async () => {
  let said = '';
  const stream = (write: (text: string) => void) => ({
    write,
    writeAll: async (pieces: Iterable<string>) => write([...pieces].join('')),
    columns: null,
    color: false,
  });
  const status = await main(['schema', 'rule'], {
    cwd: folder,
    env: {},
    secrets: {},
    out: stream(() => {
      throw new Error('the outer one', { cause: new Error('the inner one') });
    }),
    err: stream((text) => {
      said += text;
    }),
    stop: new AbortController().signal,
    askSecret: null,
  });
  expect(status).toBe(2);
  expect(said).toMatch(
    /internal error of twlint; please report it\nError: the outer one\n.*the inner one\n/s,
  );
});

it.each([
  ['nta', 'nat'],
  ['ant', 'nat'],
  ['na', 'nat'],
  ['tru', null],
  ['x', null],
  ['sysctls', 'sysctl'],
  ['sysctlboot', 'sysctl_boot'],
  ['rouets', 'routes'],
  ['hosts', null],
])('takes %s for %s', (word, meant) => {
  expect(nearest(word, ['arp', 'nat', 'routes', 'sysctl', 'sysctl_boot'])).toBe(meant);
});
