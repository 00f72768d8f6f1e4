/** The hosts that lie at a path, as sosreports or as pasted outputs. */
import type { FileTree } from '../../define.ts';
import { subtree } from '../subtree.ts';
import type { ArchivedHost } from './outputs.ts';
import { NO_OUTPUT } from './paste/account.ts';
import { foldersIn, isOfANamespace, readPasted, type UnreadPath } from './pasted.ts';
import { isSosreport, readSosreport } from './sosreport.ts';

export interface Archive {
  hosts: { host: ArchivedHost; path: string }[];
  /** The files that held no answer. */
  unread: UnreadPath[];
}

/** Finds the hosts at `path`, which is as the user named it. Without hosts, nothing there is known. */
export function hostsIn(tree: FileTree, path: string): Archive {
  const one = hostIn(tree, path);
  if (one) return one;
  const inner = foldersIn(tree, '/').filter((folder) => !isOfANamespace(folder));
  // an archive of sosreport has everything in one folder
  const [only] = inner.length === 1 ? inner.map((folder) => subtree(tree, folder)) : [];
  if (only && isSosreport(only)) return hostsIn(only, path);
  const found = inner.map((folder) => hostIn(subtree(tree, folder), `${path}/${folder.slice(1)}`));
  const names = tree.list('/');
  const siblings = names.ok ? names.value.filter((name) => !inner.includes(`/${name}`)) : [];
  const empty = inner.filter((_, i) => found[i] === null);
  const hosts = found.flatMap((archive) => archive?.hosts ?? []);
  const nothing = [...siblings, ...empty.map((folder) => folder.slice(1))];
  return {
    hosts,
    unread: [
      ...nothing.map((name) => ({ path: `${path}/${name}`, why: NO_OUTPUT })),
      ...found.flatMap((archive) => archive?.unread ?? []),
    ],
  };
}

function hostIn(tree: FileTree, path: string): Archive | null {
  if (isSosreport(tree)) return { hosts: [{ host: readSosreport(tree, path), path }], unread: [] };
  const pasted = readPasted(tree, path);
  return pasted && { hosts: [{ host: pasted.host, path }], unread: pasted.unread };
}
