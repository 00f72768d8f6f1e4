/** Files that a person wrote, and what reports call them. */

import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';
import { wordTable } from '../word-table.ts';

export interface SourceFile {
  /** Relative to its git repository, or else to the working directory; with `/`. */
  name: string;
  text: string;
}

/** Throws a UserError that says why it can't be read. */
export function readSourceFile(path: string, cwd: string): SourceFile {
  try {
    return {
      name: sourceName(path, cwd),
      text: readFileSync(resolve(cwd, path), 'utf8').replace(/^\ufeff/, ''),
    };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** What sources and complaints call a file. */
export function sourceName(path: string, cwd: string): string {
  const absolute = resolve(cwd, path);
  const base = repositoryOf(dirname(absolute)) ?? cwd;
  return relative(base, absolute).split(sep).join('/');
}

/**
 * Of a file that was found in a folder, and not named: throws a UserError where it is a link to something that lies
 * neither in the same repository nor, without one, below the working directory or that folder.
 */
export function refuseLinkOut(path: string, folder: string, cwd: string): void {
  const [here, file] = [realpathSync(resolve(cwd, folder)), realpathSync(resolve(cwd, path))];
  const base = repositoryOf(here) ?? (isBelow(here, realpathSync(cwd)) ? realpathSync(cwd) : here);
  if (isBelow(file, base)) return;
  throw new UserError(`${path}: a link to ${file}, which is not read`, {
    hint: `an inventory reads what lies with it, below ${base}: copy it there`,
  });
}

const isBelow = (path: string, folder: string) =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The nearest folder upwards that has a `.git` (a folder, or in worktrees and submodules a file). */
function repositoryOf(folder: string): string | null {
  if (existsSync(resolve(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : repositoryOf(parent);
}

/** `other`: a pipe, as in `-i <(command)`, or a device. */
export type PathKind = 'file' | 'program' | 'folder' | 'other' | 'nothing';

/**
 * What stands at a path. A program is executable, and begins as programs do: whoever copies from a Windows share has
 * executable texts. Throws a UserError that says why it can't be told.
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

/** The names in a folder, in alphabetical order. Throws a UserError that says why it can't be read. */
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

const REASONS = wordTable<string>({
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'may not be read',
  ELOOP: 'its links lead in a circle',
});

function unreadable(path: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new UserError(`${path}: ${REASONS[code ?? ''] ?? message}`);
}
