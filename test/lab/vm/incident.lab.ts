/** The incident with real IPVS: what twlint says over ssh, beside what the real server sees of a real connection. */
import { join } from 'node:path';
import type { Log } from 'sarif';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twlint } from '../../twlint.ts';
import { type Machine, startMachine } from './machine.ts';

const MASQUERADE = '-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE';

/** What twlint must not change; sessions of sshd, and busybox's timeout, take a moment to end. */
const STATE = `lsmod | cut -d' ' -f1 | sort; cat /proc/net/ip_tables_names; iptables-legacy -t nat -S; ipvsadm -Sn
  ip -o link | cut -d: -f2; ps -o args | grep -v -e '^\\[' -e '^sshd: root'`;

describe('the incident in a machine with IPVS', () => {
  let machine: Machine;
  let before: string;
  beforeAll(async () => {
    machine = await startMachine();
    before = machine.run(STATE);
  }, 300_000);
  afterAll(() => machine?.stop());

  async function ask(...args: string[]): Promise<string> {
    const hosts = [
      '-i',
      join(machine.folder, 'hosts.yaml'),
      '--known-hosts',
      join(machine.folder, 'known_hosts'),
    ];
    const patience = ['--host-timeout', '200s', '--connect-timeout', '60s'];
    const { stdout, stderr, status } = await twlint(machine.folder, [...args, ...hosts, ...patience]);
    expect(status, stderr).toBe(0);
    return stdout;
  }

  const traced = async () =>
    JSON.parse(
      await ask(
        ...['trace', '--src', '192.168.128.158', '--dst', '192.168.128.5', '--dport', '5432'],
        ...['--at', 's2/m1', '--format', 'json'],
      ),
    );

  /** The source address that the real server has of a connection of m1's. */
  const seen = () => machine.run('ip netns exec m1 nc -w 10 192.168.128.5 5432 </dev/null').trim();

  it('merges clients with vs.conntrack: trace and connection agree', async () => {
    const { outcome, certain, hops, final } = await traced();
    expect({ outcome, certain, ...final }).toEqual({
      outcome: 'delivered',
      certain: true,
      src: '10.244.3.1',
      dst: '10.244.3.27',
      host: 's2',
      namespace: 'master',
    });
    expect(hops.map(({ rule }: { rule: { text: string } | null }) => rule?.text)).toContain(MASQUERADE);
    expect(seen()).toBe('10.244.3.1');
  }, 300_000);

  it('an audit finds the path, and leaves the machine as it was', async () => {
    const log: Log = JSON.parse(
      await ask('audit', '--no-builtin', '-r', join(import.meta.dirname, 'merged.yaml'), '--format', 'sarif'),
    );
    await expect.poll(() => machine.run(STATE), { timeout: 10_000, interval: 500 }).toBe(before);
    const said = '192.168.128.5 port 5432: master sees 10.244.3.1';
    const text = JSON.stringify(log.runs[0]!.results!.find(({ message }) => message.text?.includes(said)));
    expect(text).toContain(MASQUERADE);
    expect(text).toContain('TCP 192.168.128.5:5432 wlc → 10.244.3.27:5432 masq weight 1');
  }, 300_000);

  it('without vs.conntrack, the source is the client’s own', async () => {
    machine.run('sysctl -q -w net.ipv4.vs.conntrack=0');
    expect((await traced()).final).toMatchObject({ src: '192.168.128.158', namespace: 'master' });
    expect(seen()).toBe('192.168.128.158');
  }, 300_000);
});
