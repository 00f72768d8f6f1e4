import { describe, expect, it } from 'vitest';
import { ALL4, parseAddresses, union } from '../../../src/network/addresses.ts';
import { differences } from '../../../src/network/reach/differences.ts';
import { printPackets, smallestPacket } from '../../../src/network/reach/print-packets.ts';
import { addressesOf } from '../../../src/network/reach/questions.ts';
import { isSettled, reachOf } from '../../../src/network/reach/reach.ts';
import type { NetnsNode } from '../../../src/network/topology/nodes.ts';
import { topologyOf } from '../../../src/network/topology/topology.ts';
import { causeOf, type TraceStep } from '../../../src/network/trace/steps.ts';
import { type PacketSet, packets } from '../../../src/network/walk/packets.ts';
import { nodesFrom, type Words } from '../paths-fleet.ts';

const TCP: [number, number] = [6, 6];
const set = (...texts: string[]) => texts.map((text) => parseAddresses(text)!).reduce(union);

describe('packets in print', () => {
  it.each<[string, PacketSet]>([
    [
      '10.0.1.0/24, 10.0.2.7 → 10.0.0.5:5432/tcp',
      tcp(set('10.0.1.0/24', '10.0.2.7'), set('10.0.0.5'), [5432, 5432]),
    ],
    ['any IPv4 → 10.0.0.4/31 port 80,8080-8090/tcp', tcp(ALL4, set('10.0.0.4/31'), [80, 80, 8080, 8090])],
    [
      '2001:db8::1 → [2001:db8::2]:53/udp',
      {
        ...packets(set('2001:db8::1'), set('2001:db8::2'), { protocol: [17, 17] }),
        destinationPort: [53, 53],
      },
    ],
    ['10.0.0.1 → 10.0.0.2', packets(set('10.0.0.1'), set('10.0.0.2'))],
    [
      '10.0.0.1 → 10.0.0.2/protocols 0-5, protocols 7-255',
      packets(set('10.0.0.1'), set('10.0.0.2'), { protocol: [0, 5, 7, 255] }),
    ],
    [
      '10.0.0.1:1-1023 → any IPv4/icmp, udp',
      packets(set('10.0.0.1'), ALL4, { protocol: [1, 1, 17, 17], sourcePort: [1, 1023] }),
    ],
  ])('%s', (text, all) => {
    expect(printPackets(all)).toBe(text);
  });

  it('shows one of them', () => {
    const one = smallestPacket(tcp(set('10.0.1.0/24'), set('10.0.0.5'), [80, 90]));
    expect(printPackets(one)).toBe('10.0.1.0:0 → 10.0.0.5:80/tcp');
  });
});

function tcp(
  source: PacketSet['source'],
  destination: PacketSet['destination'],
  ports: [number, number, ...number[]],
) {
  return packets(source, destination, { protocol: TCP, destinationPort: ports });
}

/** A client, a router with rules, and two servers behind it. */
const fleet = (router: Partial<Words>, others: Partial<Record<string, Partial<Words>>> = {}): NetnsNode[] =>
  nodesFrom({
    client: {
      interfaces: { eth0: ['10.0.1.7/24'] },
      routes: ['default via 10.0.1.1 dev eth0'],
      ...others.client,
    },
    router: {
      interfaces: { eth0: ['10.0.1.1/24'], eth1: ['10.0.2.1/24'] },
      sysctl: {
        'net.ipv4.ip_forward': 1,
        'net.ipv4.conf.all.forwarding': 1,
        'net.ipv4.conf.eth0.forwarding': 1,
        'net.ipv4.conf.eth1.forwarding': 1,
      },
      ...router,
    },
    one: { interfaces: { eth0: ['10.0.2.11/24'] }, routes: ['default via 10.0.2.1 dev eth0'], ...others.one },
    two: { interfaces: { eth0: ['10.0.2.12/24'] }, routes: ['default via 10.0.2.1 dev eth0'] },
  });

const filter = (...rules: string[]) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;
const nat = (...rules: string[]) =>
  `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`;

const ASKED = tcp(set('10.0.1.7'), set('10.0.2.0/24', '10.0.1.1'), [0, 65535]);

const reaches = (nodes: NetnsNode[]) => {
  const topology = topologyOf(nodes);
  const node = topology.nodes.find(({ name }) => name === 'client')!;
  return reachOf(topology, { node, entry: { kind: 'sent' } }, ASKED);
};

describe('what becomes of packets', () => {
  it('is told in exact sets', () => {
    const found = reaches(
      fleet({ nat: filter('-A FORWARD -d 10.0.2.11/32 -p tcp -m tcp --dport 80 -j DROP') }),
    );
    expect(found.every(isSettled)).toBe(true);
    expect(
      found
        .map((one) => `${one.disposition} ${one.end?.name ?? 'nobody'}: ${printPackets(one.origin)}`)
        .sort(),
    ).toEqual([
      'delivered one: 10.0.1.7 → 10.0.2.11 port 0-79,81-65535/tcp'.replace(' port ', ':'),
      'delivered router: 10.0.1.7 → 10.0.1.1/tcp',
      'delivered router: 10.0.1.7 → 10.0.2.1/tcp',
      'delivered two: 10.0.1.7 → 10.0.2.12/tcp',
      'dropped router: 10.0.1.7 → 10.0.2.11:80/tcp',
      expect.stringMatching(/^exits-fleet nobody: 10.0.1.7 → 10.0.2.0, /),
    ]);
  });

  it('is not known where a port that was rewritten decides', () => {
    const found = reaches(
      fleet(
        { nat: nat('-A POSTROUTING -o eth1 -p tcp -j MASQUERADE --to-ports 1000-2000 --random-fully') },
        { one: { nat: filter('-A INPUT -p tcp -m tcp --sport 1500 -j DROP') } },
      ),
    );
    const toOne = found.filter(({ origin }) => printPackets(origin).includes('10.0.2.11'));
    expect(toOne.map(({ disposition }) => disposition).sort()).toEqual(['delivered', 'dropped']);
    expect(toOne.some(isSettled)).toBe(false);
  });
});

type Row = [string, Partial<Words>, Partial<Words>, unknown[]];

const DROP_80 = '-A FORWARD -d 10.0.2.11/32 -p tcp -m tcp --dport 80 -j DROP';
const MASQUERADE = '-A POSTROUTING -o eth1 -j MASQUERADE';
const TO_ONE = '-A PREROUTING -d 10.0.1.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.2.11:80';
const POLICY = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n';
const ALLOW_80 = '-A FORWARD -d 10.0.2.11/32 -p tcp -m tcp --dport 80 -j ACCEPT';
const TO_TWO = TO_ONE.replace('.11:', '.12:');

describe('differences', () => {
  it.each<Row>([
    ['of nothing', { nat: filter(DROP_80) }, { nat: filter(`[7:420] ${DROP_80}`) }, []],
    ['a rule that drops', {}, { nat: filter(DROP_80) }, ['stops 10.0.1.7 → 10.0.2.11:80/tcp']],
    [
      'a rule that does not drop any more',
      { nat: filter(DROP_80) },
      {},
      ['starts 10.0.1.7 → 10.0.2.11:80/tcp'],
    ],
    [
      'a rule of another order that does the same',
      { nat: filter(DROP_80, '-A FORWARD -p udp -j DROP') },
      { nat: filter('-A FORWARD -p udp -j DROP', DROP_80) },
      [],
    ],
    [
      'another source',
      {},
      { nat: nat(MASQUERADE) },
      [
        expect.stringMatching(/^source 10.0.1.7 → 10.0.2.0, /),
        'source 10.0.1.7 → 10.0.2.11/tcp',
        'source 10.0.1.7 → 10.0.2.12/tcp',
      ],
    ],
    [
      'a source that is given what it has',
      {},
      { nat: nat('-A POSTROUTING -o eth1 -j SNAT --to-source 10.0.1.7') },
      [],
    ],
    ['another server', { nat: nat(TO_ONE) }, { nat: nat(TO_TWO) }, ['server 10.0.1.7 → 10.0.1.1:80/tcp']],
    ['a server in the place of the router', {}, { nat: nat(TO_ONE) }, ['server 10.0.1.7 → 10.0.1.1:80/tcp']],
    [
      'one of two servers more',
      { ipvs: '-A -t 10.0.1.1:80 -s rr\n-a -t 10.0.1.1:80 -r 10.0.2.11:80 -m -w 1\n' },
      {
        ipvs: '-A -t 10.0.1.1:80 -s rr\n-a -t 10.0.1.1:80 -r 10.0.2.11:80 -m -w 1\n-a -t 10.0.1.1:80 -r 10.0.2.12:80 -m -w 1\n',
      },
      ['server 10.0.1.7 → 10.0.1.1:80/tcp'],
    ],
    [
      'what can not be told',
      {},
      { nat: filter('-A FORWARD -d 10.0.2.11/32 -m strange --odd -j DROP') },
      ['undecided 10.0.1.7 → 10.0.2.11/tcp'],
    ],
    [
      'the same unknown match with the opposite verdict',
      {
        nat: filter(
          '-A FORWARD -d 10.0.2.11/32 -m strange --odd -j DROP',
          '-A FORWARD -d 10.0.2.11/32 -j ACCEPT',
        ),
      },
      {
        nat: filter(
          '-A FORWARD -d 10.0.2.11/32 -m strange --odd -j ACCEPT',
          '-A FORWARD -d 10.0.2.11/32 -j DROP',
        ),
      },
      ['undecided 10.0.1.7 → 10.0.2.11/tcp'],
    ],
    [
      'the same unknown match',
      { nat: filter('-A FORWARD -d 10.0.2.11/32 -m strange --odd -j DROP') },
      {
        nat: filter('-A FORWARD -d 10.0.2.11/32 -m strange --odd -j DROP', '-A INPUT -s 9.9.9.9/32 -j DROP'),
      },
      [],
    ],
  ])('%s', (_name, before, after, expected) => {
    const found = differences(reaches(fleet(before)), reaches(fleet(after)));
    expect(found.map(({ kind, packets: all }) => `${kind} ${printPackets(all)}`).sort()).toEqual(expected);
  });

  it('are none where another rule gives one address what NETMAP gave it', () => {
    const netmap = '-A POSTROUTING -s 10.0.1.6/31 -o eth1 -j NETMAP --to 10.0.1.8/31';
    const [before, same, other] = [[], ['10.0.1.9'], ['10.0.1.8']].map((to) => {
      const first = to.map((one) => `-A POSTROUTING -s 10.0.1.7/32 -o eth1 -j SNAT --to-source ${one}`);
      const topology = topologyOf(fleet({ nat: nat(...first, netmap) }));
      const node = topology.nodes.find(({ name }) => name === 'router')!;
      const asked = tcp(set('10.0.1.6/31'), set('10.0.2.13'), [80, 80]);
      return reachOf(topology, { node, entry: { kind: 'received', input: 'eth0' } }, asked);
    });
    expect(differences(before!, same!)).toEqual([]);
    expect(differences(before!, other!).map(({ kind }) => kind)).toEqual(['source']);
  });

  it.each<[string, Partial<Words>, Partial<Words>, [string, string]]>([
    ['a rule that was put in', {}, { nat: filter(DROP_80) }, ['one entry', `router rule ${DROP_80}`]],
    [
      'a rule that was taken out',
      { nat: `${POLICY}${ALLOW_80}\nCOMMIT\n` },
      { nat: `${POLICY}COMMIT\n` },
      [`router rule ${ALLOW_80}`, 'router policy'],
    ],
    [
      'a translation',
      { nat: nat(TO_ONE) },
      { nat: nat(TO_TWO) },
      [`router rule ${TO_ONE}`, `router rule ${TO_TWO}`],
    ],
    [
      'a setting',
      {},
      { sysctl: { 'net.ipv4.conf.eth0.forwarding': 0 } },
      ['one entry', 'router forwarding net.ipv4.conf.eth0.forwarding = 0'],
    ],
  ])('part at %s', (_name, before, after, expected) => {
    const found = differences(reaches(fleet(before)), reaches(fleet(after)));
    const one = found.find(({ packets: all }) => /10.0.2.11|10.0.1.1:/.test(printPackets(all)));
    expect([one?.parting.before, one?.parting.after].map(textOf)).toEqual(expected);
  });
});

const textOf = (step: TraceStep | null | undefined) =>
  step ? [step.node.name, step.kind, causeOf(step)?.text ?? ''].join(' ').trim() : 'nothing';

describe('what is asked of a fleet', () => {
  const sent = (routes: string) => {
    const [client] = fleet({}, { client: { routes: [routes] } }).filter(({ name }) => name === 'client');
    return printPackets(packets(addressesOf(client!), set('10.0.0.5')));
  };

  it('are packets from addresses that a local route alone gives, as well', () => {
    expect(sent('local 10.9.0.0/24 dev lo table local proto static scope host')).toMatch(/10\.9\.0\.0\/24/);
    expect(sent('local 10.9.0.0/24 dev lo table 100 proto static scope host')).not.toMatch(/10\.9\.0/);
  });
});
