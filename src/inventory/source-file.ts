/** Files that a person wrote, and what reports call them. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';

export interface SourceFile {
  /** Relative to its git repository, or else to the working directory; with `/`. */
  name: string;
  text: string;
}

/** Throws a UserError that says why it can't be read. */
export function readSourceFile(path: string, cwd: string): SourceFile {
  const absolute = resolve(cwd, path);
  const base = repositoryOf(dirname(absolute)) ?? cwd;
  const name = relative(base, absolute).split(sep).join('/');
  try {
    return { name, text: readFileSync(absolute, 'utf8') };
  } catch (error) {
    const hint = path.includes(',') ? 'hosts are named in a file, not in the command' : null;
    throw new UserError(`${path}: ${reasonOf(error)}`, { hint });
  }
}

/** The nearest folder upwards that has a `.git` (a folder, or in worktrees and submodules a file). */
function repositoryOf(folder: string): string | null {
  if (existsSync(resolve(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : repositoryOf(parent);
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'is a folder: name a file in it',
  EACCES: 'may not be read',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
