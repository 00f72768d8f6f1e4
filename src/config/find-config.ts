/** Finds twlint.yaml, and reads it. */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { readFoundSource, readSourceFile } from '../inventory/source-file.ts';
import { type Config, NO_CONFIG } from './config.ts';
import { readConfig } from './config-reader.ts';

export const CONFIG_FILE = 'twlint.yaml';

/**
 * Reads the configuration that was named; or else the nearest twlint.yaml, in the working directory or above it; `none`
 * stands for none. Throws a UserError where it can't be read, UserErrors with all mistakes in it.
 */
export function findConfig(named: string | undefined, cwd: string): Config {
  if (named === 'none') return NO_CONFIG;
  if (named !== undefined) {
    const { name, text } = readSourceFile(named, cwd);
    return readConfig(text, { file: name, path: resolve(cwd, named), cwd });
  }
  const folder = nearestFolder(cwd);
  if (folder === null) return NO_CONFIG;
  const path = join(folder, CONFIG_FILE);
  refuseForeign(path, folder);
  const { name, text } = readFoundSource(path, folder, cwd);
  return readConfig(text, { file: name, path, cwd });
}

function nearestFolder(folder: string): string | null {
  if (statSync(join(folder, CONFIG_FILE), { throwIfNoEntry: false }) !== undefined) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : nearestFolder(parent);
}

/** It may name programs that make inventories, and keys to trust: nobody else may have put it there. */
function refuseForeign(path: string, folder: string): void {
  const open = [path, folder].find((place) => (statSync(place).mode & 0o002) !== 0);
  if (open !== undefined)
    throw new UserError(`${path} is not taken: every user of this machine can write to ${open}`, {
      hint: `chmod o-w ${open}; or name the file with --config, or give --config none`,
    });
}
