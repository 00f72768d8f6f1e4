/** Hosts that somebody else asked, with the printed script: one file a host. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SelfNamed } from '../media/archive.ts';
import type { HostEvidence } from '../model.ts';
import { bytesOfNamed, oddKind, Unread } from '../read.ts';
import { isPrinted, readPrinted } from '../transports/script/printed-script.ts';
import type { Plan } from './plan.ts';

/** The bytes before which the answers begin: what terminals and logins print comes first. */
const HEAD = 2 ** 18;

/** Returns the files at a path that hold what the printed script printed: it itself, or those in the folder. */
export function printedFiles(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || oddKind(stat) !== null) return [];
  if (stat.isFile()) return isPrinted(headOf(path)) ? [path] : [];
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() && isPrinted(headOf(file)));
}

function headOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(HEAD);
    return buffer.subarray(0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

/** Reads such a file as the host that it is of, by the name that this gives itself. */
export function readPrintedFile(path: string, { first, planned }: Plan): SelfNamed {
  const answers = answersIn(path, first);
  const source = { file: path, line: 1, column: 1 };
  const evidence = answers.ok ? answers.value.evidence : [];
  const hostname = evidence.find(({ probe }) => probe === 'kernel.hostname')?.answer;
  const name = hostname?.ok ? hostname.value.trim() : path;
  const host: HostEvidence = {
    host: { name, source, groups: [], vars: {} },
    medium: { kind: 'archive', path, takenAt: answers.ok ? answers.value.takenAt : null },
    reached: answers.ok ? { ok: true, value: null } : answers,
    planned: { ...planned, twice: [] },
    evidence,
  };
  return { evidence: host, namedIn: path };
}

function answersIn(path: string, questions: Plan['first']): ReturnType<typeof readPrinted> {
  try {
    return readPrinted(bytesOfNamed(path), questions);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    return { ok: false, problem: 'failed', reason: error.message };
  }
}
