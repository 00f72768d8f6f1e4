/** Files that others wrote: read at once and whole, or not at all, whatever stands at their path. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { sep } from 'node:path';

/** The reason why a file is not read, in terms that never show its contents; `hint` suggests a fix. */
export class Unread extends Error {
  /** The code that Node gives, `ENOENT`; or `OUTSIDE`, `KIND`, `SIZE`. */
  readonly code: string;
  readonly hint: string | null;

  constructor(message: string, rest: { code: string; hint?: string | null } & ErrorOptions) {
    super(message, rest);
    this.name = 'Unread';
    this.code = rest.code;
    this.hint = rest.hint ?? null;
  }
}

/** Bytes of a file; inventories of 100,000 hosts have a tenth of it. */
const LARGEST = 64 * 2 ** 20;

/**
 * Reads a file that the user named: a regular one, `/dev/null`, or a pipe of the shell's own, as of `<(command)`. A pipe
 * with a name may have no writer, and a device no end. Throws Unread.
 */
export function readNamed(path: string, largest: number = LARGEST): string {
  return bytesOfNamed(path, largest).toString('utf8');
}

/** The same, as the bytes that it has. */
export function bytesOfNamed(path: string, largest: number = LARGEST): Buffer {
  const stat = lookedAt(path, () => statSync(path));
  if (stat.isCharacterDevice() && realpathSync.native(path) === '/dev/null') return Buffer.alloc(0);
  if (stat.isFIFO() && isShellPipe(path)) return contentOf(path, constants.O_RDONLY, largest);
  return regularFile(path, stat, largest, 'name a file; what a command prints can be given as <(command)');
}

/**
 * Reads a file that was found in a folder, where somebody else may have put it: a regular one that lies in the folder,
 * its links followed. Throws Unread.
 */
export function readFound(path: string, folder: string, largest: number = LARGEST): string {
  const place = pathIn(path, folder);
  return regularFile(
    place,
    lookedAt(path, () => statSync(place)),
    largest,
    FOUND,
  ).toString('utf8');
}

/** Looks whether a file that was found can be read later on, as far as that can be seen. Throws Unread. */
export function checkFound(path: string, largest: number = LARGEST): void {
  checkRegular(
    lookedAt(path, () => statSync(path)),
    largest,
    FOUND,
  );
}

const FOUND = 'put a regular file there, or take it away';

/** The path without links of what was found in a folder. Throws Unread where it lies elsewhere. */
export function pathIn(path: string, folder: string): string {
  const [place, base] = lookedAt(
    path,
    () => [realpathSync.native(path), realpathSync.native(folder)] as const,
  );
  if (isInside(place, base)) return place;
  throw new Unread(`a link to ${place}, which is not read`, {
    code: 'OUTSIDE',
    hint: `put a copy of it below ${base}`,
  });
}

/** Tells whether a path lies below a folder. Both are absolute and without links. */
export const isInside = (path: string, folder: string) =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** `/dev/fd/63`: what the shell puts for `<(command)`, which has a writer. */
const isShellPipe = (path: string) => /^\/(?:dev|proc\/self)\/fd\/\d+$|^\/dev\/stdin$/.test(path);

/** Names the kind of an entry that is neither a file nor a folder; null for those two. */
export function oddKind(stat: Stats): string | null {
  if (stat.isFIFO()) return 'a pipe';
  if (stat.isSocket()) return 'a socket';
  return stat.isCharacterDevice() || stat.isBlockDevice() ? 'a device' : null;
}

function checkRegular(stat: Stats, largest: number, hint: string): void {
  if (!stat.isFile()) throw new Unread(`${oddKind(stat) ?? 'a folder'}, and no file`, { code: 'KIND', hint });
  if (stat.size > largest) throw tooLarge(largest);
}

function regularFile(path: string, stat: Stats, largest: number, hint: string): Buffer {
  checkRegular(stat, largest, hint);
  // neither a link nor a pipe that was put there meanwhile
  const real = lookedAt(path, () => realpathSync.native(path));
  return contentOf(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK, largest);
}

function contentOf(path: string, flags: number, largest: number): Buffer {
  return lookedAt(path, () => {
    const file = openSync(path, flags);
    try {
      if (flags !== constants.O_RDONLY && !fstatSync(file).isFile())
        throw new Unread('no file any more', { code: 'KIND' });
      return bytesOf(file, largest);
    } finally {
      closeSync(file);
    }
  });
}

/** Reads an open file. Its size is not asked: it may grow meanwhile, and files of /proc have none. */
function bytesOf(file: number, largest: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  window ??= Buffer.allocUnsafe(2 ** 18);
  for (;;) {
    const length = readSync(file, window);
    total += length;
    if (length === 0) return Buffer.concat(chunks);
    if (total > largest) throw tooLarge(largest);
    chunks.push(Buffer.from(window.subarray(0, length)));
  }
}

/** What is read into: most files are small, and a fleet's evidence is many. */
let window: Buffer | null = null;

const tooLarge = (largest: number) =>
  new Unread(`more than ${largest / 2 ** 20} MiB, which is not read`, {
    code: 'SIZE',
    hint: 'is it the file that is meant?',
  });

const WORDS = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EACCES', 'may not be read'],
  ['ELOOP', 'its links lead in a circle'],
  ['EAGAIN', 'it cannot be read to an end at once'],
]);

function lookedAt<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof Unread) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Unread(WORDS.get(code) ?? message.replace(`, '${path}'`, ''), { code, cause: error });
  }
}
