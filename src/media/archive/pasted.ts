/**
 * A folder of outputs that people pasted, one for each host:
 *
 *   s2/iptables-save.txt   s2/sysctl_-a.txt   s2/etc/sysctl.d/99-gp.conf   s2/netns-master/nstat-az.txt
 */
import type { FileTree } from '../../define.ts';
import { groupedBy } from '../../grouped-by.ts';
import { ofUname } from './command-output.ts';
import { timeIn } from './date.ts';
import type { ArchivedHost, Output, OutputKind, Outputs } from './outputs.ts';
import { accountOf } from './paste/account.ts';
import { filesIn, joinPath, type PastedFile } from './paste/files.ts';
import { joinedKind, joinSections } from './paste/join.ts';
import type { Joined, PastedSection } from './paste/pasted-section.ts';
import { printedBy } from './paste/printed-by.ts';
import { withCopies } from './paste/with-copies.ts';
import { sharedWithInit } from './shared-with-init.ts';
import { withRemark } from './whole.ts';

/** A file or folder that held no answer. */
export interface UnreadPath {
  path: string;
  why: string;
}

export interface Pasted {
  host: ArchivedHost;
  unread: UnreadPath[];
}

/** The folders in a host's that are copies of its files. */
const COPIED: ReadonlySet<string> = new Set(['etc', 'usr', 'lib', 'run', 'proc', 'sys']);
/** The ones that show by themselves that the folder is a host's. */
const TELLING: ReadonlySet<string> = new Set(['etc', 'proc']);
const NETNS = /^netns-(.+)$/;

export const isOfANamespace = (folder: string) => NETNS.test(folder.slice(1));

/** Reads a folder of pasted outputs; null where it holds none. `path`: of the folder, as the user named it. */
export function readPasted(tree: FileTree, path: string): Pasted | null {
  const folders = foldersIn(tree, '/').map((folder) => folder.slice(1));
  const netns = folders.flatMap((folder) => NETNS.exec(folder)?.[1] ?? []);
  const own = filesIn(tree, '/', path);
  const isHost = netns.length > 0 || folders.some((folder) => TELLING.has(folder)) || own.some(tellsOfAHost);
  if (!isHost) return null;
  const inner = netns.map((name) => ({
    name,
    files: filesIn(tree, `/netns-${name}`, `${path}/netns-${name}`),
  }));
  const sections = [
    ...own.flatMap((file) => file.sections),
    ...inner.flatMap(({ name, files }) =>
      files.flatMap((file) => file.sections.map((section) => Object.assign(section, { namespace: name }))),
    ),
  ];
  const files = [...own, ...inner.flatMap((one) => one.files)];
  const name = nameIn(sections) ?? { text: path.slice(path.lastIndexOf('/') + 1), origin: path };
  const { mine, foreign } = apart(sections, name);
  const joined = joinedByNamespace(mine);
  const names = [...new Set([...netns, ...joined.keys()])].filter((one) => one !== null);
  const outputs = (namespace: string | null) => outputsOf(joined.get(namespace)?.outputs ?? new Map());
  const init = outputs(null);
  const copies = own.flatMap((file) => file.copies);
  const left = [...foreign, ...[...joined.values()].flatMap((one) => one.left), ...undated(mine, init)];
  const read = accountOf(files, left);
  return {
    host: {
      name,
      takenAt: timeIn(init('date')),
      namespaces: [
        { name: 'init', outputs: init },
        ...names.map((one) => ({ name: one, outputs: sharedWithInit(outputs(one), init) })),
      ],
      files: withCopies(tree, copies),
      cutFiles: new Map(
        copies
          .filter(({ doubts }) => doubts.length > 0)
          .map(({ path: at, doubts }) => [at, doubts.join('; ')]),
      ),
      root: isRoot(init),
      otherNamespaces: 'only namespaces with a folder netns-NAME were pasted',
      read,
    },
    unread: [
      ...read
        .filter(({ takenFor }) => takenFor.length === 0)
        .map((one) => ({ path: one.path, why: one.leftOut.join('; ') })),
      ...folders
        .filter((folder) => !COPIED.has(folder) && !NETNS.test(folder))
        .map((folder) => ({
          path: `${path}/${folder}`,
          why: 'it is a folder: each host has one of its own, each namespace one called netns-NAME',
        })),
    ],
  };
}

/** A time in a zone that a name stands for is not known: CST is of America, China and Cuba. */
const undated = (sections: readonly PastedSection[], init: Outputs): Joined['left'] =>
  timeIn(init('date')) === null
    ? sections
        .filter(({ kind }) => kind === 'date')
        .map((section) => ({
          section,
          why: 'its zone is not UTC, and no number: date -u or date -Is tells the time',
        }))
    : [];

const tellsOfAHost = ({ sections, copies }: PastedFile) => sections.length + copies.length > 0;

export function foldersIn(tree: FileTree, folder: string): string[] {
  const names = tree.list(folder);
  const paths = names.ok ? names.value.map((name) => joinPath(folder, name)) : [];
  return paths.filter((path) => tree.list(path).ok);
}

interface OfNamespace {
  outputs: Map<OutputKind, Output>;
  left: Joined['left'];
}

function joinedByNamespace(sections: readonly PastedSection[]): Map<string | null, OfNamespace> {
  const namespaces = groupedBy(sections, ({ namespace }) => namespace);
  return new Map(
    [...namespaces].map(([namespace, own]) => {
      const outputs = new Map<OutputKind, Output>();
      const left: Joined['left'] = [];
      for (const [kind, some] of groupedBy(own, (section) => joinedKind(section.kind))) {
        const joined = joinSections(kind, some);
        if (joined.output) outputs.set(joined.kind, joined.output);
        left.push(...joined.left);
      }
      return [namespace, { outputs, left }];
    }),
  );
}

function outputsOf(found: ReadonlyMap<OutputKind, Output>): Outputs {
  return (kind) => {
    const output = found.get(kind);
    return output
      ? { ok: true, value: withRemark(kind, output) }
      : { ok: false, problem: 'unsupported', reason: `${printedBy(kind)} was not pasted` };
  };
}

/** Sets apart what was printed elsewhere: in a container, on another host whose prompt stands before it. */
function apart(sections: readonly PastedSection[], { text: name }: Output) {
  const mine: PastedSection[] = [];
  const foreign: Joined['left'] = [];
  const short = (host: string) => host.trim().toLowerCase().split('.')[0] ?? '';
  const hosts = new Set(sections.flatMap(({ host }) => (host === null ? [] : short(host))));
  // a prompt may shorten the name, or be of a time when it had another
  const own = hosts.size < 2 ? null : hosts.has(short(name)) ? short(name) : [...hosts][0];
  for (const section of sections) {
    const { host, elsewhere } = section;
    if (elsewhere !== null)
      foreign.push({
        section,
        why: `it was printed elsewhere (${elsewhere}): into a folder netns-NAME with it, or that of its host`,
      });
    else if (own !== null && host !== null && short(host) !== own)
      foreign.push({
        section,
        why: `its prompt is of another host, ${host}: into a folder of that host with it`,
      });
    else mine.push(section);
  }
  return { mine, foreign };
}

/** Returns what the host calls itself, by `hostname`, `uname -a` or its prompt. */
function nameIn(sections: readonly PastedSection[]): Output | null {
  const own = sections.filter(({ namespace, elsewhere }) => namespace === null && elsewhere === null);
  const textOf = ({ rows }: PastedSection) =>
    rows
      .map(({ text }) => text)
      .join('\n')
      .trim();
  const hostname = own.find(({ kind }) => kind === 'hostname');
  if (hostname !== undefined) return { text: textOf(hostname), origin: hostname.origin };
  const uname = own.find(({ kind }) => kind === 'uname');
  const ofKernel = uname === undefined ? null : ofUname(textOf(uname), 'hostname');
  if (uname !== undefined && ofKernel !== null) return { text: ofKernel, origin: uname.origin };
  return null;
}

function isRoot(outputs: Outputs): boolean | null {
  const id = outputs('id');
  return id.ok ? /^uid=0\(/.test(id.value.text) : null;
}
