// bundle.mjs MODULES DIST [FILE]: makes the program of its modules and of the packages that it uses, and of all of it, but for
// the files of the built-in rules and the demo, one file that Node can run alone. Opening each of 400 files
// took Node longer than most commands take: what is needed together is one file, and what a command needs is opened when
// it is called. Names stay as they are, so that whoever reads a stack trace finds the function.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const [modules, dist, alone] = process.argv.slice(2).map((path) => resolve(path));

/** What ssh2 and msgpackr can do without, and what is built for one machine alone. */
const NATIVE = [/\.node$/, 'cpu-features', 'msgpackr-extract'];

/** The modules that read their folder when they are opened, and what they export then. A program's parts are known. */
const FOLDERS = [
  ['collectors', 'collectors'],
  ['derived', 'derivedFacts'],
];

const listed = new Map();
for (const [folder, name] of FOLDERS) {
  const index = join(modules, folder, 'index.js');
  if (existsSync(index)) listed.set(index, list(name, [...(await import(index))[name].keys()]));
}

/** The built-in rules, too: read and checked now, and never again. */
const rules = join(modules, 'evaluate/rules');
if (existsSync(rules)) {
  const { prepareBuiltins } = await import(join(rules, 'rules.js'));
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'rules.json'), JSON.stringify(prepareBuiltins()));
  listed.set(
    join(rules, 'prepared.js'),
    `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
export const preparedRules = () => JSON.parse(readFileSync(join(import.meta.dirname, 'rules.json'), 'utf8'));
`,
  );
}

function list(name, ids) {
  const imports = ids.map((id, i) => `import part${i} from './${id}.js';`);
  const entries = ids.map((id, i) => `[${JSON.stringify(id)}, part${i}]`);
  return `${imports.join('\n')}\nexport const ${name} = new Map([${entries.join(', ')}]);\n`;
}

/** yargs looks for translations in a folder beside itself. From dist, that would be one of whoever installed twlint. */
const TRANSLATIONS = /'(?:\.\.\/)+locales'/;

/**
 * ssh2 asks for its folder, which a module of another kind has not: for WebAssembly that is within the file that asks,
 * and for a program of Windows that talks to Pageant, which nothing of ours starts.
 */
const FOLDER = /__dirname/g;

function atHome(code, id) {
  if (/\/ssh2\/lib\/(agent|protocol\/crypto\/poly1305)\.js$/.test(id))
    return { code: code.replace(FOLDER, "''") };
  if (!/\/yargs\/lib\/platform-shims\/esm\.mjs$/.test(id)) return null;
  if (!TRANSLATIONS.test(code)) throw new Error(`${id} looks for translations in another way than it did`);
  return { code: code.replace(TRANSLATIONS, "'../locales'") };
}

const optionsWith = (replaced) => ({
  input: join(modules, 'start.js'),
  platform: 'node',
  external: NATIVE,
  plugins: [{ name: 'twlint', load: (id) => replaced.get(id) ?? null, transform: atHome }],
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
});
const bundle = await rolldown(optionsWith(listed));
const { output } = await bundle.write({
  dir: dist,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
const bundled = output.flatMap(({ moduleIds = [] }) => moduleIds).flatMap(packageOf);
writeFileSync(join(dist, 'THIRD-PARTY.txt'), [...new Set(bundled)].sort().map(licence).join('\n'));

if (alone !== undefined) {
  const about = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  const tool = `export const tool = () => (${JSON.stringify({ name: about.name, version: about.version })});\n`;
  const prepared = `export const preparedRules = () => (${readFileSync(join(dist, 'rules.json'), 'utf8')});\n`;
  const replaced = new Map([
    ...listed,
    [join(modules, 'commands/lib/tool.js'), tool],
    [join(rules, 'prepared.js'), prepared],
  ]);
  const one = await rolldown(optionsWith(replaced));
  const licences = readFileSync(join(dist, 'THIRD-PARTY.txt'), 'utf8').replaceAll('*/', '* /');
  await one.write({ file: alone, codeSplitting: false, postFooter: `/*\n${licences}*/` });
  chmodSync(alone, 0o755);
}

/** The folder of the package that a module is of. */
function packageOf(id) {
  const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [];
  return folder === undefined ? [] : [folder];
}

function licence(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} is bundled, and there is no licence in ${folder}`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
