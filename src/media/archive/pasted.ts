/**
 * A folder of outputs that people pasted, one for each host:
 *
 *   s2/iptables-save.txt   s2/sysctl_-a.txt   s2/etc/sysctl.d/99-gp.conf   s2/netns-master/nstat-az.txt
 */
import type { FileTree } from '../../define.ts';
import { ofUname } from './command-output.ts';
import { timeIn } from './date.ts';
import type { ArchivedHost, Output, OutputKind, Outputs } from './outputs.ts';
import { recognise } from './recognise.ts';
import { sharedWithInit } from './shared-with-init.ts';
import { remarked } from './whole.ts';

/** A host, and the files that held no answer. */
export interface Pasted {
  host: ArchivedHost;
  unread: string[];
}

/** The folders in a host's that are copies of its files. */
const COPIED: ReadonlySet<string> = new Set(['etc', 'usr', 'lib', 'run', 'proc', 'sys']);
const NETNS = /^netns-(.+)$/;

/** Tells whether the folder holds an output of a host. */
export const isFolderOfOutputs = (tree: FileTree) =>
  filesIn(tree).some(({ name, text }) => recognise(name, text) !== null);

export const isOfANamespace = (folder: string) => NETNS.test(folder.slice(1));

/** Reads a folder of pasted outputs; `path`: of the folder, as the user named it. */
export function readPasted(tree: FileTree, path: string): Pasted {
  const folders = foldersIn(tree, '/').map((folder) => folder.slice(1));
  const own = sortedOut(tree, '/', path);
  const inner = folders.flatMap((folder) => {
    const name = NETNS.exec(folder)?.[1];
    return name === undefined ? [] : [{ name, ...sortedOut(tree, `/${folder}`, `${path}/${folder}`) }];
  });
  const unread = folders.filter((folder) => !COPIED.has(folder) && !NETNS.test(folder));
  return {
    host: {
      name: nameIn(own.outputs) ?? { text: path.slice(path.lastIndexOf('/') + 1), origin: path },
      takenAt: timeIn(own.outputs('date')),
      namespaces: [
        { name: 'init', outputs: own.outputs },
        ...inner.map(({ name, outputs }) => ({ name, outputs: sharedWithInit(outputs, own.outputs) })),
      ],
      files: tree,
      root: isRoot(own.outputs),
      otherNamespaces: 'only namespaces with a folder netns-NAME were pasted',
    },
    unread: [
      ...own.unread,
      ...inner.flatMap((one) => one.unread),
      ...unread.map((folder) => `${path}/${folder}`),
    ],
  };
}

export function foldersIn(tree: FileTree, folder: string): string[] {
  const names = tree.list(folder);
  const paths = names.ok ? names.value.map((name) => join(folder, name)) : [];
  return paths.filter((path) => tree.list(path).ok);
}

const join = (folder: string, name: string) => `${folder === '/' ? '' : folder}/${name}`;

/** Lists the files of a folder. An unreadable one counts as empty: no output and no answer look alike there. */
function filesIn(tree: FileTree, folder = '/'): { name: string; text: string }[] {
  const names = tree.list(folder);
  return (names.ok ? names.value : []).flatMap((name) => {
    const path = join(folder, name);
    if (tree.list(path).ok) return [];
    const text = tree.read(path);
    return { name, text: text.ok ? text.value : '' };
  });
}

/**
 * Sorts files by kind. Of several outputs of a kind the longest is taken, as `iptables-save` beside `iptables-save -t
 * nat`.
 */
function sortedOut(tree: FileTree, folder: string, path: string): { outputs: Outputs; unread: string[] } {
  const found = new Map<OutputKind, Output>();
  const unread: string[] = [];
  for (const { name, text } of filesIn(tree, folder)) {
    const kind = recognise(name, text);
    const origin = `${path}/${name}`;
    if (kind === null) unread.push(origin);
    else if ((found.get(kind)?.text.length ?? -1) < text.length) found.set(kind, { text, origin });
  }
  const outputs: Outputs = (kind) => {
    const output = found.get(kind);
    return output
      ? { ok: true, value: { ...output, text: remarked(kind, output.text) } }
      : { ok: false, problem: 'unsupported', reason: `nothing that was pasted tells it (${kind})` };
  };
  return { outputs, unread };
}

function nameIn(outputs: Outputs): Output | null {
  const [hostname, uname] = [outputs('hostname'), outputs('uname')];
  if (hostname.ok) return hostname.value;
  const text = uname.ok ? ofUname(uname.value.text, 'hostname') : null;
  return uname.ok && text !== null ? { text, origin: uname.value.origin } : null;
}

function isRoot(outputs: Outputs): boolean | null {
  const id = outputs('id');
  return id.ok ? /^uid=0\(/.test(id.value.text) : null;
}
