import type { FileTree } from '../../../define.ts';
import type { CopiedFile } from './files.ts';

/** Returns a tree with further files in it; what is there already stays. */
export function withCopies(tree: FileTree, copies: readonly CopiedFile[]): FileTree {
  if (copies.length === 0) return tree;
  const texts = new Map(copies.map(({ path, text }) => [path, text]));
  const namesIn = (folder: string) => {
    const prefix = folder === '/' ? folder : `${folder}/`;
    const below = [...texts.keys()].filter((path) => path.startsWith(prefix));
    return below.map((path) => path.slice(prefix.length).split('/')[0] ?? '');
  };
  return {
    read(path) {
      const own = tree.read(path);
      const text = texts.get(path);
      return own.ok || text === undefined ? own : { ok: true, value: text };
    },
    list(folder) {
      const own = tree.list(folder);
      const more = namesIn(folder);
      if (more.length === 0) return own;
      return { ok: true, value: [...new Set([...(own.ok ? own.value : []), ...more])].sort() };
    },
    place: (path) => (texts.has(path) ? { ok: true, value: path } : tree.place(path)),
  };
}
