import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { throwIfAny, UserError } from '../../errors.ts';
import { readNamed, Unread } from '../../read.ts';
import { absolutePath, type Places, shownPath } from '../home-path.ts';
import { type FindHost, indexKnownHosts, type KnownHost, keyTypeOf, parseKnownHosts } from './known-hosts.ts';

/** The host keys that are known on this machine. */
export interface KnownHosts {
  find: FindHost;
  /** The file that new keys belong in, as people write it. */
  file: string;
  /** What could not be read of the files: a host that seems unknown may stand there. */
  unreadable: string[];
  /** Adds a line for a new key to that file; false where it stands there already. Throws when it can't be written. */
  record(name: string, key: Buffer): boolean;
}

export interface KnownHostsOptions {
  files: readonly string[];
  /** They were given with --known-hosts: each has to be there. */
  named: boolean;
  /** accept-new makes the first file. */
  firstMayBeMissing: boolean;
}

/** Reads them all. */
export function readKnownHosts(options: KnownHostsOptions, places: Places): KnownHosts {
  const { named } = options;
  const files = options.files.map((path) => absolutePath(path, places));
  const hosts: KnownHost[] = [];
  const unreadable: string[] = [];
  const errors: UserError[] = [];
  for (const [index, path] of files.entries()) {
    const shown = shownPath(path, places);
    const read = readText(path);
    if (read.ok) {
      const parsed = parseKnownHosts(read.text, shown);
      for (const host of parsed.hosts) hosts.push(host);
      if (parsed.malformed.length > 0) unreadable.push(malformedWords(shown, parsed.malformed));
    } else if (!read.missing || (named && !(index === 0 && options.firstMayBeMissing))) {
      if (named) errors.push(new UserError(`--known-hosts ${shown}: ${read.why}`));
      else unreadable.push(`${shown}: ${read.why}`);
    }
  }
  throwIfAny(errors);
  return remembering(hosts, files[0] ?? '/dev/null', unreadable, places);
}

/** New keys count at once, so that a second host of the same name has to show the same key. */
function remembering(
  hosts: readonly KnownHost[],
  path: string,
  unreadable: string[],
  places: Places,
): KnownHosts {
  const file = shownPath(path, places);
  const find = indexKnownHosts(hosts);
  const added: KnownHost[] = [];
  return {
    file,
    unreadable,
    find: (name) => [...find(name), ...added.filter((host) => host.hosts === name)],
    record(name, key) {
      if (added.some((host) => host.hosts === name && host.key.equals(key))) return false;
      const type = keyTypeOf(key) ?? '';
      added.push({ file, line: 0, marker: 'none', hosts: name, type, key });
      appendLine(path, knownHostLine(name, key));
      return true;
    },
  };
}

/** The line that makes a host's key known. */
export function knownHostLine(name: string, key: Buffer): string {
  return `${name} ${keyTypeOf(key)} ${key.toString('base64')}`;
}

type Read = { ok: true; text: string } | { ok: false; missing: boolean; why: string };

function readText(path: string): Read {
  try {
    return { ok: true, text: readNamed(path) };
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    const { code, message } = error;
    if (code === 'ENOENT') return { ok: false, missing: true, why: 'no such file' };
    return { ok: false, missing: false, why: code === 'EACCES' ? 'permission denied' : message };
  }
}

function malformedWords(file: string, lines: number[]): string {
  const first = lines.slice(0, 3).join(', ');
  const rest = lines.length > 3 ? ` and ${lines.length - 3} more` : '';
  return `${file}: line${lines.length > 1 ? 's' : ''} ${first}${rest} can't be understood`;
}

/** In one write to the end of the file, so that lines of other programs that do the same stay whole. */
function appendLine(path: string, line: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, 'a+', 0o600);
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    const cutOff = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    writeSync(file, `${cutOff ? '\n' : ''}${line}\n`);
  } finally {
    closeSync(file);
  }
}
