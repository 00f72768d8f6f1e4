/** The result of laying a layer on others: OCI image-spec, layer.md. */
import { resolveIn, type TreeNode } from './resolve.ts';
import type { TarEntry } from './tar.ts';

/** The content of a file, where it was kept. */
interface Content {
  /** The place of the content: equal for equal places of equal archives. */
  key: string;
  size: number;
  bytes: Buffer | null;
}

/** An entry of a layer. */
export interface Laid extends Pick<TarEntry, 'kind' | 'target'> {
  path: string;
  content: Content;
}

/** The nodes by path. Files have a content. */
export type Nodes = Map<string, TreeNode & { content?: Content }>;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Lays a layer on what is there: what it hides goes first, wherever in the layer that is written. */
export function lay(layer: readonly Laid[], nodes: Nodes): void {
  const entries = layer.map((entry) => ({ ...entry, path: resolved(entry.path, nodes) }));
  hide(entries, nodes);
  for (const { path, kind, target, content } of entries) {
    if (baseName(path).startsWith(WHITEOUT)) continue;
    for (let folder = folderOf(path); folder !== '/' && !nodes.has(folder); folder = folderOf(folder))
      nodes.set(folder, { kind: 'folder' });
    if (kind === 'link') nodes.set(path, { kind, target });
    else if (kind === 'file') nodes.set(path, { kind, content });
    else if (kind !== 'hardlink') nodes.set(path, { kind });
    else {
      const original = nodes.get(resolved(normal(target) ?? '/', nodes));
      nodes.set(path, original ?? { kind: 'other' });
    }
  }
}

function hide(entries: readonly Laid[], nodes: Nodes): void {
  const gone = new Set<string>();
  const emptied = new Set<string>();
  for (const { path, kind } of entries) {
    const [folder, name] = [folderOf(path), baseName(path)];
    if (name === OPAQUE) emptied.add(folder);
    else if (name.startsWith(WHITEOUT)) gone.add(join(folder, name.slice(WHITEOUT.length)));
    else if (kind !== 'folder' && nodes.get(path)?.kind === 'folder') gone.add(path);
  }
  if (gone.size + emptied.size === 0) return;
  for (const path of [...nodes.keys()]) {
    let hidden = gone.has(path);
    for (let folder = folderOf(path); !hidden; folder = folderOf(folder)) {
      hidden = emptied.has(folder) || gone.has(folder);
      if (folder === '/') break;
    }
    if (hidden) nodes.delete(path);
  }
}

/**
 * Returns the path where an entry lands: a folder of its path may be a link by now, and what is below it goes where
 * that leads.
 */
function resolved(path: string, nodes: Nodes): string {
  const folder = folderOf(path);
  if (folder === '/' || nodes.get(folder)?.kind === 'folder') return path;
  const look = (at: string): TreeNode => nodes.get(at) ?? { kind: 'folder' };
  const place = resolveIn(look, folder);
  return place.ok ? join(place.value.path, baseName(path)) : path;
}

/** Normalises a name: `./etc/passwd` is /etc/passwd. Null for the root itself, and for what would lead out of it. */
export function normal(name: string): string | null {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') || name.length > 4096 ? null : `/${parts.join('/')}`;
}

export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const join = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`);
