/** The hosts that lie at a path, as sosreports or as pasted outputs. */
import type { FileTree } from '../../define.ts';
import { subtree } from '../subtree.ts';
import type { ArchivedHost } from './outputs.ts';
import { NO_OUTPUT } from './paste/account.ts';
import { foldersIn, isOfANamespace, readPasted, type UnreadPath } from './pasted.ts';
import { isSosreport, readSosreport } from './sosreport.ts';

export interface Archive {
  hosts: { host: ArchivedHost; path: string }[];
  /** The folders that may not be entered: each may hold a host. */
  barred: { name: string; path: string; reason: string }[];
  /** The files that held no answer. */
  unread: UnreadPath[];
}

/** Finds the hosts at `path`, which is as the user named it. Without hosts, nothing there is known. */
export function hostsIn(tree: FileTree, path: string): Archive {
  const one = hostIn(tree, path);
  if (one) return one;
  const names = tree.list('/');
  if (!names.ok) return { hosts: [], barred: [], unread: [{ path, why: names.reason }] };
  const inner = foldersIn(tree, '/').filter((folder) => !isOfANamespace(folder));
  // an archive of sosreport has everything in one folder
  const [only] = inner.length === 1 ? inner.map((folder) => subtree(tree, folder)) : [];
  if (only && isSosreport(only)) return hostsIn(only, path);
  const found = inner.map((folder) => hostIn(subtree(tree, folder), `${path}/${folder.slice(1)}`));
  const siblings = names.value.filter((name) => !inner.includes(`/${name}`));
  const barred = siblings.flatMap((name) => {
    const list = tree.list(`/${name}`);
    return list.ok || list.problem !== 'denied'
      ? []
      : [{ name, path: `${path}/${name}`, reason: list.reason }];
  });
  const empty = inner.filter((_, i) => found[i] === null);
  const hosts = found.flatMap((archive) => archive?.hosts ?? []);
  const isBarred = (name: string) => barred.some((one) => one.name === name);
  const nothing = [...siblings.filter((name) => !isBarred(name)), ...empty.map((folder) => folder.slice(1))];
  return {
    hosts,
    barred,
    unread: [
      ...nothing.map((name) => ({ path: `${path}/${name}`, why: NO_OUTPUT })),
      ...found.flatMap((archive) => archive?.unread ?? []),
    ],
  };
}

function hostIn(tree: FileTree, path: string): Archive | null {
  if (isSosreport(tree))
    return { hosts: [{ host: readSosreport(tree, path), path }], barred: [], unread: [] };
  const pasted = readPasted(tree, path);
  return pasted && { hosts: [{ host: pasted.host, path }], barred: [], unread: pasted.unread };
}
