import { expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { connected, refused } from './connecting.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

/** What CentOS 6's sshd (OpenSSH 5.3) has, of what OpenSSH can still do. */
const OPENSSH_5_3 = [
  'KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1',
  'HostKeyAlgorithms ssh-rsa',
  'Ciphers aes128-ctr,aes192-ctr,aes256-ctr,aes128-cbc,3des-cbc',
  'MACs hmac-sha1',
];

describeWhere(SSHD_NEEDS, 'algorithms of a real sshd', () => {
  const { keys, start, to } = sshdWorld();

  it('those of OpenSSH 5.3, when told that a host is that old', async () => {
    const server = await start({ hostKeys: ['rsa'], config: OPENSSH_5_3 });
    for (const transport of ['ssh2', 'openssh'] as const)
      (
        await connected(to(server, { identityFile: keys.rsa.file, legacy: true, options: { transport } }))
      ).close();
    expect(await refused(to(server))).toMatch(
      /^no key exchange in common: it offers diffie-hellman-group-exchange-sha256, .*group14-sha1; we offer curve25519-sha256, .*: it is old: set twlint_legacy_ssh: true for it, or reach/,
    );
  });

  it.each(['diffie-hellman-group-exchange-sha256', 'sntrup761x25519-sha512@openssh.com'])(
    "never %s: that is told at once, and that the system's ssh can",
    async (kex) => {
      const server = await start({ config: [`KexAlgorithms ${kex}`] });
      for (const legacy of [false, true])
        expect(await refused(to(server, { legacy }))).toMatch(
          new RegExp(
            `^no key exchange in common: it offers ${kex}; we offer .*sshd_config.*twlint_transport: openssh`,
          ),
        );
      (await connected(to(server, { options: { transport: 'openssh' } }))).close();
    },
  );

  it.each([
    ['Ciphers 3des-cbc', /^no cipher in common: it offers 3des-cbc; we offer aes128-gcm/],
    [
      'Ciphers aes128-ctr\nMACs umac-64@openssh.com',
      /^no MAC in common: it offers umac-64@openssh.com; we offer /,
    ],
    ['HostKeyAlgorithms ssh-rsa', /^no kind of host key in common: it offers ssh-rsa; .*twlint_legacy_ssh/],
  ])('nothing in common: %s', async (config, says) => {
    expect(await refused(to(await start({ hostKeys: ['rsa'], config: [config] })))).toMatch(says);
  });

  it.each([
    'curve25519-sha256',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
  ])('%s', async (kex) => {
    (await connected(to(await start({ config: [`KexAlgorithms ${kex}`] })))).close();
  });
});
