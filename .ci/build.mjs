// Builds the program, where the last build was made from something else.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BUNDLER = join(import.meta.dirname, 'bundle.mjs');

/**
 * Makes `build` of `src`, module by module, and of that the program, which is `dist`: unless they were made of what is
 * there.
 */
export function build(root = ROOT) {
  const [modules, dist, settings] = ['build', 'dist', 'tsconfig.build.json'].map((name) => join(root, name));
  const compiler = join(ROOT, 'node_modules/typescript');
  const tools = [import.meta.filename, BUNDLER, join(ROOT, 'package-lock.json')];
  const rules = join(root, 'rules');
  const parts = [join(root, 'src'), ...(existsSync(rules) ? [rules] : [])];
  const inputs = [...parts.flatMap(filesBelow), join(root, 'tsconfig.json'), settings, ...tools];
  unlessDone(join(dist, '.twlint-built'), inputs, () => {
    for (const folder of [modules, dist]) rmSync(folder, { recursive: true, force: true });
    run('building', process.execPath, [join(compiler, 'bin/tsc'), '-p', settings], root);
    run('bundling', process.execPath, [BUNDLER, modules, dist], root);
  });
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Done anew only when the inputs' digest differs from the one noted at the end of the last time. */
export function unlessDone(stamp, inputs, work) {
  const digest = createHash('sha256');
  for (const path of inputs.sort()) digest.update(path).update('\0').update(readFileSync(path)).update('\0');
  const now = digest.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}

/** A command whose words all go to standard error; throws where it fails. */
export function run(what, command, args, cwd = ROOT) {
  console.error(`twlint: ${what} ...`);
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error || status !== 0)
    throw new Error(
      `${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ` with status ${status}`}`,
    );
}
