import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import type { Answer } from '../model.ts';
import type { TreeNode } from './resolve.ts';
import type { Store } from './tree.ts';

/** Opens a root file system that lies in a folder: unpacked, mounted, a chroot. */
export function folderStore(root: string): Store {
  const inside = (path: string) => `${root}${path}`;
  return {
    look: (path) => nodeAt(inside(path)),
    read: (path, limit) => tryRead(path, () => contentOf(inside(path), limit)),
    list: (path) => tryRead(path, () => readdirSync(inside(path))),
  };
}

function nodeAt(path: string): TreeNode | null {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) };
    return { kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other' };
  } catch (error) {
    return { kind: 'denied', reason: errorMessage(error) };
  }
}

/** Reads a file. It neither follows a link that was put there meanwhile nor waits for a pipe. */
function contentOf(path: string, limit: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(Math.min(limit, fstatSync(file).size));
    return buffer.subarray(0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

function tryRead<T>(path: string, read: () => T): Answer<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    const denied = ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
    return { ok: false, problem: denied ? 'denied' : 'failed', reason: `${path}: ${errorMessage(error)}` };
  }
}

/** Returns the message between the colon and the comma: `EACCES: permission denied, open '/x'`. */
function errorMessage(error: unknown): string {
  return /^\w+: ([^,]+)/.exec((error as Error).message)?.[1] ?? String(error);
}
