import type { AtRest, FileTree } from '../define.ts';
import type { Answer, Evidence } from '../model.ts';
import { evidenceOf } from './evidence.ts';
import { treeAt } from './tree-at.ts';

/** A question, and how an image answers it. */
interface Asked {
  probe: string;
  atRest?: AtRest;
}

/** The one namespace that a kernel begins with: what a host without namespaces calls its own. */
const INIT = '0';

/** The root file system that lies at a path, or why that holds none. */
export function openImage(path: string): Answer<FileTree> {
  const tree = treeAt(path);
  const top = tree.ok ? tree.value.list('/') : tree;
  if (!top.ok) return top;
  return top.value.includes('etc') || top.value.includes('usr')
    ? tree
    : { ok: false, problem: 'absent', reason: `${path} holds no root file system: neither /etc nor /usr` };
}

/** What an image answers to what a host is asked. */
export function askImage(
  tree: FileTree,
  { host, netns }: { host: readonly Asked[]; netns: readonly Asked[] },
): Evidence[] {
  const inPlace = (questions: readonly Asked[], namespace: string | null) =>
    questions.map(({ probe, atRest }) => evidenceOf(probe, namespace, atRest?.(tree) ?? ONLY_RUNNING));
  return [...inPlace(host, null), ...inPlace(netns, INIT)];
}

const ONLY_RUNNING = { ok: false, problem: 'unsupported', reason: 'only a running kernel knows it' } as const;
