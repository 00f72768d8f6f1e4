import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printAddress } from '../../src/network/address-text.ts';
import { parseAddresses, printAddresses, unionOf } from '../../src/network/addresses.ts';
import { parseIpAddress } from '../../src/network/interfaces.ts';
import { parseIptablesSave } from '../../src/network/iptables/save.ts';
import { parseIpvsadmSave, parseIpvsTable } from '../../src/network/ipvs.ts';
import { parseNftJson } from '../../src/network/nft/json.ts';
import { parseRoutes } from '../../src/network/routes.ts';
import { parseRules } from '../../src/network/routing-rules.ts';
import { fullBudget } from '../../src/network/walk/budget.ts';
import type { Namespace } from '../../src/network/walk/namespace.ts';
import { afterwards, type PacketClass } from '../../src/network/walk/outcomes.ts';
import { type PacketSet, packets } from '../../src/network/walk/packets.ts';
import { receive, send, sourceFor } from '../../src/network/walk/walk.ts';
import { settingsOf } from './settings.ts';

const CASES = join(import.meta.dirname, '../collectors');
const captured = (path: string) => readFileSync(join(CASES, path), 'utf8');

/** A namespace from texts as the collectors get them. */
function namespace(texts: {
  nat?: string;
  addresses?: string;
  routes?: string;
  rules?: string;
  ipvs?: string;
}): Namespace {
  const given = { backend: 'legacy', family: 'ip', origin: 'iptables-save' } as const;
  const interfaces = parseIpAddress(texts.addresses ?? '', 'ip address');
  return {
    ruleset: { tables: parseIptablesSave(texts.nat ?? '', given), ipsets: new Map() },
    interfaces,
    routes: parseRoutes(texts.routes ?? '', 4, 'ip route'),
    rules: parseRules(texts.rules ?? '', 4, 'ip rule'),
    services: parseIpvsadmSave(texts.ipvs ?? '', 'ipvsadm'),
    virtualConntrack: true,
    release: '6.1.0',
    settings: settingsOf(interfaces.map(({ name }) => name)),
    budget: fullBudget(),
  };
}

const set = (text: string) => parseAddresses(text)!;
const tcp = (source: string, destination: string, port?: number): PacketSet =>
  packets(set(source), set(destination), {
    protocol: [6, 6],
    ...(port ? { destinationPort: [port, port] } : {}),
  });

/** `10.0.0.0/8 → forwarded eth0 from 10.0.0.1 to 10.0.0.2`, sorted; in doubt: all that it may be. */
function told(parts: readonly PacketClass[]): string[] {
  return parts
    .map(({ packets: first, outcomes }) => {
      const ends = outcomes.map((outcome) => {
        const after = afterwards(first, outcome);
        return `${outcome.verdict} ${outcome.out ?? '-'} from ${printAddresses(after.source)} to ${printAddresses(after.destination)}`;
      });
      return `${printAddresses(first.source)} → ${ends.sort().join(' | ')}`;
    })
    .sort();
}

/** Those who may send to the director. */
const OTHERS = unionOf([set('9.0.0.0/8'), set('10.244.4.0/24'), set('172.17.0.0/16')]);

const local = (addresses: string[]) =>
  addresses.map((one) => `local ${one} dev lo table local proto kernel src ${one}\n`).join('');

/** s2 of the incident: its VIP is 192.168.128.5, the real server is the pod 10.244.3.27. */
const director = namespace({
  nat: captured('nat/linux-3.10-legacy/legacy'),
  addresses: captured('addresses/linux-3.10/addresses'),
  routes: captured('routes/linux-3.10/routes') + local(['192.168.128.5', '192.168.128.149', '10.244.3.1']),
  rules: captured('routes/linux-3.10/rules'),
  ipvs: captured('ipvs/linux-3.10/ipvsadm'),
});

describe('the incident', () => {
  it('merges a client elsewhere and one on the director onto one address', () => {
    const far = receive(director, tcp('192.168.128.158', '192.168.128.5', 5432), 'eth1');
    expect(told(far)).toEqual(['192.168.128.158 → forwarded cni0 from 10.244.3.1 to 10.244.3.27']);
    expect(
      far[0]!.outcomes[0]!.steps.flatMap((step) => (step.kind === 'rule' ? step.rule.text : [])),
    ).toEqual(['-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE']);
    const near = send(director, tcp('192.168.128.5', '192.168.128.5', 5432));
    expect(told(near)).toEqual(['192.168.128.5 → forwarded cni0 from 10.244.3.1 to 10.244.3.27']);
    const check = sourceFor(director, tcp('0.0.0.0/0', '10.244.3.27', 5432));
    expect(check && printAddress(check)).toBe('10.244.3.1');
    expect(told(send(director, tcp('10.244.3.1', '10.244.3.27', 5432)))).toEqual([
      '10.244.3.1 → forwarded cni0 from 10.244.3.1 to 10.244.3.27',
    ]);
  });

  it('keeps clients apart with net.ipv4.vs.conntrack=0, and does not know when that is not known', () => {
    const coming = tcp('192.168.128.32/27', '192.168.128.5', 5432);
    expect(told(receive({ ...director, virtualConntrack: false }, coming, 'eth1'))).toEqual([
      '192.168.128.32/27 → forwarded cni0 from 192.168.128.32/27 to 10.244.3.27',
    ]);
    expect(told(receive({ ...director, virtualConntrack: null }, coming, 'eth1'))).toEqual([
      '192.168.128.32/27 → forwarded cni0 from 10.244.3.1 to 10.244.3.27 | forwarded cni0 from 192.168.128.32/27 to 10.244.3.27',
    ]);
  });

  it('tells parts of everything apart', () => {
    const parts = receive(director, packets(OTHERS, set('192.168.128.5'), { protocol: [6, 17] }), 'eth1');
    expect(told(parts)).toEqual([
      '10.244.4.0/24 → forwarded cni0 from 10.244.4.0/24 to 10.244.3.27',
      '172.17.0.0/16 → forwarded cni0 from 10.244.3.1 to 10.244.3.27',
      '9.0.0.0/8 → forwarded cni0 from 10.244.3.1 to 10.244.3.27',
      '9.0.0.0/8, 10.244.4.0/24, 172.17.0.0/16 → delivered - from 9.0.0.0/8, 10.244.4.0/24, 172.17.0.0/16 to 192.168.128.5',
      '9.0.0.0/8, 10.244.4.0/24, 172.17.0.0/16 → delivered - from 9.0.0.0/8, 10.244.4.0/24, 172.17.0.0/16 to 192.168.128.5',
    ]);
  });
});

describe('IPVS', () => {
  const base = {
    addresses: '2: eth0: <UP> mtu 1500\n    inet 10.0.0.1/24 scope global eth0\n',
    routes: `default via 10.0.0.254 dev eth0\n10.0.0.0/24 dev eth0 scope link src 10.0.0.1\n${local(['10.0.0.1', '10.0.0.100'])}`,
    nat: '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n',
  };

  it('leaves the destination alone with direct routing, and says whereto', () => {
    const space = namespace({
      ...base,
      ipvs: '-A -t 10.0.0.100:80 -s rr\n-a -t 10.0.0.100:80 -r 10.0.0.7:80 -g -w 1\n',
    });
    const parts = receive({ ...space, virtualConntrack: false }, tcp('10.9.0.1', '10.0.0.100', 80), 'eth0');
    expect(told(parts)).toEqual(['10.9.0.1 → forwarded eth0 from 10.9.0.1 to 10.0.0.100']);
    const { server } = parts[0]!.outcomes[0]!;
    expect(server && printAddress(server.address)).toBe('10.0.0.7');
  });

  it('sends to each server in turn, to none of weight 0, and refuses without any', () => {
    const servers =
      '-a -t 10.0.0.100:80 -r 10.0.0.7:8080 -m -w 1\n-a -t 10.0.0.100:80 -r 10.0.0.8:8080 -m -w 2\n-a -t 10.0.0.100:80 -r 10.0.0.9:8080 -m -w 0\n';
    const space = namespace({
      ...base,
      ipvs: `-A -t 10.0.0.100:80 -s rr\n${servers}-A -t 10.0.0.100:81 -s rr\n`,
    });
    const parts = receive(space, tcp('10.9.0.1', '10.0.0.100', 80), 'eth0');
    expect(told(parts)).toEqual([
      '10.9.0.1 → forwarded eth0 from 10.0.0.1 to 10.0.0.7 | forwarded eth0 from 10.0.0.1 to 10.0.0.8',
    ]);
    expect(parts[0]!.outcomes.flatMap(({ doubts }) => doubts.map(({ cause }) => cause))).toEqual([
      'chance',
      'chance',
    ]);
    expect(told(receive(space, tcp('10.9.0.1', '10.0.0.100', 81), 'eth0'))).toEqual([
      '10.9.0.1 → refused - from 10.9.0.1 to 10.0.0.100',
    ]);
  });

  it('goes by firewall mark', () => {
    const mangle =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.0.0.100/32 -p tcp -m tcp --dport 80:90 -j MARK --set-xmark 0x7/0xffffffff\nCOMMIT\n';
    const space = namespace({
      ...base,
      nat: base.nat + mangle,
      ipvs: '-A -f 7 -s rr\n-a -f 7 -r 10.0.0.7:0 -m -w 1\n',
    });
    expect(told(receive(space, tcp('10.9.0.1', '10.0.0.100', 85), 'eth0'))).toEqual([
      '10.9.0.1 → forwarded eth0 from 10.0.0.1 to 10.0.0.7',
    ]);
    expect(told(receive(space, tcp('10.9.0.1', '10.0.0.100', 91), 'eth0'))).toEqual([
      '10.9.0.1 → delivered - from 10.9.0.1 to 10.0.0.100',
    ]);
  });

  const table = (rows: string) =>
    parseIpvsTable(
      `IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n${rows}`,
      'ip_vs',
    );
  it.each([
    ['of IPv4, by ipvsadm', parseIpvsadmSave('-A -f 7 -s rr', 'ipvsadm'), 'refused'],
    ['of IPv6, by ipvsadm', parseIpvsadmSave('-A -f 7 -6 -s rr', 'ipvsadm'), 'delivered'],
    ['of both', parseIpvsadmSave('-A -f 7 -s rr\n-A -f 7 -6 -s rr', 'ipvsadm'), 'refused'],
    [
      'without a server, by the kernel, which tells no family',
      table('FWM  00000007 rr\n'),
      'delivered refused',
    ],
    [
      'with a server of IPv6, by the kernel',
      table(
        'FWM  00000007 rr\n  -> [fd00:0000:0000:0000:0000:0000:0000:0001]:0000      Masq    0      0          0\n',
      ),
      'delivered',
    ],
    [
      'with a server of IPv4, by the kernel',
      table('FWM  00000007 rr\n  -> 0A000007:0000      Masq    0      0          0\n'),
      'refused',
    ],
    [
      'with a server behind a tunnel, by the kernel',
      table('FWM  00000007 rr\n  -> 0A000007:0000      Tunnel  0      0          0\n'),
      'delivered refused',
    ],
  ])('goes by firewall mark for packets of its family: %s', (_, services, expected) => {
    const mangle =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-xmark 0x7/0xffffffff\nCOMMIT\n';
    const space = { ...namespace({ ...base, nat: mangle }), services };
    const [part] = receive(space, tcp('10.9.0.1', '10.0.0.100', 80), 'eth0');
    expect(
      part!.outcomes
        .map(({ verdict }) => verdict)
        .sort()
        .join(' '),
    ).toBe(expected);
  });
});

describe('routes', () => {
  const base = {
    addresses:
      '2: a: <UP> mtu 1500\n    inet 10.1.0.1/24 scope global a\n3: b: <UP> mtu 1500\n    inet 10.2.0.1/24 scope global b\n    inet 10.3.0.1/24 scope global b\n',
    nat: '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o b -j MASQUERADE\nCOMMIT\n',
  };

  it('take the longest prefix, refuse, and give the address next to the gateway', () => {
    const space = namespace({
      ...base,
      routes:
        'default via 10.3.0.254 dev b\n10.8.0.0/16 dev a scope link\n10.8.1.0/24 dev b scope link\nblackhole 10.8.2.0/24\n',
    });
    const to = (text: string) => told(receive(space, tcp('10.1.0.9', text), 'a'));
    expect(to('8.8.8.8')).toEqual(['10.1.0.9 → forwarded b from 10.3.0.1 to 8.8.8.8']);
    expect(to('10.8.3.1')).toEqual(['10.1.0.9 → forwarded a from 10.1.0.9 to 10.8.3.1']);
    expect(to('10.8.1.1')).toEqual(['10.1.0.9 → forwarded b from 10.2.0.1 to 10.8.1.1']);
    expect(to('10.8.2.1')).toEqual(['10.1.0.9 → unroutable - from 10.1.0.9 to 10.8.2.1']);
  });

  it('follow rules: by source, by mark, and what they suppress', () => {
    const space = namespace({
      ...base,
      nat: '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -s 10.1.0.7/32 -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n',
      routes:
        'default via 10.1.0.254 dev a\n10.9.0.0/16 dev a scope link\ndefault via 10.2.0.254 dev b table 100\n',
      rules:
        '0:\tfrom all lookup local\n10:\tfrom all lookup main suppress_prefixlength 0\n20:\tfrom 10.1.0.8 lookup 100\n30:\tfrom all fwmark 0x1 lookup 100\n40:\tfrom 10.1.0.6 blackhole\n32766:\tfrom all lookup main\n',
    });
    const by = (source: string, destination: string) =>
      receive(space, tcp(source, destination), 'a').map(
        ({ outcomes }) => `${outcomes[0]!.verdict} ${outcomes[0]!.out}`,
      );
    expect(by('10.1.0.5', '8.8.8.8')).toEqual(['forwarded a']);
    expect(by('10.1.0.6', '8.8.8.8')).toEqual(['unroutable null']);
    expect(by('10.1.0.7', '8.8.8.8')).toEqual(['forwarded b']);
    expect(by('10.1.0.8', '8.8.8.8')).toEqual(['forwarded b']);
    expect(by('10.1.0.8', '10.9.1.1')).toEqual(['forwarded a']);
  });

  it('lead broadcasts to the host itself', () => {
    const space = namespace({ ...base, routes: 'broadcast 10.1.0.255 dev a table local scope link\n' });
    expect(told(receive(space, tcp('10.1.0.9', '10.1.0.255'), 'a'))).toEqual([
      '10.1.0.9 → delivered - from 10.1.0.9 to 10.1.0.255',
    ]);
  });

  it('that are several go each way, by chance', () => {
    const space = namespace({
      ...base,
      routes: 'default\n\tnexthop via 10.1.0.254 dev a weight 1\n\tnexthop via 10.2.0.254 dev b weight 1\n',
    });
    expect(told(receive(space, tcp('10.1.0.9', '8.8.8.8'), 'a'))).toEqual([
      '10.1.0.9 → forwarded a from 10.1.0.9 to 8.8.8.8 | forwarded b from 10.2.0.1 to 8.8.8.8',
    ]);
  });

  it('lead nowhere in a namespace that does not forward', () => {
    const space = {
      ...namespace({ ...base, routes: 'default via 10.1.0.254 dev a\n' }),
      settings: settingsOf(['a'], { 'net.ipv4.ip_forward': 0 }),
    };
    expect(told(receive(space, tcp('10.1.0.9', '8.8.8.8'), 'a'))).toEqual([
      '10.1.0.9 → dropped a from 10.1.0.9 to 8.8.8.8',
    ]);
  });
});

describe('what starts here', () => {
  const space = namespace({
    addresses: '2: eth0: <UP> mtu 1500\n    inet 10.0.0.1/24 scope global eth0\n',
    routes: `default via 10.0.0.254 dev eth0 src 10.0.0.1\n${local(['10.0.0.1'])}`,
    nat: `*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 10.0.0.1/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080
-A OUTPUT -d 10.96.0.1/32 -p tcp -j DNAT --to-destination 10.244.0.9:6443
-A OUTPUT -d 10.96.0.2/32 -p tcp -j DNAT --to-destination 10.0.0.1:80
-A POSTROUTING -o eth0 -d 10.244.0.0/16 -j SNAT --to-source 10.0.0.5
COMMIT
`,
  });

  it('is translated at OUTPUT and routed anew', () => {
    const parts = send(space, tcp('10.0.0.1', '10.96.0.1', 443));
    expect(told(parts)).toEqual(['10.0.0.1 → forwarded eth0 from 10.0.0.5 to 10.244.0.9']);
    expect(parts[0]!.outcomes[0]!.ports.destination).toEqual([6443, 6443]);
    expect(told(send(space, tcp('10.0.0.1', '10.96.0.2', 443)))).toEqual([
      '10.0.0.1 → delivered - from 10.0.0.1 to 10.0.0.1',
    ]);
  });

  it('comes from the address of its route, or its own when it goes to itself', () => {
    const from = (destination: string) => {
      const address = sourceFor(space, tcp('0.0.0.0/0', destination));
      return address && printAddress(address);
    };
    expect(from('8.8.8.8')).toBe('10.0.0.1');
    expect(from('10.0.0.1')).toBe('10.0.0.1');
  });

  it('is another matter than what comes in', () => {
    const parts = receive(space, tcp('10.0.0.9', '10.0.0.1', 80), 'eth0');
    expect(told(parts)).toEqual(['10.0.0.9 → delivered - from 10.0.0.9 to 10.0.0.1']);
    expect(parts[0]!.outcomes[0]!.ports.destination).toEqual([8080, 8080]);
  });
});

describe('what is read and has no meaning here is undecided', () => {
  const addresses = [
    '2: eth0: <UP> mtu 1500',
    '    inet 10.0.0.1/24 scope global eth0',
    '3: eth1: <UP> mtu 1500 master blue',
    '4: blue: <NOARP,MASTER,UP> mtu 65575',
  ].join('\n');
  const routes = 'default via 10.0.0.254 dev eth0\ndefault via 10.0.0.253 dev eth0 table 7\n';
  const begin = '0: from all lookup local\n';
  const end = '32766: from all lookup main\n32767: from all lookup default\n';
  const mangle = (rule: string) => `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${rule}\nCOMMIT\n`;
  const verdicts = (texts: Parameters<typeof namespace>[0], input = 'eth0') =>
    receive(namespace({ addresses, routes, ...texts }), tcp('10.0.0.9', '8.8.8.8', 80), input).flatMap(
      ({ outcomes }) => outcomes.map(({ verdict, doubts }) => (doubts.length > 0 ? `${verdict}?` : verdict)),
    );

  it.each([
    ['TPROXY', { nat: mangle('-p tcp -j TPROXY --on-port 1 --on-ip 127.0.0.1 --tproxy-mark 0x1') }],
    ['a target of nobody knows what', { nat: mangle('-j FOO --bar') }],
    ['an action of ip rule', { rules: `${begin}100: from 10.0.0.0/24 map-to 192.0.2.1\n${end}` }],
    ['a route into a tunnel', { routes: 'default encap ip id 7 dst 192.0.2.1 dev eth0\n' }],
  ])('%s', (_, texts) => {
    const found = verdicts(texts);
    expect(found).toContain('unknown?');
    expect(found.every((verdict) => verdict.endsWith('?'))).toBe(true);
  });

  it('a condition of ip rule, where its table leads elsewhere', () => {
    const rules = `${begin}100: from all uidrange 7-9 lookup 7\n${end}`;
    expect(verdicts({ rules })).toEqual(['forwarded?', 'forwarded?']);
    expect(verdicts({ rules, routes: routes.replace('253', '254') })).toEqual(['forwarded']);
  });

  it('the rule of VRFs, for what comes in by one of them alone', () => {
    const rules = `${begin}1000: from all lookup [l3mdev-table]\n${end}`;
    expect(verdicts({ rules })).toEqual(['forwarded']);
    expect(verdicts({ rules }, 'eth1')).toEqual(['unknown?']);
  });
});

describe('bounds', () => {
  const through = (rules: string[]) =>
    receive(
      namespace({
        addresses: '2: eth0: <UP> mtu 1500\n    inet 203.0.113.1/24 scope global eth0\n',
        routes: 'default via 203.0.113.254 dev eth0\n',
        nat: `*nat\n:POSTROUTING ACCEPT [0:0]\n${rules.map((rule) => `-A POSTROUTING ${rule}\n`).join('')}COMMIT\n`,
      }),
      packets(set('8.0.0.0/6'), set('10.9.0.1')),
      'eth0',
    );

  it('hundreds of undecided rules stay few cases', () => {
    const rules = Array.from(
      { length: 300 },
      (_, i) => `-m recent --name r${i} --rcheck -j SNAT --to-source 192.0.2.${i % 3}`,
    );
    const [part, ...more] = through(rules);
    expect(more).toEqual([]);
    expect(
      part!.outcomes.map(({ source }) => source && 'set' in source && printAddresses(source.set)),
    ).toEqual(['192.0.2.0', '192.0.2.1', '192.0.2.2', null]);
  });

  it('too many cases are given up, and said to be', () => {
    const rules = Array.from(
      { length: 4000 },
      (_, i) => `-s 10.${i >> 8}.${i & 255}.0/25 -p tcp -m tcp --dport ${1000 + i} -j ACCEPT`,
    );
    const parts = through(rules);
    const given = parts.filter(({ outcomes }) => outcomes.some(({ verdict }) => verdict === 'unknown'));
    expect(given.length).toBeGreaterThan(0);
    expect(given[0]!.outcomes[0]!.doubts.map(({ reason }) => reason)).toEqual([
      'too many different cases to follow them all',
    ]);
  });

  it('a chain that is not listed is no end', () => {
    const [part] = through(['-s 10.0.0.0/8 -g GONE', '-j SNAT --to-source 192.0.2.1']).filter(
      ({ packets: { source } }) => printAddresses(source) === '10.0.0.0/8',
    );
    expect(part!.outcomes[0]!.verdict).toBe('unknown');
    expect(part!.outcomes[0]!.doubts[0]!.reason).toBe('chain GONE is not known');
  });
});

/** What programs write with nft, as they write it. */
describe('nftables', () => {
  const written = (name: string): Namespace => ({
    ...namespace({
      addresses:
        '2: eth0: <UP> mtu 1500\n    inet 192.168.0.2/24 scope global eth0\n3: eth1: <UP> mtu 1500\n    inet 10.1.0.1/24 scope global eth1\n',
      routes: `default via 192.168.0.1 dev eth0\n10.1.0.0/24 dev eth1 scope link\n10.180.0.0/16 dev eth1 scope link\n${local(['192.168.0.2', '10.1.0.1'])}`,
    }),
    ruleset: {
      tables: parseNftJson(readFileSync(join(import.meta.dirname, 'rulesets', `${name}.json`), 'utf8'), name),
      ipsets: new Map(),
    },
  });

  it('of kube-proxy: a node port merges its clients, a cluster address does for those outside', () => {
    const space = written('kube-proxy');
    const to = (source: string, destination: string, port: number) =>
      told(receive(space, tcp(source, destination, port), 'eth0'));
    expect(to('203.0.113.0/24', '192.168.0.2', 3003)).toEqual([
      '203.0.113.0/24 → forwarded eth1 from 10.1.0.1 to 10.180.0.3',
    ]);
    expect(to('203.0.113.7', '172.30.0.41', 80)).toEqual([
      '203.0.113.7 → forwarded eth1 from 10.1.0.1 to 10.180.0.1 | forwarded eth1 from 10.1.0.1 to 10.180.0.2',
    ]);
    expect(to('10.180.0.9', '172.30.0.41', 80)).toEqual([
      '10.180.0.9 → forwarded eth1 from 10.180.0.9 to 10.180.0.1 | forwarded eth1 from 10.180.0.9 to 10.180.0.2',
    ]);
    expect(to('10.180.0.1', '172.30.0.41', 80)).toEqual([
      '10.180.0.1 → forwarded eth1 from 10.1.0.1 to 10.180.0.1 | forwarded eth1 from 10.180.0.1 to 10.180.0.2',
    ]);
    expect(to('203.0.113.7', '172.30.0.46', 80)).toEqual([
      '203.0.113.7 → dropped eth0 from 203.0.113.7 to 172.30.0.46',
    ]);
    expect(to('203.0.113.7', '172.30.9.9', 80)).toEqual([
      '203.0.113.7 → dropped eth0 from 203.0.113.7 to 172.30.9.9',
    ]);
    expect(to('203.0.113.7', '192.168.0.2', 3004)).toEqual([
      '203.0.113.7 → delivered - from 203.0.113.7 to 192.168.0.2',
    ]);
  });

  it('of firewalld: what leaves the internal zone is masqueraded, ports are forwarded', () => {
    const space = written('firewalld');
    expect(told(receive(space, tcp('10.1.0.128/25', '8.8.8.8', 443), 'eth1'))).toEqual([
      '10.1.0.128/25 → forwarded eth0 from 192.168.0.2 to 8.8.8.8',
    ]);
    expect(told(receive(space, tcp('8.8.8.8', '192.168.0.2', 8080), 'eth0'))).toEqual([
      '8.8.8.8 → forwarded eth1 from 8.8.8.8 to 10.1.0.80',
    ]);
    expect(told(receive(space, tcp('8.8.8.8', '192.168.0.2', 8022), 'eth0'))).toEqual([
      '8.8.8.8 → delivered - from 8.8.8.8 to 192.168.0.2',
    ]);
    expect(told(receive(space, tcp('8.8.8.8', '10.1.0.80', 80), 'eth0'))).toEqual([
      '8.8.8.8 → dropped eth1 from 8.8.8.8 to 10.1.0.80',
    ]);
  });
});
