import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folders that paths of people start from: `~` is the home folder, anything else is relative to the working
 * directory.
 */
export interface HomePlaces {
  cwd: string;
  home: string;
}

export const homePlaces = ({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): HomePlaces => ({
  cwd,
  home: env.HOME || homedir(),
});

/** `~/.ssh/id_rsa` → `/home/me/.ssh/id_rsa` */
export function absolutePath(path: string, { cwd, home }: HomePlaces): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1));
  return resolve(cwd, path);
}

/** `/home/me/.ssh/id_rsa` → `~/.ssh/id_rsa` */
export function shownPath(path: string, { home }: HomePlaces): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
