import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { throwIfAny, UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { readNamed, Unread } from '../../read.ts';
import { filesMatching } from '../file-glob.ts';
import { absolutePath, type HomePlaces, shownPath } from '../home-path.ts';
import { type Directive, type Include, parseSshConfig } from './parse.ts';

/** The files that ssh reads, in the order in which they count. */
export interface SshConfig {
  files: Directive[][];
}

/** A file as read, and the folder where its relative `Include`s are looked for. */
interface Origin {
  path: string;
  folder: string;
  /** True when it is the user's own: `~` may stand in it. */
  personal: boolean;
  /** True when it must not be writable by others, as ssh demands of the one that it finds by itself. */
  guarded: boolean;
  /** True when its absence is a mistake. */
  named: boolean;
}

const SYSTEM_FOLDER = '/etc/ssh';

/**
 * Reads `~/.ssh/config` and `/etc/ssh/ssh_config`, or the one that -F names, or none with `-F none`. Throws UserErrors
 * with every mistake in them.
 */
export function readSshConfig(option: string | null, places: HomePlaces): SshConfig {
  if (option?.toLowerCase() === 'none') return { files: [] };
  const folder = join(places.home, '.ssh');
  const named = option === null ? null : absolutePath(option, places);
  const user: Origin = {
    path: named ?? join(folder, 'config'),
    folder,
    personal: true,
    guarded: named === null,
    named: named !== null,
  };
  const system: Origin = {
    path: join(SYSTEM_FOLDER, 'ssh_config'),
    folder: SYSTEM_FOLDER,
    personal: false,
    guarded: false,
    named: false,
  };
  const errors: UserError[] = [];
  const origins = named === null ? [user, system] : [user];
  const files = origins.map((origin) => readOrigin(origin, places, errors));
  throwIfAny(errors.sort(inReadingOrder));
  return { files };
}

function inReadingOrder({ source: a }: UserError, { source: b }: UserError): number {
  return a !== null && b !== null && a.file === b.file ? a.line - b.line : 0;
}

function readOrigin(origin: Origin, places: HomePlaces, errors: UserError[]): Directive[] {
  const include: Include = (pattern, place) => {
    const path = includedPath(pattern, origin, places);
    if (path === null) {
      errors.push(new UserError(`Include ${pattern}: here it has to be an absolute path`, { source: place }));
      return [];
    }
    return filesMatching(path).flatMap((file) => readText(file, origin, places, place, errors) ?? []);
  };
  const read = readText(origin.path, origin, places, null, errors);
  return read === null ? [] : parseSshConfig(read.text, read.file, include, errors);
}

function includedPath(pattern: string, { folder, personal }: Origin, { home }: HomePlaces): string | null {
  if (pattern === '~' || pattern.startsWith('~/')) return personal ? join(home, pattern.slice(1)) : null;
  return isAbsolute(pattern) ? pattern : join(folder, pattern);
}

function readText(
  path: string,
  { guarded, named }: Origin,
  places: HomePlaces,
  place: Source | null,
  errors: UserError[],
): { text: string; file: string } | null {
  const file = shownPath(path, places);
  const refuse = (why: string, hint: string | null = null) => {
    errors.push(
      new UserError(`${named && place === null ? '-F ' : ''}${file}: ${why}`, { source: place, hint }),
    );
    return null;
  };
  try {
    const text = readNamed(path);
    if (guarded && isOpenToOthers(path))
      return refuse('others may write to it, so ssh does not take it either', `chmod go-w ${file}`);
    return { text, file };
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    const { code, message, hint } = error;
    if (code === 'ENOENT') return named && place === null ? refuse('no such file') : null;
    return refuse(code === 'EACCES' ? 'permission denied' : message, hint);
  }
}

function isOpenToOthers(path: string): boolean {
  const { mode, uid } = statSync(path);
  return (mode & 0o022) !== 0 || (uid !== 0 && uid !== process.getuid?.());
}
