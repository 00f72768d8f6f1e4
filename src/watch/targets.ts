/** The namespaces of a host that are watched, and the process through which each is read. */
import namespacesCollector from '../collectors/namespaces.ts';
import { parse, parsing } from '../host/reading.ts';
import type { Answer } from '../model.ts';

/** A namespace that is watched. */
export interface WatchedNamespace {
  inode: string;
  name: string;
  /** A process in it; `own`: the loop's own namespace; null: it has none. */
  pid: number | 'own' | null;
}

/** A namespace's identity: the numbers of those that have ended are used again. */
export const namespaceKey = ({ inode, name }: Pick<WatchedNamespace, 'inode' | 'name'>): string =>
  `${inode} ${name}`;

export interface Listing {
  namespaces: WatchedNamespace[];
  /** Paths of named namespaces that need a process of ours. */
  toHold: string[];
}

/**
 * Reads a list of namespaces.
 *
 * @param held our own processes, by the paths of the namespaces that they wait in: one that nothing else keeps is gone
 */
export function readNamespaceListing(text: string, held: ReadonlyMap<string, number>): Answer<Listing> {
  const list = parsing(() => parse(namespacesCollector, { list: text }).fact.value.list);
  if (!list.ok) return list;
  const ours = new Map([...held].map(([path, pid]) => [pid, path]));
  const own = /^own (\d+)$/m.exec(text)?.[1];
  const processes = new Map<string, number[]>();
  const paths = new Map<string, string>();
  const add = (inode: string, pid: number) => {
    processes.set(inode, [...(processes.get(inode) ?? []), pid]);
  };
  for (const [, kind = '', inode = '', rest = ''] of text.matchAll(/^(netns|process) (\d+) (\S+)/gm)) {
    const pid = /^(?:\/proc\/)?(\d+)(?:\/ns\/net)?$/.exec(rest)?.[1];
    if (pid !== undefined) add(inode, Number(pid));
    else if (kind === 'netns') paths.set(inode, rest);
  }
  const toHold: string[] = [];
  const namespaces = list.value.flatMap(({ inode, name, init }): WatchedNamespace[] => {
    if (inode === own) return [{ inode, name, pid: 'own' }];
    if (init) return [{ inode, name, pid: 1 }];
    const [foreign] = (processes.get(inode) ?? []).filter((pid) => !ours.has(pid));
    if (foreign !== undefined) return [{ inode, name, pid: foreign }];
    const path = paths.get(inode);
    if (path === undefined) return [];
    toHold.push(path);
    return [{ inode, name, pid: held.get(path) ?? null }];
  });
  return { ok: true, value: { namespaces, toHold: toHold.sort() } };
}
