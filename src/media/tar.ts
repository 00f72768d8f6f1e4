/** The entries of a tar archive: POSIX's ustar and pax, and GNU's long names (tar(5), POSIX pax). */
import { type Bytes, Unreadable } from './bytes.ts';

export interface TarEntry {
  /** The name as it is written: `./etc/passwd`. */
  name: string;
  kind: 'file' | 'folder' | 'link' | 'hardlink' | 'other';
  /** The path that a link leads to. */
  target: string;
  size: number;
  /** The start of its content in the archive. */
  start: number;
}

export const BLOCK = 512;
/**
 * The most bytes of a name that stands in blocks of its own: four times the longest path of Linux, with all attributes.
 */
const MOST_HEADER = 2 ** 20;

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'link',
  '5': 'folder',
};

/**
 * Yields the entries one by one. `content` gives an entry's bytes, and has to be called before the next entry is taken,
 * if at all.
 */
export async function* readEntries(
  bytes: Bytes,
): AsyncGenerator<{ entry: TarEntry; content: () => Promise<Buffer> }> {
  let at = 0;
  let headers: Record<string, string> = {};
  for (;;) {
    const header = await bytes.take(BLOCK);
    at += BLOCK;
    if (header.length < BLOCK)
      throw new Unreadable(at === BLOCK ? 'it is not a tar archive' : 'it ends too early');
    // two blocks of zeros are the end; whatever follows is padding
    if (header.every((byte) => byte === 0)) return;
    if (!isHeader(header)) throw new Unreadable(at === BLOCK ? 'it is not a tar archive' : 'it is damaged');
    const type = header.toString('latin1', 156, 157);
    const size = headers.size === undefined ? number(header, 124, 12) : Number(headers.size);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (!Number.isSafeInteger(padded)) throw new Unreadable('it is damaged');
    if ('xgLK'.includes(type)) {
      if (size > MOST_HEADER) throw new Unreadable('it has a name that is longer than names can be');
      const content = (await bytes.take(padded)).subarray(0, size);
      if (type !== 'g')
        headers = { ...headers, ...(type === 'x' ? attributes(content) : longName(type, content)) };
      at += padded;
      continue;
    }
    const entry: TarEntry = {
      name: headers.path ?? nameIn(header),
      kind: KINDS[type] ?? 'other',
      target: headers.linkpath ?? text(header, 157, 100),
      size,
      start: at,
    };
    headers = {};
    let taken = false;
    const content = async () => {
      taken = true;
      const buffer = await bytes.take(padded);
      if (buffer.length < size) throw new Unreadable('it ends too early');
      return Buffer.from(buffer.subarray(0, size));
    };
    yield { entry, content };
    if (!taken) await bytes.skip(padded);
    at += padded;
  }
}

/** Tells whether a block is a header, by the sum of its bytes, those of the sum itself taken for blanks. */
export function isHeader(header: Buffer): boolean {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === number(header, 148, 8);
}

function nameIn(header: Buffer): string {
  const prefix =
    text(header, 257, 6).startsWith('ustar\0') || text(header, 257, 5) === 'ustar'
      ? text(header, 345, 155)
      : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(buffer: Buffer, start: number, length: number): string {
  const part = buffer.subarray(start, start + length);
  const end = part.indexOf(0);
  return part.toString('utf8', 0, end < 0 ? part.length : end);
}

/** Parses octal digits; GNU writes what is too large for them in binary, with the first bit set. */
function number(buffer: Buffer, start: number, length: number): number {
  if ((buffer[start] ?? 0) & 0x80)
    return buffer.subarray(start + 1, start + length).reduce((value, byte) => value * 256 + byte, 0);
  const digits = text(buffer, start, length).trim();
  return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

const longName = (type: string, content: Buffer) => ({
  [type === 'L' ? 'path' : 'linkpath']: text(content, 0, content.length),
});

/** Parses the records of a pax header, as `30 path=etc/sysctl.d/99-gp.conf\n`: each begins with its own length. */
function attributes(content: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at) throw new Unreadable('it is damaged');
    const [key = '', ...value] = content.toString('utf8', space + 1, at + length - 1).split('=');
    if (['path', 'linkpath', 'size'].includes(key)) found[key] = value.join('=');
    at += length;
  }
  return found;
}
