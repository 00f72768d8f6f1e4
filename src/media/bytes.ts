/** The bytes of a file or of a part of it, unpacked where they are packed, taken from front to end. */
import { spawn } from 'node:child_process';
import { createReadStream, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A file, or a part of it: a layer within a saved image. */
export interface Range {
  path: string;
  start: number;
  size: number;
}

export interface Bytes {
  /** Takes the next bytes, as many: fewer only at the end. */
  take(count: number): Promise<Buffer>;
  skip(count: number): Promise<void>;
  close(): Promise<void>;
}

/** The reason why a file can't be read, in words for a person. */
export class Unreadable extends Error {}

/**
 * The most that a packed file may unpack to: logs shrink to a fiftieth, and nothing that anybody needs to a
 * two-hundredth. A small file may, and none keeps us longer than the last of these takes.
 */
const MOST_FOR_EACH_BYTE = 200;
const ALWAYS_UNPACKED = 256 * 2 ** 20;
const MOST_UNPACKED = 32 * 2 ** 30;
/** The milliseconds in which it has to be unpacked. */
const LONGEST = 10 * 60_000;
const CHUNK = 2 ** 20;
const WINDOW = 2 ** 16;

/** The means to unpack files, by their first bytes: a program where Node can't. */
const PACKED: readonly { magic: string; program: string | null }[] = [
  { magic: '1f8b', program: null },
  { magic: '28b52ffd', program: 'zstd' },
  { magic: 'fd377a585a00', program: 'xz' },
  { magic: '425a68', program: 'bzip2' },
];

export async function bytesOf(range: Range): Promise<Bytes> {
  const file = await open(range.path);
  const packed = await packing(file, range);
  if (packed === undefined) return bytesOfFile(file, range);
  await file.close();
  return packed.program === null
    ? bytesOfStream(
        through(createReadStream(range.path, slice(range)), createGunzip({ chunkSize: CHUNK })),
        mostOf(range),
      )
    : unpackedBy(packed.program, range);
}

/** Returns the program that unpacks a file; null: it is not packed. */
export async function packer(range: Range): Promise<string | null> {
  const file = await open(range.path);
  try {
    const packed = await packing(file, range);
    return packed === undefined ? null : (packed.program ?? 'gzip');
  } finally {
    await file.close();
  }
}

async function packing(file: FileHandle, { start }: Range) {
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8, start);
  const begins = buffer.toString('hex');
  return PACKED.find(({ magic }) => begins.startsWith(magic));
}

const slice = ({ start, size }: Range) => ({ start, end: start + size - 1, highWaterMark: CHUNK });

/** Takes bytes of a file. Skipped bytes are not read, unless they are few. */
function bytesOfFile(file: FileHandle, { start, size }: Range): Bytes {
  const end = start + size;
  let at = start;
  let window = { start: 0, bytes: Buffer.alloc(0) };
  const isIn = (count: number) => at >= window.start && at + count <= window.start + window.bytes.length;
  return {
    async take(count) {
      const length = Math.min(count, Math.max(0, end - at));
      if (!isIn(length)) {
        const bytes = Buffer.alloc(Math.min(Math.max(length, WINDOW), Math.max(0, end - at)));
        const read = readSync(file.fd, bytes, 0, bytes.length, at);
        window = { start: at, bytes: bytes.subarray(0, read) };
      }
      const taken = window.bytes.subarray(at - window.start, at - window.start + length);
      at += taken.length;
      return taken;
    },
    async skip(count) {
      at += count;
    },
    close: () => file.close(),
  };
}

function through<T extends Readable & NodeJS.WritableStream>(from: Readable, to: T): T {
  from.on('error', (error) => to.destroy(error));
  to.on('close', () => from.destroy());
  return from.pipe(to);
}

function unpackedBy(program: string, range: Range): Bytes {
  const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];
  const child = spawn(program, ['-d', '-c', '-q'], { stdio, timeout: LONGEST });
  const ended = new Promise<string | null>((resolve) => {
    child.on('error', () => resolve(`${program} is not installed here to unpack it`));
    child.on('close', (code) => resolve(code === 0 ? null : `${program} can't unpack it`));
  });
  const source = createReadStream(range.path, slice(range));
  // a program that has ended takes no more: its status shows why
  child.stdin.on('error', () => source.destroy());
  source.pipe(child.stdin);
  const bytes = bytesOfStream(child.stdout, mostOf(range));
  return {
    ...bytes,
    async take(count) {
      const taken = await bytes.take(count);
      const failure = taken.length < count ? await ended : null;
      if (failure !== null) throw new Unreadable(failure);
      return taken;
    },
    async close() {
      source.destroy();
      child.kill();
      await bytes.close();
    },
  };
}

const mostOf = ({ size }: Range) =>
  Math.min(MOST_UNPACKED, Math.max(ALWAYS_UNPACKED, size * MOST_FOR_EACH_BYTE));

/** Takes bytes of a stream, and no more than `most`. */
function bytesOfStream(stream: Readable, most: number): Bytes {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const begun = performance.now();
  let rest: Buffer = Buffer.alloc(0);
  let total = 0;
  /** Returns the next bytes; null at the end. */
  const more = async (): Promise<Buffer | null> => {
    const { value, done } = await chunks.next();
    if (done) return null;
    total += value.length;
    if (total > most)
      throw new Unreadable(
        `it unpacks to more than ${Math.floor(most / 2 ** 20)} MiB, too much for its size: unpack it, and name the folder`,
      );
    if (performance.now() - begun > LONGEST)
      throw new Unreadable(`it takes more than ${LONGEST / 60_000} minutes to unpack`);
    return value;
  };
  return {
    async take(count) {
      const parts = [rest];
      let length = rest.length;
      while (length < count) {
        const chunk = await more();
        if (chunk === null) break;
        parts.push(chunk);
        length += chunk.length;
      }
      const all = parts.length === 1 ? rest : Buffer.concat(parts, length);
      rest = all.subarray(count);
      return all.subarray(0, count);
    },
    async skip(count) {
      let left = count;
      while (left > 0) {
        if (rest.length === 0) {
          const chunk = await more();
          if (chunk === null) return;
          rest = chunk;
        }
        const passed = Math.min(left, rest.length);
        rest = rest.subarray(passed);
        left -= passed;
      }
    },
    async close() {
      stream.destroy();
    },
  };
}
