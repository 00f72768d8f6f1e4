import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { HostEvidence, Snapshot } from '../model.ts';
import { checkFound, readFound } from '../read.ts';
import { writeWhole } from '../write.ts';
import { checkAnswers, readAnswers } from './answer-files.ts';
import { hostFile, parseHostFile, printHostFile } from './host-file.ts';
import {
  type FirstManifest,
  FORMAT,
  type Manifest,
  type ManifestHost,
  readManifest,
  withPath,
} from './manifest.ts';

/** The most bytes of a host's file: 64 MiB of answers in each of two samples, if each of their lines were empty. */
const LARGEST = 256 * 2 ** 20;

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
        const { evidence, ...about } = host;
        writeFileSync(join(folder, hostFile(host.host.name)), printHostFile(evidence), {
          mode: 0o600,
          flag: 'wx',
        });
        return about;
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
 * host holds the evidence of one. Throws a UserError where a host's answers are not there; where they are no answers, that is
 * told when they are read.
 */
export function openSnapshot(folder: string): Snapshot {
  const manifest = readManifest(folder);
  const { format: _, hosts: __, ...run } = manifest;
  return {
    ...run,
    hosts: manifest.format === FORMAT ? openHosts(folder, manifest) : openListed(folder, manifest),
  };
}

function openHosts(folder: string, { hosts }: Manifest): HostEvidence[] {
  const pathOf = ({ host }: ManifestHost) => join(folder, hostFile(host.name));
  for (const host of hosts) withPath(pathOf(host), () => checkFound(pathOf(host), LARGEST));
  return hosts.map((host) => ({
    ...host,
    get evidence() {
      const path = pathOf(host);
      return parseHostFile(
        withPath(path, () => readFound(path, folder, LARGEST)),
        path,
      );
    },
  }));
}

function openListed(folder: string, { hosts }: FirstManifest): HostEvidence[] {
  for (const host of hosts) checkAnswers(folder, host);
  return hosts.map((listed) => {
    const { evidence: _, ...about } = listed;
    return {
      ...about,
      get evidence() {
        return readAnswers(folder, listed);
      },
    };
  });
}
