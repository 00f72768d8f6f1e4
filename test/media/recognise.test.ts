import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputKind } from '../../src/media/archive/paste/recognise.ts';
import { sectionsIn } from '../../src/media/archive/paste/sections.ts';

const TICKET = join(import.meta.dirname, 'archives/ticket');

const KINDS: Record<string, string | null> = {
  'conntrack-S.txt': 'conntrack -S',
  'hostname.txt': 'hostname',
  'ip-addr.txt': 'ip address',
  'ip-route.txt': 'ip route',
  'ip-tcp_metrics.txt': 'tcp_metrics',
  'iptables-save-t-nat.txt': 'iptables-save',
  'iptables-save.txt': 'iptables-save',
  'ipvsadm-Ln.txt': 'ip_vs',
  'nft-list-ruleset.txt': null,
  'nstat-az.txt': 'counters',
  'proc_net_netstat.txt': 'netstat',
  'ss-tan.txt': 'sockets',
  'sysctl-a.txt': 'sysctl',
  'uname.txt': 'uname',
};

/** The kind of the one output in a text; null where there is none, or none that tells anything. */
function recognise(name: string, text: string): string | null {
  const { sections } = sectionsIn(text, name.replace(/\.txt$/, ''));
  expect(sections.length).toBeLessThanOrEqual(1);
  return sections[0] ? outputKind(sections[0]) : null;
}

describe('outputs of Linux 3.10', () => {
  const files = readdirSync(TICKET, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.txt'),
  );

  it.each(files)('%s', (file) => {
    const name = file.slice(file.lastIndexOf('/') + 1);
    expect(KINDS).toHaveProperty([name]);
    expect(recognise(name, readFileSync(join(TICKET, file), 'utf8'))).toBe(KINDS[name]);
  });
});

/** A name, the beginning of a text, and what it is. */
const OTHERS: [name: string, text: string, kind: string | null][] = [
  ['a.txt', '*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n', 'iptables-save'],
  ['ip6tables-save', '*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n', 'ip6tables-save'],
  ['iptables_-t_nat_-nvL', 'Chain POSTROUTING (policy ACCEPT)\n', 'iptables -L'],
  ['iptables_-vnxL', 'Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n', 'iptables -L'],
  ['nft.json', '{"nftables": [{"metainfo": {}}]}', 'nft'],
  ['ruleset', 'table inet filter {\n}\n', 'nft'],
  ['nstat', '#kernel\nIpInReceives 60 0.0\n', null],
  ['netstat.txt', 'Ip:\n    1 forwarded\nTcpExt:\n    12 SYNs to LISTEN sockets dropped\n', 'counters'],
  ['netstat.txt', 'Active Internet connections (w/o servers)\nProto Recv-Q\n', null],
  [
    'ss-tn',
    'State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nESTAB 0 0 10.0.0.1:22 10.0.0.2:9\n',
    null,
  ],
  ['ip_rule', '0:\tfrom all lookup local\n', 'ip rule'],
  ['ip_-6_rule', '0:\tfrom all lookup local\n', 'ip -6 rule'],
  ['ip_link', '1: lo: <LOOPBACK,UP> mtu 65536\n    link/loopback 00:00:00:00:00:00\n', null],
  ['ip_-6_route', 'fe80::/64 dev eth0 proto kernel metric 256\n', 'ip -6 route'],
  [
    'ipvsadm_-L',
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward\nTCP  s2:postgresql wlc\n',
    'ip_vs',
  ],
  [
    'ipvsadm_-Ln_--stats',
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Conns\n',
    null,
  ],
  ['ipvsadm-Sn', '-A -t 10.0.0.1:80 -s wlc -p 1800\n', 'ipvsadm-save'],
  ['proc_net_tcp', '  sl  local_address rem_address   st\n', 'tcp'],
  ['proc_net_udp', '  sl  local_address rem_address   st\n', null],
  ['sysctl', '-bash: sysctl: command not found\n', null],
  ['uptime', ' 18:44:26 up 10 min,  0 user,  load average: 1.64, 1.73, 0.97\n', 'uptime'],
];

it.each(OTHERS)('%s: %j is %j', (name, text, kind) => {
  expect(recognise(name, text)).toBe(kind);
});
