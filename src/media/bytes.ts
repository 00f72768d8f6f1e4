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
  /** The next ones, as many: fewer only at the end. */
  take(count: number): Promise<Buffer>;
  skip(count: number): Promise<void>;
  close(): Promise<void>;
}

/** What can't be read, in words for a person. */
export class Unreadable extends Error {}

/** No packed file, however small, keeps us longer than this many bytes take. */
const MOST_UNPACKED = 32 * 2 ** 30;
const CHUNK = 2 ** 20;
const WINDOW = 2 ** 16;

/** By their first bytes: how packed files are unpacked, by a program where Node can't. */
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
    ? bytesOfStream(through(createReadStream(range.path, slice(range)), createGunzip({ chunkSize: CHUNK })))
    : unpackedBy(packed.program, range);
}

export async function isPacked(range: Range): Promise<boolean> {
  const file = await open(range.path);
  try {
    return (await packing(file, range)) !== undefined;
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

/** What is skipped is not read, unless it is short. */
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
  const child = spawn(program, ['-d', '-c', '-q'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<string | null>((resolve) => {
    child.on('error', () => resolve(`${program} is not installed here to unpack it`));
    child.on('close', (code) => resolve(code === 0 ? null : `${program} can't unpack it`));
  });
  const source = createReadStream(range.path, slice(range));
  // a program that has ended takes no more: its status says why
  child.stdin.on('error', () => source.destroy());
  source.pipe(child.stdin);
  const bytes = bytesOfStream(child.stdout);
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

function bytesOfStream(stream: Readable): Bytes {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  let total = 0;
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done) return false;
    total += value.length;
    if (total > MOST_UNPACKED) throw new Unreadable(`it unpacks to more than ${MOST_UNPACKED / 2 ** 30} GiB`);
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  };
  return {
    async take(count) {
      while (rest.length < count && (await more()));
      const taken = rest.subarray(0, count);
      rest = rest.subarray(taken.length);
      return taken;
    },
    async skip(count) {
      let left = count;
      while (left > 0) {
        if (rest.length === 0 && !(await more())) return;
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
