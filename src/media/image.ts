import { statSync } from 'node:fs';
import type { AtRest, FileTree } from '../define.ts';
import type { Answer, Evidence } from '../model.ts';
import { folderStore } from './folder.ts';
import { treeOf } from './tree.ts';

/** A question, and how an image answers it. */
interface Asked {
  probe: string;
  atRest?: AtRest;
}

/** The one namespace that a kernel begins with: what a host without namespaces calls its own. */
const INIT = '0';

/** The root file system that lies at a path, or why that holds none. */
export function openImage(path: string): Answer<FileTree> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { ok: false, problem: 'absent', reason: `${path} is not there` };
  if (!stat.isDirectory()) return { ok: false, problem: 'absent', reason: `${path} is no folder` };
  const tree = treeOf(folderStore(path));
  const top = tree.list('/');
  if (!top.ok) return top;
  return top.value.includes('etc') || top.value.includes('usr')
    ? { ok: true, value: tree }
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

function evidenceOf(probe: string, namespace: string | null, answer: ReturnType<AtRest>): Evidence {
  const about = { probe, namespace, sample: 0 as const };
  if (!answer.ok) return { ...about, answer };
  const { text, ...place } = answer.value;
  return { ...about, answer: { ok: true, value: text }, ...place };
}
