import type { FileTree } from '../define.ts';

/** Returns the tree that begins at a folder of another. */
export function subtree(tree: FileTree, folder: string): FileTree {
  const at = (path: string) => (folder === '/' ? path : `${folder}${path}`);
  return {
    read: (path) => tree.read(at(path)),
    list: (path) => tree.list(at(path)),
    place(path) {
      const place = tree.place(at(path));
      const isBelow = place.ok && place.value.startsWith(`${folder}/`);
      return isBelow ? { ok: true, value: place.value.slice(folder.length) } : place;
    },
  };
}
