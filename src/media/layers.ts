/** Archives laid on one another as a container's file system is: a later one hides what earlier ones have. */
import type { FileTree } from '../define.ts';
import { bytesOf, type Range, Unreadable } from './bytes.ts';
import { baseName, folderOf, type Laid, lay, type Nodes, normal } from './overlay.ts';
import { readEntries } from './tar.ts';
import { type Store, treeOf } from './tree.ts';

/** Tells which contents are worth keeping, before anybody has asked for them. */
export type Likely = (path: string) => boolean;

/** The contents that are wanted, by layer and place: `2:10240`. */
type Wanted = Set<string>;

const MOST_ENTRIES = 2_000_000;
/** The most bytes of one file that are kept, and of all. */
const LARGEST = 16 * 2 ** 20 + 1;
const MOST_KEPT = 256 * 2 ** 20;
/** The most passes over an archive: each brings what was asked for and not kept, which may lead to other files. */
const MOST_PASSES = 4;

/**
 * Asks a tree made of layers. An archive can't be read here and there, so a content that nobody thought likely is noted
 * and brought by the next pass over it; `ask` may therefore be called again.
 */
export async function askLayers<T>(
  layers: readonly Range[],
  likely: Likely,
  ask: (tree: FileTree) => T,
): Promise<T> {
  const wanted: Wanted = new Set();
  for (let pass = 1; ; pass++) {
    const nodes = await nodesOf(layers, likely, wanted);
    const missed: Wanted = new Set();
    const value = ask(treeOf(storeOf(nodes, missed)));
    if (missed.size === 0 || pass === MOST_PASSES) return value;
    for (const key of missed) wanted.add(key);
  }
}

async function nodesOf(layers: readonly Range[], likely: Likely, wanted: Wanted): Promise<Nodes> {
  const nodes: Nodes = new Map();
  let kept = 0;
  for (const [i, range] of layers.entries()) {
    const bytes = await bytesOf(range);
    const layer: Laid[] = [];
    try {
      for await (const { entry, content } of readEntries(bytes)) {
        const path = normal(entry.name);
        if (path === null) continue;
        if (layer.length + nodes.size > MOST_ENTRIES)
          throw new Unreadable(`it has more than ${MOST_ENTRIES} files`);
        const { kind, target, size } = entry;
        const key = `${i}:${entry.start}`;
        const isWanted = kind === 'file' && size < LARGEST && (wanted.has(key) || likely(path));
        const isKept = isWanted && kept + size <= MOST_KEPT;
        if (isKept) kept += size;
        layer.push({ path, kind, target, content: { key, size, bytes: isKept ? await content() : null } });
      }
    } finally {
      await bytes.close();
    }
    lay(layer, nodes);
  }
  return nodes;
}

function storeOf(nodes: Nodes, missed: Wanted): Store {
  let children: Map<string, string[]> | null = null;
  return {
    look: (path) => nodes.get(path) ?? null,
    list(path) {
      children ??= childrenIn(nodes);
      return { ok: true, value: [...(children.get(path) ?? [])] };
    },
    read(path) {
      // biome-ignore lint/style/noNonNullAssertion: only files are read, and files have a content
      const { key, size, bytes } = nodes.get(path)!.content!;
      if (bytes !== null) return { ok: true, value: bytes };
      if (size < LARGEST) missed.add(key);
      return { ok: false, problem: 'truncated', reason: `${path} is more than what is taken of an archive` };
    },
  };
}

function childrenIn(nodes: Nodes): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const path of nodes.keys()) {
    const folder = folderOf(path);
    const names = children.get(folder);
    if (names) names.push(baseName(path));
    else children.set(folder, [baseName(path)]);
  }
  return children;
}
