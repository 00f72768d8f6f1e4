import { throwIfAny, UserError } from '../../errors.ts';
import { isKnownHostsName } from '../../network/host-name.ts';
import { readNamed, Unread } from '../../read.ts';
import { absolutePath, type HomePlaces, shownPath } from '../home-path.ts';
import { addLine } from './keep-key.ts';
import {
  type FindHost,
  hashedName,
  indexKnownHosts,
  type KnownHost,
  keyTypeOf,
  parseKnownHosts,
} from './known-hosts.ts';

/** The host keys that are known on this machine. */
export interface KnownHosts {
  find: FindHost;
  /** The file that new keys belong in, as people write it. */
  file: string;
  /** The files or lines that could not be read: a host that seems unknown may stand there. */
  unreadable: string[];
  /**
   * Adds a line for a new key to that file. False where a line for the name stands there meanwhile, of another run or
   * another program: it is found from then on. Throws when it can't be written.
   */
  record(name: string, key: Buffer, hashed: boolean): boolean;
}

export interface KnownHostsOptions {
  files: readonly string[];
  /** True when they were given with --known-hosts: each has to be there. */
  named: boolean;
  /** True with accept-new, which makes the first file. */
  firstMayBeMissing: boolean;
}

/** Reads all known_hosts files. */
export function readKnownHosts(options: KnownHostsOptions, places: HomePlaces): KnownHosts {
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
      if (parsed.malformed.length > 0) unreadable.push(malformedMessage(shown, parsed.malformed));
    } else if (!read.missing || (named && !(index === 0 && options.firstMayBeMissing))) {
      if (named) errors.push(new UserError(`--known-hosts ${shown}: ${read.why}`));
      else unreadable.push(`${shown}: ${read.why}`);
    }
  }
  throwIfAny(errors);
  return remembering(hosts, files[0] ?? '/dev/null', unreadable, places);
}

/** Adds new keys at once, so that a second host of the same name has to show the same key. */
function remembering(
  hosts: readonly KnownHost[],
  path: string,
  unreadable: string[],
  places: HomePlaces,
): KnownHosts {
  const file = shownPath(path, places);
  const find = indexKnownHosts(hosts);
  const added: KnownHost[] = [];
  return {
    file,
    unreadable,
    find: (name) => [...find(name), ...added.filter((host) => host.hosts === name)],
    record(name, key, hashed) {
      if (!isKnownHostsName(name)) throw new Error(`${JSON.stringify(name)} is no name of one host`);
      if (added.some((host) => host.hosts === name && host.key.equals(key))) return false;
      const type = keyTypeOf(key) ?? '';
      const own: KnownHost = { file, line: 0, marker: 'none', hosts: name, type, key };
      added.push(own);
      let isNew = true;
      addLine(path, (text) => {
        const there =
          text === '' ? [] : writtenMeanwhile(indexKnownHosts(parseKnownHosts(text, file).hosts)(name), key);
        if (there.length === 0) return knownHostLine(hashed ? hashedName(name) : name, key);
        isNew = false;
        added.splice(added.indexOf(own), 1, ...there.map((host) => ({ ...host, hosts: name })));
        return null;
      });
      return isNew;
    },
  };
}

/** Returns the keys and revocations that were added meanwhile. Authorities were there before, and rule no key out. */
function writtenMeanwhile(hosts: readonly KnownHost[], key: Buffer): KnownHost[] {
  return hosts.filter(
    ({ marker, key: other }) => marker === 'none' || (marker === 'revoked' && other.equals(key)),
  );
}

/** Returns the line that makes a host's key known. */
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

function malformedMessage(file: string, lines: number[]): string {
  const first = lines.slice(0, 3).join(', ');
  const rest = lines.length > 3 ? ` and ${lines.length - 3} more` : '';
  return `${file}: line${lines.length > 1 ? 's' : ''} ${first}${rest} can't be understood`;
}
