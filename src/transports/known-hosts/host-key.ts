import { type Trouble, trouble } from '../check.ts';
import { fingerprint, type KnownHost, keyTypeOf, knownHostName } from './known-hosts.ts';
import { type KnownHosts, knownHostLine } from './known-hosts-files.ts';

/**
 * The strictness of the check. `strict`: a host has to be known. `accept-new`: the first key of a new host is believed
 * and kept.
 */
export type HostKeyChecking = 'strict' | 'accept-new' | 'off';

/** The decision whether to talk to a host that presents this key. */
export type Trust = { trusted: true; isNew: boolean; why: string } | { trusted: false; why: Trouble };

/** The known keys of a host, before it sends anything. */
export interface Expected {
  /** The name as known_hosts files have it. */
  name: string;
  lines: KnownHost[];
  /**
   * The lines for the same address at port 22, which vouch for a key that they name (as in OpenSSH), but rule none out.
   */
  withoutPort: KnownHost[];
}

/** Looks a host up under its address, or under its alias, which then has no port. */
export function expectedKeys(
  { address, port, hostKeyAlias }: { address: string; port: number; hostKeyAlias: string | null },
  known: KnownHosts,
): Expected {
  const name = hostKeyAlias === null ? knownHostName(address, port) : knownHostName(hostKeyAlias, 22);
  const bare = knownHostName(address, 22);
  const withoutPort = hostKeyAlias !== null || name === bare ? [] : known.find(bare);
  return { name, lines: known.find(name), withoutPort };
}

/** Returns the types of the keys that we would believe. */
export function knownKeyTypes({ lines, withoutPort }: Expected): Set<string> {
  const exact = lines.filter((line) => line.marker === 'none');
  const believed = exact.length > 0 ? exact : withoutPort.filter((line) => line.marker === 'none');
  return new Set(believed.map((line) => line.type));
}

/** Judges the key that a host presents. */
export function judgeHostKey(
  key: Buffer,
  expected: Expected,
  known: KnownHosts,
  checking: HostKeyChecking,
): Trust {
  const trust = (why: string, isNew = false): Trust => ({
    trusted: true,
    isNew,
    why: `${printKey(key)} ${why}`,
  });
  const isKnown = (line: KnownHost) => line.marker === 'none' && line.key.equals(key);
  if (checking === 'off') return trust('was not checked');
  const { lines, withoutPort } = expected;
  const revoked = [...lines, ...withoutPort].find(
    (line) => line.marker === 'revoked' && line.key.equals(key),
  );
  if (revoked) return refuse(revokedMessage(`${printKey(key)}, ${place(revoked)}`));
  const exact = lines.filter((line) => line.marker === 'none');
  const named = exact.find(isKnown);
  if (named) return trust(`is in ${place(named)}`);
  const type = keyTypeOf(key);
  const other = exact.find((line) => line.type === type) ?? exact[0];
  if (other) return refuse(changedKey(key, other, expected.name));
  const bare = withoutPort.find(isKnown);
  if (bare) return trust(`is in ${place(bare)}`);
  if (checking === 'accept-new') return trust('is new', true);
  return refuse(unknownMessage(key, expected, known));
}

const refuse = (why: Trouble): Trust => ({ trusted: false, why });

/** `ED25519 SHA256:...` */
const printKey = (key: Buffer) => keyName(keyTypeOf(key) ?? 'unknown', fingerprint(key));

/** Names a host's key for people, by its type as SSH calls it: `ssh-ed25519` is ED25519. */
export function keyName(type: string, print: string): string {
  const kind = type.replace(/^ssh-|^ecdsa-sha2-/, '').replace(/^nistp/, 'ECDSA P-');
  return `${kind.toUpperCase()} ${print}`;
}

const place = (line: KnownHost) => (line.line > 0 ? `${line.file}:${line.line}` : line.file);

/** Reports a revoked key; `key`: its name, and where it stands. */
export function revokedMessage(key: string): Trouble {
  return trouble(
    `it presents a host key that is marked as revoked (${key})`,
    'do not log in to it; whoever has that key can pose as this host',
  );
}

/** Reports a changed key. `presented`: the key's name. `known`: where another one stands. */
export function changedMessage(presented: string, known: string, { name, file }: KnownName): Trouble {
  return trouble(
    `WARNING: its host key has changed. It presents ${presented}, but ${known}`,
    [
      'somebody may be posing as this host, or it was reinstalled; find out which, from its console or its owner.',
      `If the new key is right, forget the old one with: ssh-keygen -R '${name}' -f ${file}`,
    ].join(' '),
  );
}

/** A host as a known_hosts file calls it. */
interface KnownName {
  name: string;
  file: string;
}

function changedKey(key: Buffer, known: KnownHost, name: string): Trouble {
  const has = `${place(known)} has ${printKey(known.key)}`;
  return changedMessage(printKey(key), has, { name, file: known.file });
}

function unknownMessage(key: Buffer, { name, lines }: Expected, known: KnownHosts): Trouble {
  const authority = lines.find((line) => line.marker === 'cert-authority');
  const what = authority
    ? `its host key is vouched for only by the certificate authority in ${place(authority)}, and ssh2 verifies no certificates; without --transport ssh2 (twlint_transport) the system's ssh does`
    : `its host key is not known (${printKey(key)})`;
  const remedy = [
    `compare the fingerprint${authority ? ` ${printKey(key)}` : ''} with the host's own (ssh-keygen -l on its console);`,
    `if it is the same, add this line to ${known.file}: ${knownHostLine(name, key)}`,
  ];
  if (known.unreadable.length > 0) remedy.push(`(not read: ${known.unreadable.join('; ')})`);
  return trouble(what, remedy.join(' '));
}
