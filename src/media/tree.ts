import type { FileTree } from '../define.ts';
import type { Answer } from '../model.ts';
import { type Look, type ResolvedPlace, resolveIn, type TreeNode } from './resolve.ts';

/** The place of a tree's files: a folder, an archive's index. Paths are without links. */
export interface Store {
  look: Look;
  read(path: string, limit: number): Answer<Buffer>;
  list(path: string): Answer<string[]>;
}

/** The most bytes of one file: rules files with 50,000 rules have a tenth. */
const LARGEST = 16 * 2 ** 20;
/** The most names in one folder. */
const MOST_NAMES = 100_000;

/** The nodes that no image has to have. Devices are made at boot, and a file that is masked is a link to this one. */
const NULL: Record<string, TreeNode> = { '/dev': { kind: 'folder' }, '/dev/null': { kind: 'file' } };

/** Returns a store as collectors see it: links followed inside of it, sizes bounded. */
export function treeOf(store: Store): FileTree {
  const look: Look = (path) => NULL[path] ?? store.look(path);
  const at = (path: string, kind: ResolvedPlace['kind']): Answer<ResolvedPlace> => {
    const place = resolveIn(look, path);
    if (!place.ok || place.value.kind === kind) return place;
    const is = { file: 'a file', folder: 'a folder', other: 'neither a file nor a folder' }[place.value.kind];
    return { ok: false, problem: 'absent', reason: `${path} is ${is}` };
  };
  return {
    place(path) {
      const place = resolveIn(look, path);
      return place.ok ? { ok: true, value: place.value.path } : place;
    },
    read(path) {
      const place = at(path, 'file');
      if (!place.ok) return place;
      if (place.value.path === '/dev/null') return { ok: true, value: '' };
      const bytes = store.read(place.value.path, LARGEST + 1);
      if (!bytes.ok) return bytes;
      if (bytes.value.length > LARGEST)
        return { ok: false, problem: 'truncated', reason: `${path} has more than ${LARGEST / 2 ** 20} MiB` };
      return { ok: true, value: bytes.value.toString('utf8') };
    },
    list(folder) {
      const place = at(folder, 'folder');
      if (!place.ok) return place;
      const names = store.list(place.value.path);
      if (!names.ok) return names;
      if (names.value.length > MOST_NAMES)
        return { ok: false, problem: 'truncated', reason: `${folder} has more than ${MOST_NAMES} files` };
      return { ok: true, value: names.value.sort() };
    },
  };
}
