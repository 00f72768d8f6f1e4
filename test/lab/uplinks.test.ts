/** Real hosts that are joined by other uplinks than a plain device: rules about paths speak of them all the same. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from '../../src/collect/snapshot.ts';
import type { HostEvidence, Snapshot } from '../../src/model.ts';
import { reportIn } from '../json-report.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

/** Of these, what the kernel here can make: smaller ones have no VLANs and bonds. */
const UPLINKS = ['veth', 'macvlan', 'bridge', 'vlan', 'bond'].filter(canMake);
const COUNT = 2 * UPLINKS.length;

/** Directors 1 to n, and their servers n+1 to 2n, each behind the next kind of uplink. */
const PAIRS = UPLINKS.map((uplink, i) => ({
  uplink,
  director: i + 1,
  server: UPLINKS.length + 1 + ((i + 1) % UPLINKS.length),
}));

const address = (host: number, net = 1) => `10.99.${net}.${host}`;

const needs = {
  root: true,
  programs: ['sshd', 'ip', 'unshare', 'iptables-nft', 'iptables-legacy', 'sysctl'],
} as const;

describeWhere({ ...needs, programs: [...needs.programs] }, `hosts behind ${UPLINKS.join(', ')}`, () => {
  const lab = temporaryFolder('uplinks');
  const inLab = (...args: string[]) =>
    twlint(lab, [...args, '-i', join(lab, 'lab.yaml'), '--known-hosts', join(lab, 'known_hosts')]);
  let findings: { rule: string; host: string; verdict: string; message: string }[] = [];

  beforeAll(async () => {
    execFileSync(join(import.meta.dirname, 'up.sh'), [String(COUNT), lab, ...UPLINKS]);
    for (const pair of PAIRS) makeServices(pair);
    expect((await inLab('collect', '-o', 'seen')).stderr).not.toContain('unreachable');
    const seen = readSnapshot(join(lab, 'seen'));
    expect(seen.hosts.map(whyUnseen).filter((why) => why !== null)).toEqual([]);
    writeSnapshot(withVirtualServices(seen), join(lab, 'snap'));
    const { stdout } = await twlint(lab, ['audit', '--from', 'snap', '--all', '--format', 'json']);
    findings = reportIn(stdout).findings;
  }, 180_000);
  afterAll(() => void execFileSync(join(import.meta.dirname, 'down.sh'), [lab]));

  function makeServices({ director, server }: (typeof PAIRS)[number]) {
    const [tag] = readFileSync(join(lab, 'tag'), 'utf8').split('\n');
    const on = (host: number, command: string) =>
      execFileSync('ip', ['netns', 'exec', `${tag}${host}`, 'sh', '-ec', command]);
    const iptables = `iptables-${director % 2 === 0 ? 'nft' : 'legacy'} -t nat`;
    on(
      director,
      `${iptables} -A PREROUTING -d ${address(director)} -p tcp --dport 8022 -j DNAT --to-destination ${address(server)}:22
       ${iptables} -A POSTROUTING -d ${address(server)} -p tcp --dport 22 -j MASQUERADE
       for net in 2 3 4; do ip addr add 10.99.$net.${director}/32 dev eth0; done`,
    );
    on(
      server,
      `for net in 2 4; do ip addr add 10.99.$net.${director}/32 dev lo; done
       ip addr add ${address(director, 3)}/32 dev eth0
       sysctl -qw net.ipv4.conf.all.rp_filter=1`,
    );
  }

  it('a packet from each host to each other arrives, as it does in the kernel', async () => {
    for (const { director, server } of PAIRS) {
      const packet = ['--src', address(director), '--dst', address(server), '--dport', '22'];
      const { stdout } = await twlint(lab, ['trace', '--from', 'snap', ...packet, '--format', 'json']);
      const { outcome, certain, final } = JSON.parse(stdout);
      expect({ outcome, certain, host: final.host }).toEqual({
        outcome: 'delivered',
        certain: true,
        host: `host-${server}`,
      });
    }
  });

  it.each([
    ['TW001', (director: number) => `${address(director)} port 8022`],
    ['IV101', (director: number) => address(director)],
    ['IV102', (director: number) => address(director, 2)],
    ['IV103', (director: number) => address(director, 4)],
    ['IV104', (director: number) => address(director, 3)],
    ['IV105', (director: number) => address(director)],
  ])('%s speaks of each service', (rule, about) => {
    const told = findings.filter((one) => one.rule === rule && one.verdict === 'fail');
    const silent = PAIRS.filter(
      ({ director, server }) =>
        !told.some(({ host, message }) => host === `host-${server}` && message.includes(about(director))),
    );
    // the lab turns tcp_tw_recycle off on every third host
    const expected = rule === 'TW001' ? PAIRS.filter(({ server }) => server % 3 === 0) : [];
    expect(silent).toEqual(expected);
  });
});

/** The kernel here need not have IPVS: what a director would say of its table is added to what it said. */
function withVirtualServices(snapshot: Snapshot): Snapshot {
  const services = ({ director, server }: (typeof PAIRS)[number]) =>
    [
      [`${address(director)}:5432`, `${address(server)}:5432 -m`],
      [`${address(director, 2)}:22`, `${address(server)}:22 -g`],
      [`${address(director, 3)}:22`, `${address(server)}:22 -g`],
      [`${address(director, 4)}:22`, `${address(server)}:22 -i`],
    ]
      .map(([service, real]) => `-A -t ${service} -s rr\n-a -t ${service} -r ${real} -w 1\n`)
      .join('');
  return {
    ...snapshot,
    hosts: snapshot.hosts.map((one) => {
      const pair = PAIRS.find(({ director }) => one.host.name === `host-${director}`);
      const init = initOf(one);
      const evidence = one.evidence.map((entry) =>
        pair && entry.probe === 'ipvs.ipvsadm' && entry.namespace === init
          ? { ...entry, answer: { ok: true as const, value: services(pair) } }
          : entry,
      );
      return { ...one, evidence };
    }),
  };
}

/** Returns the reason why nobody answered for a host; null where it did. */
function whyUnseen({ host, reached, evidence }: HostEvidence): string | null {
  if (!reached.ok) return `${host.name}: ${reached.problem}, ${reached.reason}`;
  return evidence.some(({ probe }) => probe === 'namespaces.list') ? null : `${host.name}: no namespaces`;
}

function initOf({ evidence }: HostEvidence): string {
  const list = evidence.find(({ probe }) => probe === 'namespaces.list')!.answer;
  return /^init (\d+)$/m.exec(list.ok ? list.value : '')![1]!;
}

function canMake(uplink: string): boolean {
  const options: Record<string, string> = {
    veth: '',
    bridge: '',
    bond: '',
    macvlan: 'link v0',
    vlan: 'link v0',
  };
  const kind = uplink === 'vlan' ? 'vlan id 7' : uplink;
  const script = `ip link add v0 type veth peer name v1; ip link add ${options[uplink]} name made type ${kind}`;
  return spawnSync('unshare', ['--net', 'sh', '-c', script], { stdio: 'ignore' }).status === 0;
}
