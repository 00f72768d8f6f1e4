import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** docs/architecture.md: a file imports only from rows below its own, and from its own folder. */
const ROWS = [
  ['model', 'word'],
  ['define', 'errors'],
  ['grouped', 'time', 'read', 'write', 'yaml'],
  ['network'],
  ['collectors'],
  ['inventory', 'transports', 'media', 'derived', 'host'],
  ['fleet'],
  ['formats'],
  ['collect', 'evaluate'],
  ['commands'],
  ['main'],
  ['cli'],
  ['start'],
];

/** The packages that only one part may know. */
const ONLY_IN: Record<string, RegExp> = {
  ssh2: /^transports\//,
  yargs: /^(main|commands\/)/,
  'p-limit': /^collect\/fleet/,
  'js-yaml': /^yaml/,
  '@marcbachmann/cel-js': /^evaluate\//,
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const partOf = (file: string) => file.split('/')[0]!.replace(/(-\w+)?\.ts$/, '');
const rowOf = (part: string) => ROWS.findIndex((row) => row.includes(part));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gms)].map(([, from]) => from!);
}

describe.each(files)('%s', (file) => {
  const part = partOf(file);

  it('belongs to a layer', () => {
    expect(rowOf(part)).toBeGreaterThanOrEqual(0);
  });

  it('imports from below', () => {
    for (const from of importsOf(file).filter((it) => it.startsWith('.'))) {
      const other = partOf(relative(SRC, join(SRC, dirname(file), from)));
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

it('network/ does no I/O', () => {
  const impure = files.filter(
    (file) => file.startsWith('network/') && importsOf(file).some((it) => it.startsWith('node:')),
  );
  expect(impure).toEqual([]);
});
