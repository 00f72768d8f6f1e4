/** Files that are there whole, or not at all. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { UserError } from './errors.ts';

/**
 * Replaces a file in one go; a link stays, and what it leads to is replaced. What is no file, as /dev/stdout or a pipe
 * of the shell's `>(gzip)`, is written to as it is. Throws a UserError that says why nothing was written.
 */
export function writeWhole(path: string, text: string, mode = 0o666): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) writeFileSync(path, text);
    else replace(there === undefined ? path : realpathSync(path), text, mode);
  } catch (error) {
    throw new UserError(`${path} was not written: ${(error as Error).message}`);
  }
}

/** By a name that nobody can have guessed, and made a link of. */
function replace(path: string, text: string, mode: number): void {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    const file = openSync(part, 'wx', mode);
    try {
      writeFileSync(file, text);
      // a full disk may say so as late as here
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
