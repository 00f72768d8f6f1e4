/**
 * The format of known_hosts files: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Pure; checked against `ssh-keygen -F`.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { wordTable } from '../../word-table.ts';
import { patternListMatches } from '../name-pattern.ts';

/** One line: a key, and the hosts that it speaks for. */
export interface KnownHost {
  file: string;
  /** The number of the line, 1-based. */
  line: number;
  marker: 'none' | 'cert-authority' | 'revoked';
  /** The names as written: `lb-1,10.0.0.*,!10.0.0.9`, `[lb-1]:2222` or `|1|salt|hash`. */
  hosts: string;
  /** The type of the key: `ssh-ed25519`. */
  type: string;
  /** The public key as SSH sends it. */
  key: Buffer;
}

export interface ParsedKnownHosts {
  hosts: KnownHost[];
  /** The numbers of the lines that mean nothing to us. OpenSSH passes over them in silence. */
  malformed: number[];
}

/** Finds the lines that name a host. */
export type FindHost = (name: string) => KnownHost[];

/** Returns a host's name in known_hosts files: `lb-1`, or `[lb-1]:2222` where the port is not 22; lower case. */
export function knownHostName(address: string, port: number): string {
  const name = address.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** Parses a file's text; `file` is for messages. */
export function parseKnownHosts(text: string, file: string): ParsedKnownHosts {
  const hosts: KnownHost[] = [];
  const malformed: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^[ \t]*(#|$)/.test(line)) continue;
    const parsed = parseLine(line, file, index + 1);
    if (parsed) hosts.push(parsed);
    else malformed.push(index + 1);
  }
  return { hosts, malformed };
}

const MARKERS = wordTable<KnownHost['marker']>({
  '@cert-authority': 'cert-authority',
  '@revoked': 'revoked',
});

function parseLine(text: string, file: string, line: number): KnownHost | null {
  // @revoked *.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA... a comment
  const fields = /^[ \t]*(?:(@\S+)[ \t]+)?([^@\s]\S*)[ \t]+(\S+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]|$)/.exec(
    text,
  );
  if (!fields) return null;
  const [, mark, hosts, type, base64] = fields as unknown as [
    string,
    string | undefined,
    string,
    string,
    string,
  ];
  const marker = mark === undefined ? 'none' : MARKERS[mark];
  const key = Buffer.from(base64, 'base64');
  if (marker === undefined || base64.length % 4 !== 0 || keyTypeOf(key) !== type) return null;
  return { file, line, marker, hosts, type, key };
}

/** Returns the type that a public key itself names: a string of SSH's, its length before it. */
export function keyTypeOf(key: Buffer): string | null {
  if (key.length < 4) return null;
  const end = 4 + key.readUInt32BE(0);
  return end < key.length ? key.toString('latin1', 4, end) : null;
}

/** Returns `SHA256:...`, as `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Makes many lines quick to search: plain names by a table, the rest (hashed, patterns) one by one. */
export function indexKnownHosts(hosts: readonly KnownHost[]): FindHost {
  const byName = new Map<string, KnownHost[]>();
  const others: KnownHost[] = [];
  for (const host of hosts) {
    if (/^\||[*?!]/.test(host.hosts)) others.push(host);
    else
      for (const name of new Set(host.hosts.toLowerCase().split(','))) {
        const same = byName.get(name);
        if (same) same.push(host);
        else byName.set(name, [host]);
      }
  }
  // a hash or a pattern costs some microseconds, of which a big file takes tens of milliseconds
  const asked = new Map<string, KnownHost[]>();
  return (name) => {
    const found = asked.get(name) ?? [
      ...(byName.get(name) ?? []),
      ...others.filter((host) => namesHost(host.hosts, name)),
    ];
    asked.set(name, found);
    return found;
  };
}

/** Tells whether a line's first field names a host. `name` is as `knownHostName` makes it. */
function namesHost(field: string, name: string): boolean {
  return field.startsWith('|') ? hashNames(field, name) : patternListMatches(field.toLowerCase(), name);
}

/** Hashes a name as HashKnownHosts does: only who knows it already can recognise it. */
export function hashedName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** Tells whether `|1|BASE64-OF-SALT|BASE64-OF-HMAC-SHA1`, one hashed name, is this name. */
function hashNames(field: string, name: string): boolean {
  const [, version, salt, hash] = field.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}
