/** Folders of drop-in files, read in an image as a shell would on its host. */
import type { FileTree } from '../../define.ts';
import { groupedBy } from '../../grouped-by.ts';
import type { Answer } from '../../model.ts';

interface ConfFile {
  /** The path of the file; of the folder where that may not be listed. */
  path: string;
  /** Null where we may not read it. */
  lines: string[] | null;
}

/** Reads what `FOLDER/*.conf` stands for, folder by folder, and further files. Missing ones are left out. */
export function confFiles(
  tree: FileTree,
  folders: readonly string[],
  more: readonly string[],
): Answer<ConfFile[]> {
  const found: ConfFile[] = [];
  const paths: string[] = [];
  for (const folder of distinct(tree, folders)) {
    const names = tree.list(folder);
    if (names.ok) paths.push(...names.value.filter(isConf).map((name) => `${folder}/${name}`));
    else if (names.problem === 'denied') found.push({ path: folder, lines: null });
    else if (names.problem !== 'absent') return names;
  }
  for (const path of [...paths, ...more]) {
    const text = tree.read(path);
    if (text.ok) found.push({ path, lines: splitLines(text.value) });
    else if (text.problem === 'denied') found.push({ path, lines: null });
    else if (text.problem !== 'absent') return text;
  }
  return { ok: true, value: found };
}

/** Drops folders that are the same one: where /lib is a link to /usr/lib, a folder of it is one. */
function distinct(tree: FileTree, folders: readonly string[]): string[] {
  const byPlace = groupedBy(folders, (folder) => {
    const place = tree.place(folder);
    return place.ok ? place.value : folder;
  });
  return [...byPlace.values()].flatMap(([first]) => first ?? []);
}

const isConf = (name: string) => name.endsWith('.conf') && !name.startsWith('.');

/** The lines of a text, without the empty one after its end. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
