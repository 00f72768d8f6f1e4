import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lists the paths that a pattern like `/etc/ssh/ssh_config.d/*.conf` names, sorted: glob(7). None where nothing
 * matches.
 */
export function filesMatching(pattern: string): string[] {
  let found = ['/'];
  for (const part of pattern.split('/').filter((part) => part !== ''))
    found = found.flatMap((folder) => entries(folder, part).map((name) => join(folder, name)));
  return found;
}

/** Lists the entries that match. A name that begins with a dot is matched only by a pattern that does, too. */
function entries(folder: string, pattern: string): string[] {
  if (!/[*?[\\]/.test(pattern)) return existsSync(join(folder, pattern)) ? [pattern] : [];
  const matches = expressionOf(pattern);
  return namesIn(folder)
    .filter((name) => (pattern.startsWith('.') || !name.startsWith('.')) && matches.test(name))
    .sort();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // as in glob(3), a path that is no folder holds nothing
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return [];
    throw error;
  }
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\\(.)|\[!?\]?[^\]]*\]|[*?]|[.+^${}()|[\]\\]/g,
    (token, escaped?: string) => {
      if (escaped !== undefined) return escaped.replace(/\W/, '\\$&');
      if (token === '*') return '.*';
      if (token === '?') return '.';
      if (token.length > 2 && token.startsWith('['))
        return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
      return `\\${token}`;
    },
  );
  return new RegExp(`^${source}$`, 's');
}
