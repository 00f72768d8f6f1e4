/** Sosreports and folders of pasted outputs: what hosts said earlier, to whoever asked. */
import type { Answer, Host, HostEvidence } from '../model.ts';
import { evidenceIn, type Questions } from './archive/evidence.ts';
import type { ArchivedHost } from './archive/outputs.ts';
import { type Archive, hostsIn } from './archive/read.ts';
import { treeAt } from './tree-at.ts';

/** All hosts of an archive, each called by its own name, and the files that told nothing. */
export function readArchive(
  path: string,
  questions: Questions,
): Answer<{ hosts: HostEvidence[]; unread: string[] }> {
  const archive = openArchive(path);
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
export function readArchiveOf(host: Host, path: string, questions: Questions): HostEvidence {
  const archive = openArchive(path);
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

function openArchive(path: string): Answer<Archive> {
  const tree = treeAt(path);
  if (!tree.ok) return tree;
  const archive = hostsIn(tree.value, path.replace(/(?<=.)\/+$/, ''));
  if (archive.hosts.length > 0) return { ok: true, value: archive };
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
