// Installs and builds what is missing, and nothing else: a second `npm start` or `npm test` begins at once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function run(what, command, args) {
  console.error(`twlint: ${what} ...`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) {
    console.error(
      `twlint: ${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ` with status ${status}`}`,
    );
    process.exit(status || 1);
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Done anew only when the inputs' digest differs from the one noted at the end of the last time. */
function unlessDone(stamp, inputs, work) {
  const digest = createHash('sha256');
  for (const path of inputs.sort()) digest.update(path).update('\0').update(readFileSync(path)).update('\0');
  const now = digest.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  work();
  mkdirSync(join(stamp, '..'), { recursive: true });
  writeFileSync(stamp, now);
}

const manifest = join(root, 'package.json');
const lock = join(root, 'package-lock.json');
// `npm install` and not `npm ci`: the latter refuses a lock file made where a registry carries only one platform's
// binaries. No scripts: all that they would build here is optional.
unlessDone(join(root, 'node_modules', '.twlint-installed'), [manifest, lock], () =>
  run('installing dependencies', npm, [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]),
);

const dist = join(root, 'dist');
const inputs = [
  ...filesBelow(join(root, 'src')),
  join(root, 'tsconfig.json'),
  join(root, 'tsconfig.build.json'),
];
unlessDone(join(dist, '.twlint-built'), inputs, () => {
  rmSync(dist, { recursive: true, force: true });
  run('building', process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
});
