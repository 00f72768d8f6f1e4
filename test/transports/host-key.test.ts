import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  expectedKeys,
  type HostKeyChecking,
  judgeHostKey,
  knownKeyTypes,
} from '../../src/transports/known-hosts/host-key.ts';
import { indexKnownHosts, parseKnownHosts } from '../../src/transports/known-hosts/known-hosts.ts';
import type { KnownHosts } from '../../src/transports/known-hosts/known-hosts-files.ts';

/** A public key of that type which is none. */
function fakeKey(type: string, seed: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), createHash('sha256').update(seed).digest()]);
}

const right = fakeKey('ssh-ed25519', 'right');
const wrong = fakeKey('ssh-ed25519', 'wrong');
const rsa = fakeKey('ssh-rsa', 'rsa');
const text = (key: Buffer) =>
  `${key.toString('latin1', 4, 4 + key.readUInt32BE(0))} ${key.toString('base64')}`;

function knownFrom(...lines: string[]): KnownHosts {
  const { hosts } = parseKnownHosts(lines.join('\n'), '~/known');
  return { find: indexKnownHosts(hosts), file: '~/known', unreadable: [], record: () => true };
}

function judge(known: KnownHosts, key: Buffer, checking: HostKeyChecking = 'strict', port = 22) {
  return judgeHostKey(
    key,
    expectedKeys({ address: 'LB-1', port, hostKeyAlias: null }, known),
    known,
    checking,
  );
}

it('known', () => {
  expect(judge(knownFrom(`lb-1 ${text(right)}`), right)).toEqual({
    trusted: true,
    isNew: false,
    why: expect.stringMatching(/^ED25519 SHA256:\S{43} is in ~\/known:1$/),
  });
});

it('unknown: with the fingerprint and the line to add', () => {
  const print = createHash('sha256').update(right).digest('base64').replace(/=+$/, '');
  expect(judge(knownFrom(), right, 'strict', 2222)).toEqual({
    trusted: false,
    why: {
      what: `its host key is not known (ED25519 SHA256:${print})`,
      remedy: `compare the fingerprint with the host's own (ssh-keygen -l on its console); if it is the same, add this line to ~/known: [lb-1]:2222 ${text(right)}`,
    },
  });
  expect(judge(knownFrom(), right, 'accept-new')).toMatchObject({ trusted: true, isNew: true });
});

it('changed: never, whatever else is known', () => {
  const known = knownFrom('', `lb-1 ${text(rsa)}`, `lb-1 ${text(wrong)}`);
  for (const checking of ['strict', 'accept-new'] as const)
    expect(judge(known, right, checking)).toMatchObject({
      trusted: false,
      why: {
        what: expect.stringMatching(/^WARNING: .* but ~\/known:3 has ED25519 SHA256:/),
        remedy: expect.stringMatching(/ssh-keygen -R 'lb-1' -f ~\/known$/),
      },
    });
});

it('changed: a key of another kind is one that nobody has seen either', () => {
  expect(judge(knownFrom(`lb-1 ${text(rsa)}`), right, 'accept-new')).toMatchObject({
    trusted: false,
    why: { what: expect.stringMatching(/^WARNING: .* presents ED25519 .* but ~\/known:1 has RSA SHA256:/) },
  });
});

it('revoked, even where it is known', () => {
  const known = knownFrom(`lb-1 ${text(right)}`, `@revoked * ${text(right)}`);
  expect(judge(known, right, 'accept-new')).toMatchObject({
    trusted: false,
    why: { what: expect.stringMatching(/~\/known:2/) },
  });
});

it('off: anything', () => {
  expect(judge(knownFrom(`lb-1 ${text(wrong)}`), right, 'off')).toMatchObject({
    trusted: true,
    isNew: false,
  });
});

it.each([
  [[`lb-1 ${text(rsa)}`], 22, ['ssh-rsa']],
  [
    [`lb-1 ${text(rsa)}`, `lb-1 ${text(right)}`, `@revoked lb-1 ${text(wrong)}`],
    22,
    ['ssh-rsa', 'ssh-ed25519'],
  ],
  [[`lb-1 ${text(rsa)}`], 2222, ['ssh-rsa']],
  [[`lb-1 ${text(rsa)}`, `[lb-1]:2222 ${text(right)}`], 2222, ['ssh-ed25519']],
  [[`@cert-authority lb-1 ${text(rsa)}`], 22, []],
])('kinds of keys that are known: %j at port %i', (lines, port, kinds) => {
  expect([
    ...knownKeyTypes(expectedKeys({ address: 'lb-1', port, hostKeyAlias: null }, knownFrom(...lines))),
  ]).toEqual(kinds);
});
