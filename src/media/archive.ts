/** Sosreports and folders of pasted outputs: what hosts said earlier, to whoever asked. */
import type { Answer, Host, HostEvidence } from '../model.ts';
import { evidenceIn, type Questions } from './archive/evidence.ts';
import type { ArchivedHost } from './archive/outputs.ts';
import { type Archive, hostsIn } from './archive/read.ts';
import { askTree } from './ask-tree.ts';

/** All hosts of an archive, each called by its own name, and the files that told nothing. */
export async function readArchive(
  path: string,
  questions: Questions,
): Promise<Answer<{ hosts: HostEvidence[]; unread: string[] }>> {
  const archive = await openArchive(path);
  if (!archive.ok) return archive;
  const { hosts, unread } = archive.value;
  const named = (name: string, at: string): Host => ({
    name,
    source: { file: at, line: 1, column: 1 },
    groups: [],
    vars: {},
  });
  return {
    ok: true,
    value: {
      hosts: hosts.map((one) => told(named(one.host.name, one.path), one.path, one.host, questions)),
      unread,
    },
  };
}

/** The archive of a host that an inventory names. */
export async function readArchiveOf(host: Host, path: string, questions: Questions): Promise<HostEvidence> {
  const archive = await openArchive(path);
  const only = archive.ok && archive.value.hosts.length === 1 ? archive.value.hosts[0] : undefined;
  if (only) return told(host, path, only.host, questions);
  const reached: Answer<null> = archive.ok
    ? {
        ok: false,
        problem: 'failed',
        reason: `${path} tells of ${archive.value.hosts.length} hosts, and not of one`,
      }
    : archive;
  return { host, medium: { kind: 'archive', path, takenAt: null }, reached, evidence: [] };
}

const everything = () => true;

async function openArchive(path: string): Promise<Answer<Archive>> {
  const named = path.replace(/(?<=.)\/+$/, '');
  const archive = await askTree(path, everything, (tree) => hostsIn(tree, named));
  if (!archive.ok) return archive;
  if (archive.value.value.hosts.length > 0) return { ok: true, value: archive.value.value };
  const reason = `${path} holds no sosreport, and no output that twlint knows`;
  return { ok: false, problem: 'absent', reason };
}

function told(host: Host, path: string, archived: ArchivedHost, questions: Questions): HostEvidence {
  const { takenAt } = archived;
  return {
    host,
    medium: { kind: 'archive', path, takenAt },
    reached: { ok: true, value: null },
    evidence: evidenceIn(archived, questions),
  };
}
