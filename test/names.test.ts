import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** Names that more than one file may export, and why each of them means one thing all the same. */
const SHARED = new Map([
  ['difference', 'the same operation on sets of addresses and on ranges of numbers'],
  ['intersection', 'as difference'],
  ['intersects', 'as difference'],
  ['union', 'as difference'],
  ['ask', 'what a collector in several files asks a running host'],
  ['atRest', 'what a collector in several files reads in an image'],
]);

const EXPORT = /^export (?:async )?(?:const|function\*?|type|interface|class) ([\w$]+)/gm;

/** The names that a file declares and exports: its default has none, and what it hands on is declared elsewhere. */
const exportsOf = (text: string): string[] => [...text.matchAll(EXPORT)].map(([, name]) => name!);

/** The files that export a name, of the names that several export. */
function sharedNames(texts: ReadonlyMap<string, string>): Map<string, string[]> {
  const by = new Map<string, string[]>();
  // overloads export one name several times
  for (const [file, text] of texts)
    for (const name of new Set(exportsOf(text))) by.set(name, [...(by.get(name) ?? []), file]);
  return new Map([...by].filter(([, files]) => files.length > 1));
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const shared = sharedNames(new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')])));

it('an exported name means one thing', () => {
  expect(Object.fromEntries([...shared].filter(([name]) => !SHARED.has(name)))).toEqual({});
});

it('names that one file alone exports need no exception', () => {
  expect([...SHARED.keys()].filter((name) => !shared.has(name))).toEqual([]);
});

it('a name that two files export is found', () => {
  const texts = {
    'a.ts': 'export type Rule = string;\nexport default 1;\nconst own = 1;',
    'b/c.ts': 'export async function* ask() {}\nexport interface Rule {\nexport default 2;\nconst own = 2;',
    'd.ts': 'export function ask(): void;\nexport const own = 3;',
  };
  expect(sharedNames(new Map(Object.entries(texts)))).toEqual(
    new Map([
      ['Rule', ['a.ts', 'b/c.ts']],
      ['ask', ['b/c.ts', 'd.ts']],
    ]),
  );
});
