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
 * of the shell's `>(gzip)`, is written to as it is. Throws a UserError with the reason why nothing was written.
 */
export function writeWhole(path: string, text: string | Iterable<string>, mode = 0o666): void {
  try {
    const pieces = typeof text === 'string' ? [text] : text;
    const there = statSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) fill(openSync(path, 'w'), pieces);
    else replace(there === undefined ? path : realpathSync(path), pieces, mode);
  } catch (error) {
    // only the system's own messages are about the file
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new UserError(`${path} was not written: ${(error as Error).message}`, { cause: error });
  }
}

/** Writes under a name that nobody can have guessed, and made a link of. */
function replace(path: string, pieces: Iterable<string>, mode: number): void {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    // a full disk may be reported as late as when it is synchronised
    fill(openSync(part, 'wx', mode), pieces, fsyncSync);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function fill(file: number, pieces: Iterable<string>, last: (file: number) => void = () => {}): void {
  try {
    for (const piece of pieces) writeFileSync(file, piece);
    last(file);
  } finally {
    closeSync(file);
  }
}
