import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Evidence, HostEvidence, Snapshot } from '../model.ts';
import { checkFound, readFound } from '../read.ts';
import { writeWhole } from '../write.ts';
import { FORMAT, type Manifest, type ManifestEntry, readManifest, withPath } from './manifest.ts';

/** The most bytes of a file that is read: no host was ever let answer more. */
const LARGEST = 64 * 2 ** 20;

/** Refuses a folder that holds something: a snapshot is never written over another. */
export function checkSnapshotFolder(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new UserError(`${folder} is not empty`, { hint: 'name a new folder for the snapshot' });
}

/** The writing of a snapshot, host by host. Each step throws a UserError where it fails, and leaves nothing behind. */
export interface SnapshotWriter {
  /** Writes the answers of a host, and returns what the manifest says of it. */
  add(host: HostEvidence): ManifestHost;
  /** Writes the manifest, which comes last: without it, the folder is no snapshot. */
  finish(run: Omit<Manifest, 'format'>): void;
}

type ManifestHost = Manifest['hosts'][number];

/** Begins a snapshot as a folder that only its owner can read; it is made with the first host. */
export function beginSnapshot(folder: string): SnapshotWriter {
  checkSnapshotFolder(folder);
  let isMade = false;
  let failure: UserError | null = null;
  const trying = <T>(write: () => T): T => {
    if (failure !== null) throw failure;
    try {
      if (!isMade) makeFolder(folder);
      isMade = true;
      return write();
    } catch (error) {
      empty(folder);
      failure = error instanceof UserError ? error : notWritten(error as Error);
      throw failure;
    }
  };
  return {
    add: (host) =>
      trying(() => {
        for (const entry of host.evidence)
          writeAnswer(entry, join(folder, answerFile(host.host.name, entry)));
        return { ...host, evidence: host.evidence.map(toEntry) };
      }),
    finish: (run) => trying(() => writeWhole(join(folder, 'manifest.json'), manifestText(run), 0o600)),
  };
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

const notWritten = (error: Error) =>
  new UserError(`the snapshot was not written: ${error.message}`, { cause: error });

/** Writes a snapshot that is there as a whole. */
export function writeSnapshot(snapshot: Snapshot, folder: string): void {
  const writer = beginSnapshot(folder);
  writer.finish({ ...snapshot, hosts: snapshot.hosts.map(writer.add) });
}

function writeAnswer({ answer }: Evidence, path: string): void {
  if (!answer.ok) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, answer.value, { mode: 0o600 });
}

function manifestText(run: Omit<Manifest, 'format'>): string {
  const manifest: Manifest = { format: FORMAT, ...run };
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

/** Empties a folder, which may itself be a mount point. */
function empty(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

export const isSnapshot = (path: string) => existsSync(join(path, 'manifest.json'));

/** Reads a snapshot back: the same value that was written. */
export function readSnapshot(folder: string): Snapshot {
  const { hosts, ...about } = openSnapshot(folder);
  return { ...about, hosts: hosts.map((host) => ({ ...host })) };
}

/**
 * Opens a snapshot: of each host, the answers are read anew whenever `evidence` is asked for, so that who takes host by
 * host holds the evidence of one. Throws a UserError where an answer is not there.
 */
export function openSnapshot(folder: string): Snapshot {
  const { format, ...manifest } = readManifest(folder);
  for (const { host, evidence } of manifest.hosts)
    for (const entry of evidence) if (entry.problem === undefined) checkAnswer(folder, host.name, entry);
  return {
    ...manifest,
    hosts: manifest.hosts.map(({ evidence, ...about }) => ({
      ...about,
      get evidence() {
        return evidence.map((entry) => readEvidence(folder, about.host.name, entry));
      },
    })),
  };
}

function checkAnswer(folder: string, host: string, entry: ManifestEntry): void {
  const path = join(folder, answerFile(host, entry));
  withPath(path, () => checkFound(path, LARGEST));
}

function readEvidence(folder: string, host: string, entry: ManifestEntry): Evidence {
  const { problem, reason = '', program, ...about } = entry;
  if (problem !== undefined)
    return { ...about, answer: { ok: false, problem, reason, ...(program !== undefined && { program }) } };
  const path = join(folder, answerFile(host, about));
  return { ...about, answer: { ok: true, value: withPath(path, () => readFound(path, folder, LARGEST)) } };
}

function toEntry({ answer, ...about }: Evidence): ManifestEntry {
  if (answer.ok) return about;
  const { ok: _, ...missing } = answer;
  return { ...about, ...missing };
}

/**
 * Returns the path of an answer, as `s2/netns-4026532201/counters.netstat.txt`. It is made from the names, never read
 * from the manifest.
 */
function answerFile(
  host: string,
  { probe, namespace, sample }: Pick<Evidence, 'probe' | 'namespace' | 'sample'>,
): string {
  const place = namespace === null ? 'host' : `netns-${encoded(namespace)}`;
  return join(encoded(host), place, `${encoded(probe)}${sample === 1 ? '.again' : ''}.txt`);
}

/** The most characters that a file name may have on every system. */
const LONGEST_NAME = 200;

/** Encodes a name as one path segment: no separator, no leading dot. */
function encoded(name: string): string {
  const hex = (char: string) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const whole = name.replace(/^\.|[^A-Za-z0-9._-]/gu, hex);
  if (whole.length <= LONGEST_NAME) return whole;
  return `${whole.slice(0, LONGEST_NAME - 33)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}
