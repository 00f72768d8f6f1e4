/** Paths in a root file system that is not the running one, as the kernel would follow them in it. */
import type { Answer } from '../model.ts';

/** The node at a path itself: a link is not followed. */
export type TreeNode =
  | { kind: 'file' | 'folder' | 'other' }
  | { kind: 'link'; target: string }
  | { kind: 'denied'; reason: string };

/** Looks at a path whose folders are no links. Null: nothing is there. */
export type Look = (path: string) => TreeNode | null;

/** The place that a path leads to. */
export interface ResolvedPlace {
  path: string;
  kind: 'file' | 'folder' | 'other';
}

/** The number of links that the kernel follows: path_resolution(7). */
const MOST_LINKS = 40;

/** Follows all links; an absolute one begins at the tree's root, and `..` ends there. */
export function resolveIn(look: Look, path: string): Answer<ResolvedPlace> {
  const ahead = partsOf(path).reverse();
  let at: string[] = [];
  let links = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '..') {
      at = at.slice(0, -1);
      continue;
    }
    const here = `/${[...at, part].join('/')}`;
    const node = look(here);
    if (node === null) return { ok: false, problem: 'absent', reason: `${here} is not there` };
    if (node.kind === 'denied') return { ok: false, problem: 'denied', reason: `${here}: ${node.reason}` };
    if (node.kind === 'link') {
      if (++links > MOST_LINKS)
        return { ok: false, problem: 'absent', reason: `${path}: too many symbolic links` };
      if (node.target.startsWith('/')) at = [];
      ahead.push(...partsOf(node.target).reverse());
    } else if (node.kind !== 'folder' && ahead.length > 0)
      return { ok: false, problem: 'absent', reason: `${here} is no folder` };
    else at = [...at, part];
  }
  const end = `/${at.join('/')}`;
  const node = at.length === 0 ? { kind: 'folder' as const } : look(end);
  return node === null || node.kind === 'link' || node.kind === 'denied'
    ? { ok: false, problem: 'failed', reason: `${end} changes while it is read` }
    : { ok: true, value: { path: end, kind: node.kind } };
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');
