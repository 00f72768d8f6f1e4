// bundle.mjs MODULES DIST: makes the program of its modules and of the packages that it uses. Opening each of 400 files
// took Node longer than most commands take: what is needed together is one file, and what a command needs is opened when
// it is called. Names stay as they are, so that whoever reads a stack trace finds the function.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const [modules, dist] = process.argv.slice(2);
const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));

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

function atHome(code, id) {
  if (!/\/yargs\/lib\/platform-shims\/esm\.mjs$/.test(id)) return null;
  if (!TRANSLATIONS.test(code)) throw new Error(`${id} looks for translations in another way than it did`);
  return { code: code.replace(TRANSLATIONS, "'../locales'") };
}

const bundle = await rolldown({
  input: join(modules, 'start.js'),
  platform: 'node',
  external: Object.keys(dependencies),
  plugins: [{ name: 'twlint', load: (id) => listed.get(id) ?? null, transform: atHome }],
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
});
const { output } = await bundle.write({
  dir: dist,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
const bundled = output.flatMap(({ moduleIds = [] }) => moduleIds).flatMap(packageOf);
writeFileSync(join(dist, 'THIRD-PARTY.txt'), [...new Set(bundled)].sort().map(licence).join('\n'));

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
