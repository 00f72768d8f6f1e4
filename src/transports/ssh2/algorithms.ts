import type { Algorithms, KexAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';

/**
 * The key exchanges, cheapest first. No Diffie-Hellman group exchange: its client has to test the server's prime, which
 * takes ssh2 0.2 s (2048 bits) to 29 s (8192 bits) in which no other host is served.
 */
const KEX: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
];

/** The host key algorithms, in OpenSSH's order. */
const HOST_KEYS: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** The algorithms that OpenSSH 5.3 (RHEL 6) has and we do not offer otherwise: both rest on SHA-1. */
const LEGACY = {
  kex: ['diffie-hellman-group14-sha1'] satisfies KexAlgorithm[],
  hostKeys: ['ssh-rsa'] satisfies ServerHostKeyAlgorithm[],
};

/**
 * Returns the offer to a host. Algorithms of the host keys that are known already come first, as OpenSSH does: a host
 * with several keys would otherwise present one that nobody has seen.
 */
export function algorithmsFor(knownKeyTypes: ReadonlySet<string>, legacy: boolean): Algorithms {
  const hostKeys = legacy ? [...HOST_KEYS, ...LEGACY.hostKeys] : HOST_KEYS;
  const isKnown = (algorithm: ServerHostKeyAlgorithm) => knownKeyTypes.has(keyTypeOf(algorithm));
  return {
    kex: legacy ? [...KEX, ...LEGACY.kex] : [...KEX],
    serverHostKey: [...hostKeys.filter(isKnown), ...hostKeys.filter((algorithm) => !isKnown(algorithm))],
    compress: ['none'],
  };
}

/** Tells whether `twlint_legacy_ssh` would have given us one of these. */
export function legacyWouldHelp(offered: readonly string[]): boolean {
  const legacy: readonly string[] = [...LEGACY.kex, ...LEGACY.hostKeys];
  return offered.some((algorithm) => legacy.includes(algorithm));
}

/** The algorithms that OpenSSH 9.2 has and are not offered here. */
const OPENSSH_HAS = /^(?:sntrup761|mlkem768|diffie-hellman-group(?:-exchange-sha256|18-sha512)|umac-)/;

/** Tells whether the system's ssh would have got on with one of these. */
export const opensshWouldHelp = (offered: readonly string[]) =>
  offered.some((algorithm) => OPENSSH_HAS.test(algorithm));

/**
 * Returns the type of key of an algorithm: an RSA key signs with several, and known_hosts calls it ssh-rsa (RFC 8332).
 */
function keyTypeOf(algorithm: ServerHostKeyAlgorithm): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}
