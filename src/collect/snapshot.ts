import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Evidence, HostEvidence, Problem, Snapshot } from '../model.ts';

const FORMAT = 'twlint-snapshot/1';

/** A snapshot's table of contents: everything but the answers, which are files of their own. */
interface Manifest extends Omit<Snapshot, 'hosts'> {
  format: typeof FORMAT;
  hosts: (Omit<HostEvidence, 'evidence'> & { evidence: Entry[] })[];
}

/** Without a problem, the answer is in `answerFile`. */
interface Entry extends Pick<Evidence, 'probe' | 'namespace' | 'sample' | 'origin' | 'remark'> {
  problem?: Problem;
  reason?: string;
}

/** Refuses a folder that holds something: a snapshot is never written over another. */
export function checkSnapshotFolder(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UserError(`${folder} is not empty`, { hint: 'name a new folder for the snapshot' });
}

/** Writes a snapshot as a folder that only its owner can read. The manifest comes last: without it, it is none. */
export function writeSnapshot(snapshot: Snapshot, folder: string): void {
  checkSnapshotFolder(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  for (const { host, evidence } of snapshot.hosts) {
    for (const entry of evidence) {
      if (!entry.answer.ok) continue;
      const path = join(folder, answerFile(host.name, entry));
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, entry.answer.value, { mode: 0o600 });
    }
  }
  const manifest: Manifest = {
    format: FORMAT,
    ...snapshot,
    hosts: snapshot.hosts.map((host) => ({ ...host, evidence: host.evidence.map(toEntry) })),
  };
  const path = join(folder, 'manifest.json');
  writeFileSync(`${path}.part`, `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

export const isSnapshot = (path: string) => existsSync(join(path, 'manifest.json'));

/** Reads a snapshot back: the same value that was written. */
export function readSnapshot(folder: string): Snapshot {
  const { format, ...manifest } = readManifest(folder);
  if (format !== FORMAT)
    throw new UserError(`${folder}: a snapshot of format ${JSON.stringify(format)}`, {
      hint: `this twlint reads ${FORMAT}`,
    });
  return {
    ...manifest,
    hosts: manifest.hosts.map((host) => ({
      ...host,
      evidence: host.evidence.map((entry) => readEvidence(folder, host.host.name, entry)),
    })),
  };
}

function readManifest(folder: string): Manifest {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path))
    throw new UserError(`${folder} is no snapshot: it has no manifest.json`, {
      hint: 'twlint collect -o DIR writes one',
    });
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`, { hint: 'collect the snapshot again' });
  }
}

function readEvidence(folder: string, host: string, { problem, reason, ...about }: Entry): Evidence {
  if (problem !== undefined) return { ...about, answer: { ok: false, problem, reason: reason ?? '' } };
  const path = join(folder, answerFile(host, about));
  try {
    return { ...about, answer: { ok: true, value: readFileSync(path, 'utf8') } };
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`, {
      hint: 'the manifest lists it; collect the snapshot again',
    });
  }
}

function toEntry({ answer, ...about }: Evidence): Entry {
  return {
    ...about,
    ...(answer.ok ? {} : { problem: answer.problem, reason: answer.reason }),
  };
}

/** `s2/netns-4026532201/counters.netstat.txt`. Made from the names, never read from the manifest. */
function answerFile(
  host: string,
  { probe, namespace, sample }: Pick<Evidence, 'probe' | 'namespace' | 'sample'>,
): string {
  const place = namespace === null ? 'host' : `netns-${encoded(namespace)}`;
  return join(encoded(host), place, `${encoded(probe)}${sample === 1 ? '.again' : ''}.txt`);
}

/** A name as one path segment: no separator, no leading dot. */
function encoded(name: string): string {
  const hex = (char: string) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return name.replace(/^\.|[^A-Za-z0-9._-]/gu, hex);
}
