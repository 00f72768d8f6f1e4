import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** docs/architecture.md: a file imports only from rows below its own, and from its own folder. */
const ROWS = [
  ['model', 'package', 'word'],
  ['define', 'errors'],
  ['grouped', 'once', 'sharing', 'time', 'read', 'write', 'yaml'],
  ['network'],
  ['collectors'],
  ['inventory', 'transports', 'media', 'derived', 'host'],
  ['fleet'],
  ['collect', 'evaluate'],
  ['compare', 'config', 'intents', 'plan'],
  ['why'],
  ['formats'],
  ['parts', 'watch'],
  ['queue'],
  ['commands'],
  ['main'],
  ['cli'],
  ['start'],
];

/** The same inside of a part: a file or folder imports only from rows below its own, and from itself. */
const INNER_ROWS: Record<string, string[][]> = {
  network: [
    [
      'address-text',
      'conntrack-statistics',
      'counter-listings',
      'counter-meanings',
      'glob',
      'host-name',
      'kernel-version',
      'service-names',
    ],
    ['interface-listings', 'listed-tables', 'ranges', 'timestamp-offsets', 'unseen'],
    ['addresses', 'clocks', 'interfaces', 'socket-listing'],
    ['address-index', 'ebpf', 'interface-settings', 'ipvs', 'routes', 'ruleset', 'sysctl'],
    ['fields', 'keepalived', 'nat-hooks', 'rule-parts', 'shared-tables'],
    ['bit-fields', 'nat-rules', 'routing-rules'],
    ['filtering', 'nat-parts'],
    ['iptables'],
    ['nft'],
    ['nat-evidence', 'ruleset-text'],
    ['walk'],
    ['topology'],
    ['symmetry'],
    ['trace'],
    ['paths'],
    ['reach'],
  ],
  transports: [
    ['check', 'file-glob', 'home-path', 'name-pattern', 'retry', 'session-messages'],
    ['keys', 'known-hosts', 'ssh-config'],
    ['open-options'],
    ['settings'],
    ['session'],
    ['child', 'script', 'ssh2'],
    ['command', 'local', 'openssh'],
    ['ready-clients'],
    ['open'],
  ],
};

/** Formats print: of an evaluation they know what came of it, and never how it is done. */
const PRINTED = ['evaluate/report-views.ts', 'evaluate/remedies/remedy.ts'];

/** The packages that only one part may know. */
const ONLY_IN: Record<string, RegExp> = {
  ssh2: /^(transports\/|commands\/demo\/ssh-server\.ts$)/,
  yargs: /^(main|commands\/)/,
  'p-limit': /^collect\/fleet/,
  'js-yaml': /^yaml/,
  bullmq: /^queue\//,
  ioredis: /^queue\//,
  '@marcbachmann/cel-js': /^evaluate\//,
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const partOf = (file: string) => file.split('/')[0]!.replace(/(-\w+)?\.ts$/, '');
const rowOf = (part: string) => ROWS.findIndex((row) => row.includes(part));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const imports = /(?:^(?:import|export)\b[^;]*?from |^import |\bimport\()'([^']+)'/gms;
  return [...text.matchAll(imports)].map(([, from]) => from!);
}

/** Paths below src of the files that a file imports, types included. */
const filesBelow = (file: string) =>
  importsOf(file)
    .filter((from) => from.startsWith('.'))
    .map((from) => relative(SRC, join(SRC, dirname(file), from)));

/** `ruleset.ts` and `nft/text.ts` of a part are `ruleset` and `nft`. */
const innerPartOf = (file: string) => file.split('/')[1]!.replace(/\.ts$/, '');

/** Each way that leads back to where it began, as the files on it. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const finished = new Set<string>();
  const from = (file: string, way: readonly string[]): string[][] => {
    if (way.includes(file)) return [[...way.slice(way.indexOf(file)), file]];
    if (finished.has(file)) return [];
    const found = (graph.get(file) ?? []).flatMap((next) => from(next, [...way, file]));
    finished.add(file);
    return found;
  };
  return [...graph.keys()].flatMap((file) => from(file, []));
}

describe.each(files)('%s', (file) => {
  const part = partOf(file);

  it('belongs to a layer', () => {
    expect(rowOf(part)).toBeGreaterThanOrEqual(0);
  });

  it('imports from below', () => {
    for (const from of filesBelow(file)) {
      const other = partOf(from);
      expect(other === part || rowOf(other) < rowOf(part), `${file} imports ${from}`).toBe(true);
    }
  });

  it('leaves foreign packages to their own part', () => {
    for (const [name, where] of Object.entries(ONLY_IN)) {
      if (importsOf(file).some((from) => from === name)) expect(file).toMatch(where);
    }
  });

  it('leaves the process to cli.ts and start.ts', () => {
    const text = readFileSync(join(SRC, file), 'utf8');
    if (!['cli.ts', 'start.ts'].includes(file))
      expect(text).not.toMatch(/\bprocess\.(exit|argv|stdout|stderr|stdin|env|cwd|on)\b/);
  });
});

describe.each(files.filter((file) => partOf(file) in INNER_ROWS))('%s in its part', (file) => {
  const part = partOf(file);
  const innerRowOf = (other: string) =>
    INNER_ROWS[part]!.findIndex((row) => row.includes(innerPartOf(other)));

  it('belongs to a row', () => {
    expect(innerRowOf(file)).toBeGreaterThanOrEqual(0);
  });

  it('imports from below', () => {
    for (const from of filesBelow(file).filter((other) => partOf(other) === part)) {
      const isBelow = innerRowOf(from) < innerRowOf(file);
      expect(isBelow || innerPartOf(from) === innerPartOf(file), `${file} imports ${from}`).toBe(true);
    }
  });
});

it.each(files.filter((file) => partOf(file) === 'formats'))(
  '%s knows only what came of evaluation',
  (file) => {
    const inner = filesBelow(file).filter((from) => ['evaluate', 'collect'].includes(partOf(from)));
    expect(inner.filter((from) => !PRINTED.includes(from))).toEqual([]);
  },
);

it.each(files.filter((file) => file.startsWith('commands/lib/')))('%s knows no command', (file) => {
  expect(filesBelow(file).filter((from) => /^commands\/(?!lib\/)/.test(from))).toEqual([]);
});

it('network/ does no I/O', () => {
  const impure = files.filter(
    (file) => file.startsWith('network/') && importsOf(file).some((it) => it.startsWith('node:')),
  );
  expect(impure).toEqual([]);
});

it('no file imports itself, by whatever way', () => {
  expect(cyclesIn(new Map(files.map((file) => [file, filesBelow(file)])))).toEqual([]);
});

it('a cycle is found wherever it begins', () => {
  const graph = { a: ['b', 'd'], b: ['c', 'd'], c: ['b'], d: [], e: ['e'] };
  expect(cyclesIn(new Map(Object.entries(graph)))).toEqual([
    ['b', 'c', 'b'],
    ['e', 'e'],
  ]);
});
