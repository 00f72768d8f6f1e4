import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { fileIn, scratchFolder } from '../transports/folder.ts';
import type { Sshd } from '../transports/sshd.ts';
import { SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';
import { runCollect } from './running.ts';

describeWhere(SSHD_NEEDS, 'a bastion, a second one behind it, and ten hosts', () => {
  const { keys, start } = sshdWorld();
  let outer: Sshd;
  let inner: Sshd;
  let hosts: Sshd[];
  beforeAll(async () => {
    [outer, inner, ...hosts] = (await Promise.all(Array.from({ length: 12 }, () => start()))) as [Sshd, Sshd];
  });

  const entry = (name: string, { port }: Sshd) =>
    `    ${name}: { ansible_host: 127.0.0.1, ansible_port: ${port} }`;

  /** Four of the hosts are behind both; the bastions are among the hosts. */
  function inventory(folder: string): string {
    const lines = [
      `all:\n  vars: { ansible_user: root, ansible_ssh_private_key_file: ${keys.ed25519.file} }`,
      `gates:\n  hosts:\n${entry('outer', outer)}`,
      `near:\n  vars: { twlint_proxy_jump: outer }\n  hosts:\n${entry('inner', inner)}`,
      ...hosts.slice(0, 6).map((host, i) => entry(`near-${i}`, host)),
      `far:\n  vars: { ansible_ssh_common_args: '-J outer,inner' }\n  hosts:`,
      ...hosts.slice(6).map((host, i) => entry(`far-${i}`, host)),
    ];
    return fileIn(folder, 'hosts.yaml', `${lines.join('\n')}\n`);
  }

  async function run(known: string[], more: Record<string, unknown> = {}) {
    const folder = scratchFolder();
    const before = [outer, inner, ...hosts].map((server) => connections(server));
    const file = fileIn(folder, 'known_hosts', `${known.join('\n')}\n`);
    const options = { inventory: [inventory(folder)], 'known-hosts': [file], 'retry-file': 'again', ...more };
    const { status, said } = await runCollect(folder, options);
    const after = [outer, inner, ...hosts].map((server) => connections(server));
    const again = readFileSync(join(folder, 'again'), 'utf8').trim().split('\n').filter(Boolean);
    return { status, said, again, made: after.map((count, i) => count - before[i]!) };
  }

  const connections = (server: Sshd) => server.log().match(/^Connection from /gm)?.length ?? 0;
  const lines = () => [outer, inner, ...hosts].flatMap(({ hostKeyLines }) => hostKeyLines);

  it('are all reached: one connection each, and one more to each bastion', async () => {
    const { status, made, again } = await run(lines());
    expect([status, again]).toEqual([0, []]);
    expect(made).toEqual([2, 2, ...Array(10).fill(1)]);
  });

  it('a changed key of a host behind both fails that host alone', async () => {
    const changed = hosts[7]!.hostKeyLines[0]!;
    const [name] = changed.split(' ');
    const other = hosts[0]!.hostKeyLines[0]!.split(' ').slice(1).join(' ');
    const { said, again } = await run(lines().map((line) => (line === changed ? `${name} ${other}` : line)));
    expect(again).toEqual(['far-1']);
    expect(said).toMatch(/^twlint: far-1: WARNING: its host key has changed/m);
  });

  it('a changed key of the first bastion is told once, with how many hosts are behind it', async () => {
    const [name] = outer.hostKeyLines[0]!.split(' ');
    const other = hosts[0]!.hostKeyLines[0]!.split(' ').slice(1).join(' ');
    const { said, again, made, status } = await run([`${name} ${other}`, ...lines().slice(1)]);
    expect(status).toBe(3);
    expect(again).toHaveLength(12);
    expect(said.match(/the bastion 127\.0\.0\.1 .* can't be used: WARNING/g)).toHaveLength(2);
    expect(said).toMatch(/^twlint: the same as inner: 6 more hosts$/m);
    expect(made.slice(1)).toEqual(Array(11).fill(0));
  });

  it("are reached by the system's ssh too", async () => {
    const { status, again } = await run(lines(), { transport: 'openssh' });
    expect([status, again]).toEqual([0, []]);
  });
});
