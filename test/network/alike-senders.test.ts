import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inFewRanges, namedAddresses } from '../../src/network/addresses.ts';
import { totalOf } from '../../src/network/paths/sources.ts';
import { fleetPaths, pathsAndGaps } from './all-paths.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

/** A host on a network of its own, behind a router that is not in the inventory. */
interface Far {
  kernel: '3.10.0-1160.el7.x86_64' | '4.19.0-6-amd64' | '5.10.0-8-amd64' | '';
  /** Its own rules give its connections another port. */
  masquerades: boolean;
  /** It has a namespace behind it. */
  pod: boolean;
  /** A route of its own: to nowhere, or to a server by another router that nobody sees. */
  route: null | 'blackhole' | 'other router' | 'a link';
  timestamps: 0 | 1 | 2;
}

interface Fleet {
  hosts: Far[];
  /** What the directors' rules do to single hosts. */
  oddities: { host: number; target: 'RETURN' | 'MASQUERADE' | 'DROP'; wide: boolean }[];
  /** Whether the directors masquerade what comes in. */
  masquerade: boolean;
}

const SERVER = '10.200.0.5';

function fleetOf({ hosts, oddities, masquerade }: Fleet): Record<string, Words> {
  const rules = oddities.map(({ host, target, wide }) =>
    target === 'DROP'
      ? `-A PREROUTING -s 10.${host + 1}.0.9${wide ? '/8' : ''} -j RETURN`
      : `-A POSTROUTING -s 10.${host + 1}.0.9${wide ? '/15' : ''} -j ${target}`,
  );
  const fleet: Record<string, Words> = {};
  for (const [i, { kernel, masquerades, pod, route, timestamps }] of hosts.entries()) {
    const routes = {
      blackhole: ['blackhole 10.200.0.0/24'],
      'other router': [`10.200.0.0/16 via 10.${i + 1}.0.2 dev eth0`],
      'a link': ['10.200.0.0/24 dev eth0 scope link'],
    };
    fleet[`m${i}`] = {
      kernel,
      boot: `boot ${i}`,
      uptime: 500_000 + 1000 * i,
      sysctl: { 'net.ipv4.tcp_timestamps': timestamps, 'net.ipv4.ip_forward': 1 },
      interfaces: {
        eth0: [`10.${i + 1}.0.9/24`],
        ...(pod && { cni0: ['172.30.0.1/24'], 'veth9@if2>cni0#9': [] }),
      },
      routes: [`default via 10.${i + 1}.0.1 dev eth0`, ...(route === null ? [] : routes[route])],
      ...((masquerades || pod) && {
        nat: `*nat\n-A POSTROUTING ${masquerades ? '' : '-s 172.30.0.0/24 '}-o eth0 -j MASQUERADE --random\nCOMMIT\n`,
      }),
    };
    if (pod)
      fleet[`m${i}/pod`] = {
        interfaces: { 'eth0@if9#2': ['172.30.0.2/24'] },
        routes: ['default via 172.30.0.1 dev eth0'],
      };
  }
  fleet.s1 = {
    interfaces: { eth0: [`${SERVER}/24`], cni0: ['10.244.3.1/24'], 'veth7@if6>cni0#7': [] },
    sysctl: { 'net.ipv4.vs.conntrack': 1, 'net.ipv4.ip_forward': 1 },
    routes: ['default via 10.200.0.1 dev eth0'],
    ipvs: `-A -t ${SERVER}:5432 -s wlc\n-a -t ${SERVER}:5432 -r 10.244.3.27:5432 -m -w 1\n`,
    nat: `*nat\n${rules.join('\n')}\n${masquerade ? '-A POSTROUTING -d 10.244.0.0/16 -j MASQUERADE\n' : ''}COMMIT\n`,
  };
  fleet['s1/master'] = {
    interfaces: { 'eth0@if7#6': ['10.244.3.27/24'] },
    routes: ['default via 10.244.3.1 dev eth0'],
    listeners: ['0.0.0.0:5432'],
  };
  return fleet;
}

const far = fc.record<Far>({
  kernel: fc.constantFrom(
    '3.10.0-1160.el7.x86_64',
    '3.10.0-1160.el7.x86_64',
    '4.19.0-6-amd64',
    '5.10.0-8-amd64',
    '',
  ),
  masquerades: fc.boolean(),
  pod: fc.boolean(),
  route: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    fc.constantFrom('blackhole' as const, 'other router' as const, 'a link' as const),
  ),
  timestamps: fc.constantFrom(1, 1, 1, 0, 2),
});

const fleets = fc
  .record({
    kinds: fc.array(far, { minLength: 1, maxLength: 3 }),
    which: fc.array(fc.nat(2), { minLength: 3, maxLength: 9 }),
    oddities: fc.array(
      fc.record({
        host: fc.nat(8),
        target: fc.constantFrom('RETURN' as const, 'MASQUERADE' as const, 'DROP' as const),
        wide: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    masquerade: fc.boolean(),
  })
  .map(
    ({ kinds, which, ...rest }): Fleet => ({
      ...rest,
      hosts: which.map((i) => kinds[i % kinds.length]!),
    }),
  );

/** What is told of the sources that several clients share, and of all clients. */
function told(fleet: Fleet, alike: number) {
  const nodes = nodesFrom(fleetOf(fleet));
  const facts = pathsAndGaps(nodes, undefined, alike);
  const { paths } = fleetPaths(nodesFrom(fleetOf(fleet)), undefined, alike);
  const counted = paths.flatMap(({ clientTraces }) =>
    clientTraces.flatMap(({ clients }) => clients.flatMap(({ others }) => others ?? [])),
  );
  return {
    counted: counted.length,
    said: paths.map(({ sources, clientTraces }, i) => {
      const { clients_total, who, clocks, unknown, merged, ports, certain, doubts } =
        facts.paths[i]!.fact.value;
      const { clients, by_port, ...ofPorts } = ports;
      return {
        name: facts.paths[i]!.name,
        merging: facts.paths[i]!.merging,
        facts: { clients_total, who, clocks, unknown, merged, certain, doubts: [...doubts].sort() },
        ports: sources.length === 1 ? ofPorts : ofPorts.source !== '',
        endings: [...new Set(clientTraces.map(({ trace }) => trace.ending))].sort(),
        // one host's own address has no more behind it than another's
        sources: distinct(
          sources
            .filter(({ senders }) => totalOf(senders.map(({ client }) => client)) > 1)
            .map((source) => ({
              clients: totalOf(source.senders.map(({ client }) => client)),
              clocks: source.clocks,
              unknown: source.unknown,
              merged: source.merged,
              certain: source.certain,
              allocation: source.allocation,
              rules: [...new Set(source.rules.map(({ rule }) => rule.text))].sort(),
            })),
        ),
      };
    }),
  };
}

const distinct = (all: readonly object[]) => [...new Set(all.map((one) => JSON.stringify(one)))].sort();

describe('of hosts that are alike, some stand for the rest', () => {
  it.each([2, 3])('and what is told of all is the same (%i are followed)', { timeout: 120_000 }, (most) => {
    let counted = 0;
    fc.assert(
      fc.property(fleets, (fleet) => {
        const few = told(fleet, most);
        counted += few.counted;
        expect(few.said).toEqual(told(fleet, Number.POSITIVE_INFINITY).said);
      }),
      { numRuns: 40 },
    );
    expect(counted).toBeGreaterThan(10);
  });
});

it.each([
  { most: 2, joined: '10.0.0.1-10.0.0.3, 10.0.0.90' },
  { most: 1, joined: '10.0.0.1-10.0.0.90' },
  { most: 3, joined: '10.0.0.1, 10.0.0.3, 10.0.0.90' },
])('joins ranges where the gaps are smallest: in $most', ({ most, joined }) => {
  const set = namedAddresses(['10.0.0.1', '10.0.0.3', '10.0.0.90']);
  expect(inFewRanges(set, most)).toEqual(namedAddresses(joined.split(', ')));
});
