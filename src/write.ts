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

/** A file that is written piece by piece. Each step throws a UserError where it fails. */
interface WholeFile {
  add(piece: Uint8Array): void;
  /** Puts it in its place. */
  finish(): void;
  /** Leaves nothing of it behind. */
  abandon(): void;
}

/** Begins a file that is there when it is finished, or not at all. */
export function beginWhole(path: string, mode: number): WholeFile {
  const part = partOf(path);
  const saying = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      throw new UserError(`${path} was not written: ${(error as Error).message}`, { cause: error });
    }
  };
  const file = saying(() => openSync(part, 'wx', mode));
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  return {
    add: (piece) =>
      saying(() => {
        // its number may be another file's by now
        if (!isOpen) throw new Error('it was given up');
        writeFileSync(file, piece);
      }),
    finish: () =>
      saying(() => {
        fsyncSync(file);
        close();
        renameSync(part, path);
      }),
    abandon() {
      close();
      rmSync(part, { force: true });
    },
  };
}

/** A name that nobody can have guessed, and made a link of. */
const partOf = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.part`;

function replace(path: string, pieces: Iterable<string>, mode: number): void {
  const part = partOf(path);
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
