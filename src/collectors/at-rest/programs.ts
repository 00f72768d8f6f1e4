import type { FileTree } from '../../define.ts';

/** Whether one of these folders has a program. */
export function hasProgram(tree: FileTree, folders: readonly string[], name: string): boolean {
  return folders.some((folder) => {
    const names = tree.list(folder);
    return names.ok && names.value.includes(name);
  });
}
