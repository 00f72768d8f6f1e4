import { statSync } from 'node:fs';
import type { FileTree } from '../define.ts';
import type { Answer } from '../model.ts';
import { folderStore } from './folder.ts';
import { treeOf } from './tree.ts';

/** The files that lie at a path. */
export function treeAt(path: string): Answer<FileTree> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { ok: false, problem: 'absent', reason: `${path} is not there` };
  if (!stat.isDirectory()) return { ok: false, problem: 'absent', reason: `${path} is no folder` };
  return { ok: true, value: treeOf(folderStore(path)) };
}
