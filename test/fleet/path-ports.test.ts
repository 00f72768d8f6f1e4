import { describe, expect, it } from 'vitest';
import { type CountersOf, sendersFact } from '../../src/fleet/senders-fact.ts';
import { pathsAndGaps } from '../network/all-paths.ts';
import { nodesFrom, type Words } from '../network/paths-fleet.ts';

const masquerade = (options: string) =>
  `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -p tcp -j ${options}\nCOMMIT\n`;

const client = (host: number, kernel: string, options: string, more: Words = {}): Words => ({
  kernel,
  interfaces: { eth0: [`10.0.0.${host}/24`] },
  listeners: [],
  nat: masquerade(options),
  ...more,
});

const server: Words = {
  kernel: '6.1.0-18-amd64',
  interfaces: { eth0: ['10.0.0.2/24'] },
  listeners: ['0.0.0.0:80'],
};

function onlyPath(fleet: Record<string, Words>) {
  const { paths } = pathsAndGaps(nodesFrom(fleet));
  expect(paths).toHaveLength(1);
  return paths[0]!;
}

describe('the ports of a path', () => {
  it('are those of the rule, as many as it names', () => {
    const held = { sysctl: { 'net.netfilter.nf_conntrack_tcp_timeout_time_wait': 30 } };
    const few = client(11, '6.18.44', 'MASQUERADE --to-ports 40000-40063 --random-fully', held);
    const { fact, drawing } = onlyPath({ few, server });
    expect(fact.value.ports).toEqual({
      source: '10.0.0.11',
      who: 'few',
      random: 'fully',
      rewritten: 'yes',
      pool: 64,
      addresses: 1,
      held: 30,
      clients: 1,
      clocks: 2,
      mixed: 'yes',
      by_port: ['few'],
      kernels: ['6.18.44'],
    });
    expect(fact.within?.ports).toEqual({ unreadable: {} });
    expect(fact.lines.ports!.map(({ host, text }) => `${host} ${text}`)).toEqual([
      'few -A POSTROUTING -o eth0 -p tcp -j MASQUERADE --to-ports 40000-40063 --random-fully',
    ]);
    expect(drawing.traces.map(({ clients }) => clients)).toEqual([['few']]);
  });

  it('are all that are unprivileged where a rule names none, and of two addresses twice as many', () => {
    const plain = onlyPath({ one: client(11, '7.0.0', 'MASQUERADE --random'), server });
    expect(plain.fact.value.ports).toMatchObject({ random: 'random', pool: 64_512, held: -1 });
    const gateway: Words = {
      kernel: '7.0.0',
      interfaces: { eth0: ['10.0.0.4/24', '10.0.0.5/24'], eth1: ['192.168.0.1/24'] },
      listeners: [],
      nat: masquerade('SNAT --to-source 10.0.0.4-10.0.0.5:2000-2999'),
    };
    const behind: Words = {
      kernel: '7.0.0',
      interfaces: { eth0: ['192.168.0.9/24'] },
      listeners: [],
      routes: ['default via 192.168.0.1 dev eth0'],
    };
    const through = pathsAndGaps(nodesFrom({ gateway, behind, server })).paths.find(
      ({ fact }) => fact.value.server.host === 'server',
    );
    expect(through!.fact.value.ports).toMatchObject({
      random: 'no',
      rewritten: 'yes',
      addresses: 2,
      pool: 2000,
    });
  });

  it('may hold stamps of a kernel that its vendor changed: by how many clocks is at least one', () => {
    const { fact } = onlyPath({
      vendor: client(11, '6.8.0-45-generic', 'MASQUERADE --random-fully'),
      server,
    });
    expect(fact.value.ports).toMatchObject({ clocks: 1, mixed: 'unknown', by_port: [] });
    expect(Object.keys(fact.within!.ports!.atLeast!)).toEqual(['clocks']);
    expect(Object.keys(fact.within!.ports!.within!)).toEqual(['by_port', 'kernels']);
  });

  it('are none where clients keep what they have, and stamps that follow each other make no path', () => {
    const { paths } = pathsAndGaps(
      nodesFrom({
        keeps: client(11, '7.0.0', 'MASQUERADE'),
        old: client(12, '4.9.0-19-amd64', 'MASQUERADE --random-fully'),
        vanilla: client(13, '6.18.16', 'MASQUERADE --random-fully'),
        server,
      }),
    );
    expect(paths).toEqual([]);
  });
});

describe('what senders counted', () => {
  const fleet = {
    a: client(11, '7.0.0', 'MASQUERADE --random-fully'),
    b: client(12, '7.0.0', 'MASQUERADE --random-fully'),
    server,
  };
  const path = () => onlyPath(fleet).fact.value;

  const counting =
    (grown: Record<string, number | null>): CountersOf =>
    ({ host }) => {
      const growth = grown[host];
      if (growth === undefined) return undefined;
      if (growth === null) return { ok: false, problem: 'denied', reason: 'only root may read it' };
      const delta = { TCPSynRetrans: growth };
      const value = { total: delta, delta, sampled: true, seconds: 10, uptime: 60 };
      const line = { origin: '/proc/net/netstat', line: 2, text: `TCPSynRetrans +${growth}` };
      return { ok: true, value: { value, lines: { TCPSynRetrans: line } } };
    };

  it('is of all that get their ports of rules', () => {
    const of = path();
    expect(of.ports).toMatchObject({ source: '10.0.0.11 and 10.0.0.12', who: 'a and b', clients: 2 });
    const fact = sendersFact(of, counting({ a: 7, b: 0 }));
    expect(fact.value).toEqual({ sampled: true, syn_retrans: 7, resending: ['a'], counted: ['a', 'b'] });
    expect(fact.lines!.syn_retrans).toEqual([
      {
        host: 'a',
        namespace: 'init',
        origin: 'a/init /proc/net/netstat',
        line: 2,
        text: 'TCPSynRetrans +7',
      },
    ]);
    expect(fact.atLeast).toBeUndefined();
  });

  it.each([
    ['counters that could not be read', { a: null, b: null }],
    ['hosts that were not asked', {}],
  ])('is at least none with %s', (_, grown) => {
    const fact = sendersFact(path(), counting(grown));
    expect(fact.value).toEqual({ sampled: false, syn_retrans: 0, resending: [], counted: [] });
    expect(fact.atLeast).toEqual({ syn_retrans: 'what a, b sent again is not known' });
    expect(fact.within).toHaveProperty('resending.partial');
  });
});
