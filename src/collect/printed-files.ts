/** Hosts that somebody else asked, with the printed script: one file a host. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { groupedBy } from '../grouped-by.ts';
import type { SelfNamed } from '../media/archive.ts';
import type { HostEvidence } from '../model.ts';
import { bytesOfNamed, Unread } from '../read.ts';
import { isPrinted, readPrinted } from '../transports/script/printed-script.ts';
import type { Plan } from './plan.ts';

/** The bytes before which the answers begin: what terminals and logins print comes first. */
const HEAD = 2 ** 18;

/** The files at a path, by whether they hold what the printed script printed. */
export interface FoundFiles {
  printed: string[];
  others: string[];
}

/** Looks at a file, or at what is in a folder. */
export function printedFiles(path: string): FoundFiles {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const files = isFolder ? filesIn(path) : [path];
  const groups = groupedBy(files, isPrintedFile);
  return { printed: groups.get(true) ?? [], others: groups.get(false) ?? [] };
}

/** Lists a folder; one that may not be read is told where it is looked at as an archive. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isPrintedFile(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    return isPrinted(headOf(file));
  } catch {
    // one that may not be read is told where it is looked at as an archive
    return false;
  }
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
