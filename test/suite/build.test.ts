import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { build } from '../../.ci/build.mjs';
import { collectors } from '../../src/collectors/index.ts';
import { derivedFacts } from '../../src/derived/index.ts';
import { temporaryFolder } from '../temporary.ts';

const ROOT = join(import.meta.dirname, '../..');

it('a build follows src: what is changed, new or gone there', () => {
  const project = temporaryFolder('build');
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(ROOT, name), join(project, name));
  mkdirSync(join(project, 'node_modules'));
  cpSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'), { recursive: true });
  const [src, modules, dist] = ['src', 'build', 'dist'].map((name) => join(project, name)) as [
    string,
    string,
    string,
  ];
  const program = () => readFileSync(join(dist, 'start.js'), 'utf8');
  const says = (name: string, word: string) =>
    writeFileSync(join(src, `${name}.ts`), `export const it = '${word}';\n`);
  mkdirSync(src);
  writeFileSync(join(src, 'start.ts'), "import { it } from './one.ts';\nexport const said = it;\n");
  says('one', 'first');
  says('two', 'first');
  build(project);
  expect(program()).toContain('first');

  says('one', 'second');
  says('three', 'second');
  rmSync(join(src, 'two.ts'));
  build(project);
  expect(program()).toContain('second');
  expect(readdirSync(modules).sort()).toEqual(['one.js', 'start.js', 'three.js']);
  expect(readdirSync(dist).sort()).toEqual(['.twlint-built', 'THIRD-PARTY.txt', 'start.js']);

  writeFileSync(join(src, 'one.ts'), 'export const it: number = "no number";\n');
  expect(() => build(project)).toThrow(/tsc.* failed with status/);
  // a build with mistakes is tried again
  expect(() => build(project)).toThrow(/tsc.* failed with status/);
});

it('what tests run is built from what is in src', () => {
  const built = readdirSync(join(ROOT, 'build'), { recursive: true, encoding: 'utf8' });
  for (const name of built.filter((it) => it.endsWith('.js')))
    expect(existsSync(join(ROOT, 'src', name.replace(/\.js$/, '.ts'))), name).toBe(true);
});

describe('the program', () => {
  const dist = join(ROOT, 'dist');
  const textOf = (name: string) => readFileSync(join(dist, name), 'utf8');
  const files = readdirSync(dist).filter((name) => name.endsWith('.js'));
  /** The modules and packages that a file is made of: `build/main.js`, `node_modules/yargs`. */
  const madeOf = (name: string) =>
    [...textOf(name).matchAll(/^\/\/ (build\/.*|node_modules\/(?:@[^/\n]+\/)?[^/\n]+)/gm)].map(
      ([, it]) => it!,
    );
  /** The files that Node opens for one of them, itself included. */
  function opened(name: string, before: ReadonlySet<string> = new Set()): Set<string> {
    const all = new Set([...before, name]);
    for (const [, from] of textOf(name).matchAll(/^(?:import|export) .*"\.\/(.*)";$/gm))
      if (!all.has(from!)) for (const one of opened(from!, all)) all.add(one);
    return all;
  }

  it.each([
    ['collectors', collectors],
    ['derivedFacts', derivedFacts],
  ])('has all %s, in the same order', (name, all) => {
    const list = new RegExp(`^const ${name} = .*new Map\\(\\[\\n([^;]*)\\]\\);`, 'm');
    const [entries] = files.flatMap((file) => list.exec(textOf(file))?.[1] ?? []);
    expect([...entries!.matchAll(/\["(\w+)",/g)].map(([, id]) => id)).toEqual([...all.keys()]);
  });

  const cliFile = files.find((name) => name.startsWith('cli-'))!;

  it('opens no YAML and no rules to say its version', () => {
    const cli = [...opened(cliFile)];
    expect(cli.flatMap(madeOf)).toContain('node_modules/yargs');
    expect(cli.flatMap(madeOf).filter((it) => /ya?ml$|cel-js|evaluate/.test(it))).toEqual([]);
  });

  it('opens no SSH client before a host is to be reached over SSH', () => {
    const audit = [...opened(/import\("\.\/(audit-.*?)"\)/.exec(textOf(cliFile))![1]!)];
    expect(audit.flatMap(madeOf)).toContain('node_modules/@marcbachmann/cel-js');
    expect(audit.filter((name) => madeOf(name).includes('node_modules/ssh2'))).toEqual([]);
  });

  it('tells whose the packages in it are', () => {
    const told = textOf('THIRD-PARTY.txt');
    const packages = new Set(files.flatMap(madeOf).filter((it) => it.startsWith('node_modules/')));
    expect(packages.size).toBeGreaterThan(10);
    for (const it of packages)
      expect(told).toMatch(new RegExp(`^${it.replace('node_modules/', '')} \\d+\\.\\d+\\.\\d+$`, 'm'));
  });
});

it('no test but through test/twlint.ts knows of what is built', () => {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  const naming = files
    .filter((name) => /\.(ts|mjs|sh)$/.test(name))
    .filter((name) => /\bdist\/(?!2020)/.test(readFileSync(join(ROOT, 'test', name), 'utf8')));
  expect(naming.sort()).toEqual(['package.test.ts', 'twlint.ts']);
});
