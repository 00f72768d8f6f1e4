import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { build } from '../../.ci/build.mjs';
import { temporaryFolder } from '../temporary.ts';

const ROOT = join(import.meta.dirname, '../..');

it('a build follows src: what is changed, new or gone there', () => {
  const project = temporaryFolder('build');
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(ROOT, name), join(project, name));
  mkdirSync(join(project, 'node_modules'));
  cpSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'), { recursive: true });
  const [src, dist] = [join(project, 'src'), join(project, 'dist')];
  const says = (name: string, word: string) =>
    writeFileSync(join(src, `${name}.ts`), `export const it = '${word}';\n`);
  mkdirSync(src);
  says('one', 'first');
  says('two', 'first');
  build(project);
  expect(readFileSync(join(dist, 'one.js'), 'utf8')).toContain('first');

  says('one', 'second');
  says('three', 'second');
  rmSync(join(src, 'two.ts'));
  build(project);
  expect(readFileSync(join(dist, 'one.js'), 'utf8')).toContain('second');
  expect(
    readdirSync(dist)
      .filter((name) => name.endsWith('.js'))
      .sort(),
  ).toEqual(['one.js', 'three.js']);

  writeFileSync(join(src, 'one.ts'), 'export const it: number = "no number";\n');
  expect(() => build(project)).toThrow(/tsc.* failed with status/);
  // a build with mistakes is tried again
  expect(() => build(project)).toThrow(/tsc.* failed with status/);
});

it('what tests run is built from what is in src', () => {
  const built = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' });
  for (const name of built.filter((it) => it.endsWith('.js')))
    expect(existsSync(join(ROOT, 'src', name.replace(/\.js$/, '.ts'))), name).toBe(true);
});

it('no test but through test/twlint.ts knows of dist', () => {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  const naming = files
    .filter((name) => /\.(ts|mjs|sh)$/.test(name))
    .filter((name) => /\bdist\/(?!2020)/.test(readFileSync(join(ROOT, 'test', name), 'utf8')));
  expect(naming.sort()).toEqual(['package.test.ts', 'twlint.ts']);
});
