import { statSync } from 'node:fs';
import type { FileTree } from '../define.ts';
import type { Answer } from '../model.ts';
import { oddKind } from '../read.ts';
import { packer, type Range, Unreadable } from './bytes.ts';
import { diskImage } from './disk-images.ts';
import { folderStore } from './folder.ts';
import { askLayers, type Likely } from './layers.ts';
import { type Files, filesOfArchive, filesOfFolder, isSaved, savedImage } from './saved.ts';
import { treeOf } from './tree.ts';

/** The result of `ask`, and when the tree was made, where that is known. */
export interface TreeAnswers<T> {
  value: T;
  takenAt: string | null;
}

/**
 * Asks the tree of files that lies at a path: a folder, a tar archive (packed or not), an OCI layout, the output of
 * `docker save`. `ask` may be called more than once, and has to read all that it wants while it runs.
 *
 * @param likely the files of an archive whose contents are kept at the first reading
 * @param file its place on the disk, where `path` is none: standard input
 */
export async function askTree<T>(
  path: string,
  likely: Likely,
  ask: (tree: FileTree) => T,
  file = path,
): Promise<Answer<TreeAnswers<T>>> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return { ok: false, problem: 'absent', reason: `${path} is not there` };
  try {
    if (stat.isDirectory()) return { ok: true, value: await askFolder(path, likely, ask) };
    // a pipe may have no writer, and a device no end
    if (!stat.isFile())
      return {
        ok: false,
        problem: 'failed',
        reason: `${path}: ${oddKind(stat)}, and neither a folder nor a file`,
      };
    const disk = await diskImage(file, path);
    if (disk !== null) return { ok: false, problem: 'failed', reason: disk };
    return { ok: true, value: await askArchive({ path: file, start: 0, size: stat.size }, likely, ask) };
  } catch (error) {
    if (!(error instanceof Unreadable) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    return { ok: false, problem: 'failed', reason: `${path}: ${(error as Error).message}` };
  }
}

async function askFolder<T>(
  path: string,
  likely: Likely,
  ask: (tree: FileTree) => T,
): Promise<TreeAnswers<T>> {
  const files = filesOfFolder(path);
  if (isSaved(files)) return askSaved(files, likely, ask);
  return { value: ask(treeOf(folderStore(path))), takenAt: null };
}

/**
 * Asks an archive. In a packed one nothing can be found before all of it is unpacked: saved images in it are not looked
 * for.
 */
async function askArchive<T>(
  range: Range,
  likely: Likely,
  ask: (tree: FileTree) => T,
): Promise<TreeAnswers<T>> {
  const files = (await packer(range)) === null ? await filesOfArchive(range) : null;
  if (files !== null && isSaved(files)) return askSaved(files, likely, ask);
  return { value: await askLayers([range], likely, ask), takenAt: null };
}

async function askSaved<T>(
  files: Files,
  likely: Likely,
  ask: (tree: FileTree) => T,
): Promise<TreeAnswers<T>> {
  const { layers, takenAt } = await savedImage(files);
  return { value: await askLayers(layers, likely, ask), takenAt };
}
