// Installs and builds what is missing, and nothing else: a second `npm start` or `npm test` begins at once.
import { join } from 'node:path';
import { build, run, unlessDone } from './build.mjs';

const root = join(import.meta.dirname, '..');

try {
  const inputs = [join(root, 'package.json'), join(root, 'package-lock.json')];
  unlessDone(join(root, 'node_modules', '.twlint-installed'), inputs, install);
  build();
} catch (error) {
  console.error(`twlint: ${error.message}`);
  process.exit(1);
}

/**
 * `npm install` and not `npm ci`: the latter refuses a lock file made where a registry carries only one platform's
 * binaries. No scripts: all that they would build here is optional.
 */
function install() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  run('installing dependencies', npm, ['install', '--no-save', '--ignore-scripts', ...quiet]);
}
