import type { FileTree } from '../../define.ts';
import type { Answer } from '../../model.ts';

/** Tells if one of these folders has a program. Where none does, and one can't be listed, that is not known. */
export function hasProgram(tree: FileTree, folders: readonly string[], name: string): Answer<boolean> {
  const listed = folders.map((folder) => tree.list(folder));
  if (listed.some((names) => names.ok && names.value.includes(name))) return { ok: true, value: true };
  return listed.find(isHidden) ?? { ok: true, value: false };
}

/** Tells whether an answer leaves open what is there. */
export function isHidden<T>(answer: Answer<T>): answer is Exclude<Answer<T>, { ok: true }> {
  return !answer.ok && answer.problem !== 'absent';
}
