import { expect, it } from 'vitest';
import { algorithmsFor, legacyWouldHelp } from '../../src/transports/ssh2/algorithms.ts';

it.each([false, true])('no group exchange and no compression (legacy: %s)', (legacy) => {
  const { kex, compress } = algorithmsFor(new Set(), legacy);
  expect(kex).not.toContainEqual(expect.stringContaining('group-exchange'));
  expect(compress).toEqual(['none']);
});

it('SHA-1 only where a host is said to be that old, and last', () => {
  const modern = algorithmsFor(new Set(), false);
  const legacy = algorithmsFor(new Set(), true);
  expect(JSON.stringify([modern.kex, modern.serverHostKey])).not.toMatch(/sha1|"ssh-rsa"/);
  expect((legacy.kex as string[]).at(-1)).toBe('diffie-hellman-group14-sha1');
  expect((legacy.serverHostKey as string[]).at(-1)).toBe('ssh-rsa');
});

it.each([
  [[], 'ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 rsa-sha2-512 rsa-sha2-256'],
  [
    ['ssh-rsa'],
    'rsa-sha2-512 rsa-sha2-256 ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521',
  ],
  [
    ['ecdsa-sha2-nistp384', 'ssh-rsa', 'ssh-dss'],
    'ecdsa-sha2-nistp384 rsa-sha2-512 rsa-sha2-256 ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp521',
  ],
])('host keys that are known come first: %j', (known, expected) => {
  expect((algorithmsFor(new Set(known), false).serverHostKey as string[]).join(' ')).toBe(expected);
});

it('knows what twlint_legacy_ssh would add', () => {
  expect(legacyWouldHelp(['diffie-hellman-group1-sha1', 'diffie-hellman-group14-sha1'])).toBe(true);
  expect(legacyWouldHelp(['ssh-rsa', 'ssh-dss'])).toBe(true);
  expect(legacyWouldHelp(['diffie-hellman-group-exchange-sha1'])).toBe(false);
});
