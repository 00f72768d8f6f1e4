import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { writeWhole } from '../../write.ts';
import type { World } from './world.ts';

/** The file that keeps the names of the hosts that could not be reached, for a later `--limit @FILE`. */
export interface RetryFile {
  /** Writes them, one a line; nothing where all were reached, so that an earlier list does not stay behind. */
  write(hosts: readonly string[]): void;
}

/** Opens a retry file. Throws a UserError now, not after the run, where nothing can be written. */
export function retryFile(path: string, { cwd, err }: World): RetryFile {
  const file = resolve(cwd, path);
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new UserError(`--retry-file ${path}: ${(cause as Error).message}`, { cause });
  }
  return {
    write(hosts) {
      try {
        writeWhole(file, hosts.map((name) => `${name}\n`).join(''));
        if (hosts.length > 0) err.write(`twlint: once more for the rest: --limit @${path}\n`);
      } catch (error) {
        err.write(`twlint: --retry-file ${path}: ${(error as Error).message}\n`);
      }
    },
  };
}
