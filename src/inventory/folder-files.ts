/** The files of a folder and of the folders in it. */
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { namesIn, pathKind, refuseOdd } from './source-file.ts';

type IsWanted = (name: string, kind: 'file' | 'folder') => boolean;

/**
 * Lists files in alphabetical order, below the path that is given. A link that leads in a circle leads nowhere.
 * Throws a UserError that names what can't be read, as a pipe or a link to nothing.
 */
export function listFiles(folder: string, cwd: string, isWanted: IsWanted): string[] {
  return walk(folder, cwd, isWanted, []);
}

function walk(folder: string, cwd: string, isWanted: IsWanted, above: readonly string[]): string[] {
  const here = realpathSync(resolve(cwd, folder));
  if (above.includes(here)) return [];
  return namesIn(folder, cwd).flatMap((name) => {
    const path = join(folder, name);
    const kind = pathKind(path, cwd);
    if (kind === 'folder') return isWanted(name, kind) ? walk(path, cwd, isWanted, [...above, here]) : [];
    if (!isWanted(name, 'file')) return [];
    return kind === 'file' || kind === 'program' ? [path] : refuseOdd(path, cwd);
  });
}
