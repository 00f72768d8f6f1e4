/** Sosreports and folders of pasted outputs: answers that hosts gave earlier, to whoever asked. */
import type { Answer, Evidence, Host, HostEvidence } from '../model.ts';
import { type ArchiveQuestions, evidenceIn } from './archive/evidence.ts';
import type { ArchivedHost } from './archive/outputs.ts';
import { NO_OUTPUT } from './archive/paste/account.ts';
import type { UnreadPath } from './archive/pasted.ts';
import { type Archive, hostsIn } from './archive/read.ts';
import { askTree } from './ask-tree.ts';

interface ArchivedEvidence {
  host: ArchivedHost;
  path: string;
  evidence: Evidence[];
}

/** A host that goes by the name it gives itself, which may be anything. */
export interface SelfNamed {
  evidence: HostEvidence;
  /** The file that has this name. */
  namedIn: string;
}

/** Reads all hosts of an archive, and lists the files that held no answer. */
export async function readArchive(
  path: string,
  questions: ArchiveQuestions,
): Promise<Answer<{ hosts: SelfNamed[]; unread: UnreadPath[] }>> {
  const archive = await askArchive(path, questions);
  if (!archive.ok) return archive;
  const { hosts, barred, unread } = archive.value;
  const named = (name: string, at: string): Host => ({
    name,
    source: { file: at, line: 1, column: 1 },
    groups: [],
    vars: {},
  });
  return {
    ok: true,
    value: {
      hosts: [
        ...hosts.map((one) => {
          const { text, origin } = one.host.name;
          return { evidence: heard(named(text.trim(), one.path), one.path, one), namedIn: origin };
        }),
        ...barred.map(({ name, path: at, reason }) => {
          const reached: Answer<null> = { ok: false, problem: 'denied', reason };
          return { evidence: unheard(named(name, at), at, reached), namedIn: at };
        }),
      ],
      unread,
    },
  };
}

/** Reads the archive of a host that an inventory names. */
export async function readArchiveOf(
  host: Host,
  path: string,
  questions: ArchiveQuestions,
): Promise<HostEvidence> {
  const archive = await askArchive(path, questions);
  const only = archive.ok && archive.value.hosts.length === 1 ? archive.value.hosts[0] : undefined;
  if (only) return heard(host, path, only);
  const reached: Answer<null> = archive.ok
    ? {
        ok: false,
        problem: 'failed',
        reason: `${path} tells of ${archive.value.hosts.length} hosts, and not of one`,
      }
    : archive;
  return unheard(host, path, reached);
}

const unheard = (host: Host, path: string, reached: Answer<null>): HostEvidence => ({
  host,
  medium: { kind: 'archive', path, takenAt: null },
  reached,
  evidence: [],
});

async function askArchive(
  path: string,
  questions: ArchiveQuestions,
): Promise<Answer<Omit<Archive, 'hosts'> & { hosts: ArchivedEvidence[] }>> {
  const named = path.replace(/(?<=.)\/+$/, '');
  const asked = await askTree(path, isNoLog, (tree) => {
    const { hosts, ...others } = hostsIn(tree, named);
    return { ...others, hosts: hosts.map((one) => ({ ...one, evidence: evidenceIn(one.host, questions) })) };
  });
  if (!asked.ok) return asked;
  const { hosts, barred, unread } = asked.value.value;
  if (hosts.length + barred.length > 0) return { ok: true, value: asked.value.value };
  const [first, ...more] = unread;
  const isTelling = first !== undefined && more.length === 0 && first.why !== NO_OUTPUT;
  const known = isTelling ? ` (${first.path}: ${first.why})` : '';
  const reason = `${path} holds no sosreport, and no output that twlint knows${known}`;
  return { ok: false, problem: 'absent', reason };
}

/** True for files that are no logs: these are most of a sosreport, and nobody asks for them. */
const isNoLog = (path: string) => !path.includes('/var/log/');

function heard(
  host: Host,
  path: string,
  { host: { takenAt, read }, evidence }: ArchivedEvidence,
): HostEvidence {
  return {
    host,
    medium: { kind: 'archive', path, takenAt, ...(read !== undefined && { files: read }) },
    reached: { ok: true, value: null },
    evidence,
  };
}
