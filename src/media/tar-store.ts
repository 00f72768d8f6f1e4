/** Files in a tar archive: ustar, with the long names of GNU and of pax. POSIX.1-2017, pax; GNU tar manual, "Basic Tar Format". */
import type { Answer } from '../model.ts';
import type { Node } from './resolve.ts';
import type { Store } from './tree.ts';

const BLOCK = 512;

/** An entry of an archive. Its content is a part of the archive's bytes. */
interface Entry {
  path: string;
  type: string;
  link: string;
  content: Buffer;
}

export const isTar = (bytes: Buffer) => bytes.subarray(257, 262).toString('latin1') === 'ustar';

/** The last of several entries of one name counts. Throws on what is no archive, or one that is cut off. */
export function tarStore(bytes: Buffer): Store {
  const nodes = new Map<string, { node: Node; content?: Buffer }>([['/', { node: { kind: 'folder' } }]]);
  const names = new Map<string, Set<string>>([['/', new Set()]]);
  const enter = (path: string): void => {
    const slash = path.lastIndexOf('/');
    const parent = path.slice(0, slash) || '/';
    if (path === '/' || names.get(parent)?.has(path.slice(slash + 1))) return;
    enter(parent);
    if (!nodes.has(parent)) nodes.set(parent, { node: { kind: 'folder' } });
    names.set(parent, (names.get(parent) ?? new Set()).add(path.slice(slash + 1)));
  };
  for (const { path, type, link, content } of entriesOf(bytes)) {
    enter(path);
    nodes.set(path, { node: nodeOf(type, link), content });
  }
  return {
    look: (path) => nodes.get(path)?.node ?? null,
    read: (path, limit): Answer<Buffer> => ({
      ok: true,
      value: nodes.get(path)!.content!.subarray(0, limit),
    }),
    list: (path) => ({ ok: true, value: [...(names.get(path) ?? [])] }),
  };
}

/** A hard link names another entry by its path in the archive. */
function nodeOf(type: string, link: string): Node {
  if (type === '5') return { kind: 'folder' };
  if (type === '2') return { kind: 'link', target: link };
  if (type === '1') return { kind: 'link', target: `/${link}` };
  return { kind: type === '0' || type === '7' ? 'file' : 'other' };
}

function* entriesOf(bytes: Buffer): Generator<Entry> {
  let long: { path?: string; link?: string; size?: number } = {};
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    if (!isTar(header)) throw new Error(`no entry of a tar archive at byte ${at}`);
    const size = long.size ?? numberIn(header.subarray(124, 136));
    const start = at + BLOCK;
    const content = bytes.subarray(start, start + size);
    if (content.length < size) throw new Error('it is cut off');
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] || 0x30);
    if (type === 'x') long = { ...long, ...paxOf(content) };
    else if (type === 'L') long = { ...long, path: textIn(content) };
    else if (type === 'K') long = { ...long, link: textIn(content) };
    else if (type !== 'g') {
      const path = pathOf(long.path ?? nameIn(header));
      if (path !== null) yield { path, type, link: long.link ?? textIn(header.subarray(157, 257)), content };
      long = {};
    }
  }
  throw new Error('it is cut off');
}

const textIn = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('utf8');
};

function nameIn(header: Buffer): string {
  // GNU's old format has times where POSIX has a prefix, and says so with a blank after `ustar`
  const prefix = header[262] === 0 ? textIn(header.subarray(345, 500)) : '';
  const name = textIn(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal, or where that is too short, the bytes of the number after one with the highest bit set. */
function numberIn(field: Buffer): number {
  if (field[0]! & 0x80) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, field[0]! & 0x7f);
  return Number.parseInt(textIn(field).trim() || '0', 8);
}

/** `30 path=very/long/name\n`: records that begin with their length. */
function paxOf(content: Buffer): { path?: string; link?: string; size?: number } {
  const found: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.subarray(at, at + 20).toString('latin1'), 10);
    if (!(length > 0)) break;
    const [, key, value] =
      /^\d+ ([^=]+)=([\s\S]*)\n$/.exec(content.subarray(at, at + length).toString('utf8')) ?? [];
    if (key !== undefined) found[key] = value!;
    at += length;
  }
  const { path, linkpath, size } = found;
  return {
    ...(path !== undefined && { path }),
    ...(linkpath !== undefined && { link: linkpath }),
    ...(size !== undefined && { size: Number(size) }),
  };
}

/** As a tree has it: `/etc/hosts`. Null for a name that leads out of it. */
function pathOf(name: string): string | null {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? null : `/${parts.join('/')}`;
}
