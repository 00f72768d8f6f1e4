/** Files that a person wrote, and what reports call them. */
import { closeSync, existsSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';
import { isInside, oddKind, readFound, readNamed, Unread } from '../read.ts';
import { wordTable } from '../word-table.ts';

export interface SourceFile {
  /** Relative to its git repository, or else to the working directory; with `/`. */
  name: string;
  text: string;
}

/**
 * Reads a file that was named. Within a repository a link may not lead out of it: who names the file need not know
 * what somebody else has made of it. Throws a UserError with the reason why it can't be read.
 */
export function readSourceFile(path: string, cwd: string): SourceFile {
  const absolute = resolve(cwd, path);
  return sourceFile(path, cwd, () => {
    const repository = repositoryOf(dirname(absolute));
    if (repository !== null && statSync(absolute).isFile()) refuseOutside(realpathSync(absolute), repository);
    return readNamed(absolute, LARGEST);
  });
}

/**
 * Reads a file that was found in a folder, and not named: a link may lead to what lies in the same repository or,
 * without one, below the working directory or that folder. Throws a UserError with the reason why it can't be read.
 */
export function readFoundSource(path: string, folder: string, cwd: string): SourceFile {
  const absolute = resolve(cwd, path);
  return sourceFile(path, cwd, () => {
    const here = realpathSync(resolve(cwd, folder));
    const base = repositoryOf(here) ?? (isInside(here, realpathSync(cwd)) ? realpathSync(cwd) : here);
    refuseOutside(realpathSync(absolute), base);
    return readFound(absolute, base, LARGEST);
  });
}

function sourceFile(path: string, cwd: string, read: () => string): SourceFile {
  try {
    return { name: sourceName(path, cwd), text: read().replace(/^\ufeff/, '') };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Bytes of a file that a person wrote: a fleet of ten thousand hosts has a tenth. */
const LARGEST = 16 * 2 ** 20;

/** Refuses a file outside the repository. Its `.git` is outside, too: the configuration there holds tokens. */
function refuseOutside(file: string, repository: string): void {
  const base = realpathSync(repository);
  if (isInside(file, base) && !isInside(file, resolve(base, '.git'))) return;
  const hint = `an inventory reads what lies with it, below ${base}: copy it there, or name ${file} itself`;
  throw new Unread(`a link to ${file}, which is not read`, { code: 'OUTSIDE', hint });
}

/** Returns the name of a file in sources and messages. */
export function sourceName(path: string, cwd: string): string {
  const absolute = resolve(cwd, path);
  const base = repositoryOf(dirname(absolute)) ?? cwd;
  return relative(base, absolute).split(sep).join('/');
}

/** The nearest folder upwards that has a `.git` (a folder, or in worktrees and submodules a file). */
function repositoryOf(folder: string): string | null {
  if (existsSync(resolve(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : repositoryOf(parent);
}

/** `other`: a pipe, as in `-i <(command)`, a socket or a device. */
export type PathKind = 'file' | 'program' | 'folder' | 'other' | 'nothing';

/**
 * Returns the kind of file at a path. A program is executable, and begins as programs do: whoever copies from a
 * Windows share has executable texts. Throws a UserError with the reason why the kind is unknown.
 */
export function pathKind(path: string, cwd: string): PathKind {
  const absolute = resolve(cwd, path);
  try {
    const stat = statSync(absolute, { throwIfNoEntry: false });
    if (stat === undefined) return 'nothing';
    if (stat.isDirectory()) return 'folder';
    if (!stat.isFile()) return 'other';
    return (stat.mode & 0o111) !== 0 && beginsAsProgram(absolute) ? 'program' : 'file';
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Returns the names in a folder, in alphabetical order. Throws a UserError with the reason why it can't be read. */
export function namesIn(folder: string, cwd: string): string[] {
  try {
    return readdirSync(resolve(cwd, folder)).sort();
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function beginsAsProgram(path: string): boolean {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, start);
  } finally {
    closeSync(file);
  }
  return start.toString('latin1').startsWith('#!') || start.toString('latin1') === '\x7fELF';
}

/** Refuses what was found in place of a file: throws a UserError that names its kind. */
export function refuseOdd(path: string, cwd: string): never {
  const stat = statSync(resolve(cwd, path), { throwIfNoEntry: false });
  const what = stat === undefined ? 'a link that leads nowhere' : (oddKind(stat) ?? 'a folder');
  throw new UserError(`${path}: ${what}, and no file`, { hint: 'put a file there, or take it away' });
}

const REASONS = wordTable<string>({
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'may not be read',
  ELOOP: 'its links lead in a circle',
});

function unreadable(path: string, error: unknown): UserError {
  if (error instanceof Unread)
    return new UserError(`${path}: ${error.message}`, { hint: error.hint, cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  return new UserError(`${path}: ${REASONS[code ?? ''] ?? message}`, { cause: error });
}
