import type { FileTree } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { newestRelease } from '../../network/kernel-version.ts';

const MODULES = '/lib/modules';

/** Returns the kernel that an image most likely boots: the newest of those that have modules in it. */
export function kernelRelease(tree: FileTree): Answer<{ release: string; origin: string }> {
  const found = tree.list(MODULES);
  if (!found.ok && found.problem !== 'absent') return found;
  const release = newestRelease(found.ok ? found.value : []);
  if (release === null)
    return { ok: false, problem: 'unsupported', reason: `the image holds no kernel: none is in ${MODULES}` };
  return { ok: true, value: { release, origin: `${MODULES}/${release}` } };
}
