import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { describeWhere } from '../needs.ts';
import { twlint } from '../twlint.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { certify, type KeyPair, makeKey } from './keygen.ts';
import type { Sshd } from './sshd.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

describeWhere(SSHD_NEEDS, 'a fleet behind bastions', () => {
  const { keys, folder, start } = sshdWorld();
  let bastion: Sshd;
  let inner: Sshd;
  let hosts: Sshd[];
  let certified: Sshd;
  let authority: KeyPair;

  beforeAll(async () => {
    authority = makeKey(folder, 'authority');
    const vouched = (file: string) => certify(authority, file, { host: true, names: '127.0.0.1' });
    [bastion, inner, certified] = await Promise.all([start(), start(), start({ certify: vouched })]);
    hosts = await Promise.all(Array.from({ length: 9 }, () => start()));
  });

  const linesOf = (...servers: Sshd[]) => servers.flatMap(({ hostKeyLines }) => hostKeyLines);
  const place = ({ address, port }: Sshd) => `ansible_host=${address} ansible_port=${port}`;

  /** Five hosts behind the bastion, four behind a second one, and one that only an authority vouches for. */
  async function collect(known: string[], ...more: string[]) {
    const inventory = `
[bastions]
jump ${place(bastion)}
inner ${place(inner)} twlint_proxy_jump=jump
[near]
${hosts
  .slice(0, 5)
  .map((host, i) => `near${i + 1} ${place(host)}`)
  .join('\n')}
certified ${place(certified)}
[far]
${hosts
  .slice(5)
  .map((host, i) => `far${i + 1} ${place(host)}`)
  .join('\n')}
[near:vars]
twlint_proxy_jump=jump
[far:vars]
twlint_proxy_jump=inner
[all:vars]
ansible_user=root
`;
    const scratch = scratchFolder();
    const out = join(scratch, 'out');
    const where = ['-i', fileIn(scratch, 'hosts.ini', inventory), '-l', 'near:far', '-F', 'none'];
    const how = [
      '--key',
      keys.ed25519.file,
      '--known-hosts',
      fileIn(scratch, 'known', `${known.join('\n')}\n`),
    ];
    const args = ['collect', ...where, ...how, '--netns', 'init', '-v', '-o', out, ...more];
    const { stderr } = await twlint(scratch, args);
    const answers = readSnapshot(out).hosts.map(({ host, reached }) => [host.name, reached] as const);
    return { said: stderr, reached: Object.fromEntries(answers) };
  }

  const vouching = () => `@cert-authority [127.0.0.1]:${certified.port} ${authority.publicLine}`;

  it.each(['auto', 'openssh'])(
    'is reached at one and two hops; a changed key fails that host alone (%s)',
    async (transport) => {
      const changed = hosts[6]!;
      const forged = hosts[0]!.hostKeyLines[0]!.replace(`:${hosts[0]!.port} `, `:${changed.port} `);
      const good = hosts.filter((host) => host !== changed);
      const before = [bastion, inner].map(connections);
      const { said, reached } = await collect(
        [...linesOf(bastion, inner, ...good), forged, vouching()],
        '--transport',
        transport,
      );
      const { far2, ...others } = reached;
      expect(far2).toMatchObject({
        ok: false,
        problem: 'unreachable',
        reason: expect.stringMatching(/^WARNING: its host key has changed\. It presents ED25519 SHA256:/),
      });
      expect(Object.entries(others).filter(([, { ok }]) => !ok)).toEqual([]);
      expect(Object.keys(others)).toHaveLength(9);
      expect(changed.log()).not.toMatch(/^Accepted/m);
      const expected =
        transport === 'auto'
          ? /^twlint: certified: openssh: @cert-authority \(.*known:12\)$/m
          : /^twlint: certified: openssh: as/m;
      expect(said).toMatch(expected);
      // with auto, each client has its own
      const each = transport === 'auto' ? [2, 1] : [1, 1];
      expect([bastion, inner].map(connections).map((now, i) => now - before[i]!)).toEqual(each);
    },
  );

  it.each(['auto', 'openssh'])(
    'a bastion that is not trusted is told once, with how many are behind it (%s)',
    async (transport) => {
      const { said, reached } = await collect(linesOf(bastion, ...hosts), '--transport', transport);
      expect(Object.entries(reached).flatMap(([name, { ok }]) => (ok ? name : []))).toEqual([
        'near1',
        'near2',
        'near3',
        'near4',
        'near5',
      ]);
      expect(
        said.match(/the bastion 127\.0\.0\.1 .* can't be used: its host key is not known/g),
      ).toHaveLength(1);
      expect(said).toMatch(/^twlint: the same as far\d: 3 more hosts \(far\d, far\d, far\d\)$/m);
    },
  );
});

const connections = (server: Sshd) => server.log().match(/^Accepted publickey/gm)?.length ?? 0;
