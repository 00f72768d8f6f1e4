import { statSync } from 'node:fs';
import type { FileTree } from '../define.ts';
import type { Answer } from '../model.ts';
import { folderStore } from './folder.ts';
import { isTar, tarStore } from './tar-store.ts';
import { treeOf } from './tree.ts';
import { unpacked } from './unpack.ts';

/** The files that lie at a path: in a folder, or in a tar archive, compressed or not. */
export function treeAt(path: string): Answer<FileTree> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { ok: false, problem: 'absent', reason: `${path} is not there` };
  if (stat.isDirectory()) return { ok: true, value: treeOf(folderStore(path)) };
  if (!stat.isFile())
    return { ok: false, problem: 'absent', reason: `${path} is neither a folder nor a file` };
  const bytes = unpacked(path);
  if (!bytes.ok) return bytes;
  if (!isTar(bytes.value)) return { ok: false, problem: 'absent', reason: `${path} is no tar archive` };
  try {
    return { ok: true, value: treeOf(tarStore(bytes.value)) };
  } catch (error) {
    return { ok: false, problem: 'failed', reason: `${path}: ${(error as Error).message}` };
  }
}
