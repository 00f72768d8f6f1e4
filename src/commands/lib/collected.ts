/** Reads what was collected before, whoever did it. */
import type { Plan } from '../../collect/plan.ts';
import { printedFiles, readPrintedFile } from '../../collect/printed-files.ts';
import { isSnapshot, openSnapshot } from '../../collect/snapshot.ts';
import { now } from '../../collect/times.ts';
import { UserError } from '../../errors.ts';
import { printable } from '../../formats/printable.ts';
import { readArchive } from '../../media/archive.ts';
import type { HostEvidence, Snapshot } from '../../model.ts';
import { wellNamed } from './names-of-media.ts';
import type { World } from './world.ts';

/** Reads what was collected earlier: a snapshot of ours, what the printed script printed, or an archive. */
export async function snapshotFrom(path: string, plan: Plan, world: World): Promise<Snapshot> {
  const warn = (text: string): void => world.err.write(`twlint: ${printable(text)}\n`);
  if (isSnapshot(path)) return openSnapshot(path);
  const { printed, others } = printedFiles(path);
  if (printed.length === 0) return snapshotOfArchive(path, plan.atRest, warn);
  for (const other of others)
    warn(`nothing was read from ${other}: it is not what the printed script printed`);
  return snapshotOf(printed.map((file) => wellNamed(readPrintedFile(file, plan), warn)));
}

/** Reads an archive as a snapshot. */
async function snapshotOfArchive(
  path: string,
  questions: Plan['atRest'],
  warn: (text: string) => void,
): Promise<Snapshot> {
  const archive = await readArchive(path, questions);
  if (!archive.ok) throw new UserError(archive.reason, { hint: await hintFor(path) });
  const { unread } = archive.value;
  const hosts = archive.value.hosts.map((host) => wellNamed(host, warn));
  for (const { path: file, why } of unread) warn(`nothing was read from ${file}: ${why}`);
  return snapshotOf(hosts);
}

async function hintFor(path: string): Promise<string> {
  const { isPart } = await import('../../parts/part-file.ts');
  return (await isPart(path)) ? PART : FROM;
}

/** Dates a run by when its hosts were looked at. */
function snapshotOf(hosts: HostEvidence[]): Snapshot {
  const times = hosts.flatMap(({ medium }) => medium?.takenAt ?? []).sort();
  const [startedAt = now(), finishedAt = startedAt] = [times[0], times.at(-1)];
  return { startedAt, finishedAt, interrupted: false, hosts };
}

const FROM =
  '--from takes snapshots (twlint collect -o DIR), what the printed script printed, sosreports and folders of pasted outputs: docs/archives.md';

const PART = 'it is a part of an audit: twlint merge reports on all parts';
