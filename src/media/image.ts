import type { AtRest, FileTree } from '../define.ts';
import type { Answer, Evidence } from '../model.ts';
import { askTree } from './ask-tree.ts';
import { evidenceOf } from './evidence.ts';

/** A question, and the answer of an image to it. */
interface Asked {
  probe: string;
  atRest?: AtRest;
}

interface Questions {
  host: readonly Asked[];
  netns: readonly Asked[];
}

/** The one namespace that a kernel begins with: a host without namespaces calls it its own. */
const INIT = '0';

/** Returns the answers of the root file system at a path, or why there is none. `file`: its place, where `path` is none. */
export async function readImage(
  path: string,
  questions: Questions,
  file = path,
): Promise<Answer<{ evidence: Evidence[]; takenAt: string | null }>> {
  const asked = await askTree(path, isLikely, (tree) => rooted(tree, path, questions), file);
  if (!asked.ok) return asked;
  const { value: evidence, takenAt } = asked.value;
  return evidence.ok ? { ok: true, value: { evidence: evidence.value, takenAt } } : evidence;
}

/** True for the paths of settings, in an archive that has all else as well. */
const isLikely = (path: string) =>
  /^\/(etc\/|(usr\/)?(local\/)?lib\/([\w-]+\.d\/|os-release$|modules\/[^/]+\/modules\.builtin$))/.test(path);

function rooted(tree: FileTree, path: string, questions: Questions): Answer<Evidence[]> {
  const top = tree.list('/');
  if (!top.ok) return top;
  if (top.value.includes('etc') || top.value.includes('usr'))
    return { ok: true, value: askImage(tree, questions) };
  const isSaved = top.value.includes('manifest.json') || top.value.includes('oci-layout');
  const reason = isSaved
    ? `${path} is a saved image in a packed archive: unpack that first, as with gunzip`
    : `${path} holds no root file system: neither /etc nor /usr`;
  return { ok: false, problem: 'absent', reason };
}

/** Returns an image's answers to the questions for a host. */
function askImage(tree: FileTree, { host, netns }: Questions): Evidence[] {
  const answerAll = (questions: readonly Asked[], namespace: string | null) =>
    questions.map(({ probe, atRest }) => evidenceOf(probe, namespace, atRest?.(tree) ?? ONLY_RUNNING));
  return [...answerAll(host, null), ...answerAll(netns, INIT)];
}

const ONLY_RUNNING = { ok: false, problem: 'unsupported', reason: 'only a running kernel knows it' } as const;
