/** Reads a file that may be compressed, whole. What node can't unpack, the programs of the system do. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Answer } from '../model.ts';

/** Bytes of an archive, unpacked: they are held in memory. */
const MOST = 2 ** 30;

const MAGIC: readonly (readonly [hex: string, program: 'gzip' | 'xz' | 'zstd' | 'bzip2'])[] = [
  ['1f8b', 'gzip'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstd'],
  ['425a68', 'bzip2'],
];

export function unpacked(path: string): Answer<Buffer> {
  const program = MAGIC.find(([hex]) => beginningOf(path).startsWith(hex))?.[1];
  try {
    if (program === undefined && statSync(path).size > MOST) return tooLarge(path);
    const packed = program === undefined || program === 'gzip' ? readFileSync(path) : null;
    if (program === undefined) return { ok: true, value: packed! };
    const limits = { maxBuffer: MOST, maxOutputLength: MOST };
    return {
      ok: true,
      value: packed
        ? gunzipSync(packed, limits)
        : execFileSync(program, ['-dc', '--', path], { ...limits, stdio: ['ignore', 'pipe', 'pipe'] }),
    };
  } catch (error) {
    return failure(path, program ?? 'a file', error as NodeJS.ErrnoException & { stderr?: Buffer });
  }
}

function beginningOf(path: string): string {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(8);
  try {
    return buffer.subarray(0, readSync(file, buffer)).toString('hex');
  } finally {
    closeSync(file);
  }
}

function failure(
  path: string,
  program: string,
  error: NodeJS.ErrnoException & { stderr?: Buffer },
): Answer<never> {
  if (error.code === 'ENOENT')
    return { ok: false, problem: 'unsupported', reason: `${path}: ${program} is not installed here` };
  if (error.code === 'ENOBUFS' || error.code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(path);
  const why = error.stderr?.toString().trim() || error.message;
  return { ok: false, problem: 'failed', reason: `${path}: ${why.split('\n')[0]}` };
}

const tooLarge = (path: string): Answer<never> => ({
  ok: false,
  problem: 'truncated',
  reason: `${path} has more than ${MOST / 2 ** 30} GiB unpacked`,
});
