import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditedPath } from '../../src/fleet/path-fact.ts';
import { sourceNatIn } from '../../src/network/paths/source-nat.ts';
import type { NetnsNode } from '../../src/network/topology/nodes.ts';
import { pathsAndGaps } from './all-paths.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

/** A cluster, and what is odd about it. */
interface Cluster {
  mode: 'iptables' | 'nft' | 'ipvs';
  nodes: number;
  /** For each service the pods that serve it: the node and a number there. */
  services: { node: number; pod: number }[][];
  oddities: Oddity[];
  /** A host beside the nodes, which sends to services by the first of them. */
  client: boolean;
  /** Pods that are in the inventory: they listen, or not. */
  known: { node: number; pod: number; listens: boolean }[];
}

/** A rule of the filter table of one node, or of all. */
interface Oddity {
  node: number | null;
  about: 'service' | 'pod' | 'network' | 'source' | 'others';
  which: number;
  target: 'DROP' | 'ACCEPT' | 'SOMETHING';
}

const PORT = 80;
const virtual = (i: number) => `10.96.${i >> 6}.${2 * (i & 63) + 5}`;
const podOf = ({ node, pod }: { node: number; pod: number }) => `10.244.${node}.${pod + 2}`;

function oddRule({ about, which, target }: Oddity, { services, nodes }: Cluster): string {
  const pods = services.flat();
  const what = {
    service: `-d ${virtual(which % services.length)}/32`,
    pod: pods.length === 0 ? '-p udp' : `-d ${podOf(pods[which % pods.length]!)}/32`,
    others: pods.length === 0 ? '-p udp' : `! -d ${podOf(pods[which % pods.length]!)}/32`,
    network: `-d 10.244.${which % nodes}.0/30`,
    source: `-s 10.9.0.${(which % nodes) + 1}/32 -d 10.244.${which % nodes}.0/24`,
  }[about];
  return `-A FORWARD ${what} -j ${target}`;
}

const filterOf = (cluster: Cluster, node: number) => [
  '*filter',
  ...['INPUT', 'FORWARD', 'OUTPUT'].map((name) => `:${name} ACCEPT`),
  ...cluster.oddities
    .filter((one) => one.node === null || one.node === node)
    .map((one) => oddRule(one, cluster)),
  'COMMIT',
];

const NAT = [
  '*nat',
  ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => `:${name} ACCEPT`),
  ':KUBE-MARK-MASQ -',
  ':KUBE-POSTROUTING -',
  ':KUBE-SERVICES -',
];
const JUMPS = [
  '-A PREROUTING -j KUBE-SERVICES',
  '-A OUTPUT -j KUBE-SERVICES',
  '-A POSTROUTING -j KUBE-POSTROUTING',
  '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
  '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  '-A KUBE-POSTROUTING -j MASQUERADE --random-fully',
];

function iptablesMode(cluster: Cluster, node: number): Words {
  const [chains, rules]: [string[], string[]] = [[], []];
  for (const [i, pods] of cluster.services.entries()) {
    const about = `-d ${virtual(i)}/32 -p tcp -m tcp --dport ${PORT}`;
    chains.push(`:SVC-${i} -`);
    rules.push(
      `-A KUBE-SERVICES ${about} -j SVC-${i}`,
      `-A SVC-${i} ! -s 10.244.0.0/16 ${about} -j KUBE-MARK-MASQ`,
    );
    for (const [k, pod] of pods.entries()) {
      const left = pods.length - k;
      const chance = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(3)} ` : '';
      chains.push(`:SEP-${i}-${k} -`);
      rules.push(
        `-A SVC-${i} ${chance}-j SEP-${i}-${k}`,
        `-A SEP-${i}-${k} -s ${podOf(pod)}/32 -j KUBE-MARK-MASQ`,
        `-A SEP-${i}-${k} -p tcp -m tcp -j DNAT --to-destination ${podOf(pod)}:8080`,
      );
    }
  }
  return {
    nat: [...filterOf(cluster, node), ...NAT, ...chains, ...JUMPS, ...rules, 'COMMIT', ''].join('\n'),
  };
}

function nftMode(cluster: Cluster, node: number): Words {
  const table = { family: 'ip', table: 'kube-proxy' };
  const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
  const key = { concat: [payload('ip', 'daddr'), { meta: { key: 'l4proto' } }, payload('th', 'dport')] };
  const mark = { meta: { key: 'mark' } };
  const base = (name: string, hook: string, prio: number) => ({
    chain: { ...table, name, type: 'nat', hook, prio, policy: 'accept' },
  });
  const rule = (chain: string, ...expr: object[]) => ({ rule: { ...table, chain, expr } });
  const served = cluster.services.flatMap((pods, i) => [
    { chain: { ...table, name: `svc-${i}` } },
    ...pods.map((_, k) => ({ chain: { ...table, name: `sep-${i}-${k}` } })),
    rule(
      `svc-${i}`,
      {
        match: { op: '!=', left: payload('ip', 'saddr'), right: { prefix: { addr: '10.244.0.0', len: 16 } } },
      },
      { mangle: { key: mark, value: { '|': [mark, 0x4000] } } },
    ),
    ...(pods.length === 0
      ? []
      : [
          rule(`svc-${i}`, {
            vmap: {
              key: { numgen: { mode: 'random', mod: pods.length, offset: 0 } },
              data: { set: pods.map((_, k) => [k, { goto: { target: `sep-${i}-${k}` } }]) },
            },
          }),
        ]),
    ...pods.map((pod, k) => rule(`sep-${i}-${k}`, { dnat: { addr: podOf(pod), port: 8080 } })),
  ]);
  const elem = cluster.services.map((_, i) => [
    { concat: [virtual(i), 'tcp', PORT] },
    { goto: { target: `svc-${i}` } },
  ]);
  const nft = [
    { table: { family: 'ip', name: 'kube-proxy' } },
    {
      map: {
        ...table,
        name: 'service-ips',
        type: ['ipv4_addr', 'inet_proto', 'inet_service'],
        map: 'verdict',
        elem,
      },
    },
    { chain: { ...table, name: 'services' } },
    base('nat-prerouting', 'prerouting', -100),
    base('nat-output', 'output', -100),
    base('nat-postrouting', 'postrouting', 100),
    ...served,
    rule('nat-prerouting', { jump: { target: 'services' } }),
    rule('nat-output', { jump: { target: 'services' } }),
    rule('services', { vmap: { key, data: '@service-ips' } }),
    rule(
      'nat-postrouting',
      { match: { op: '==', left: { '&': [mark, 0x4000] }, right: 0 } },
      { return: null },
    ),
    rule('nat-postrouting', { masquerade: null }),
  ];
  return {
    nft: JSON.parse(JSON.stringify({ nftables: nft })),
    nat: [...filterOf(cluster, node), ''].join('\n'),
  };
}

function ipvsMode(cluster: Cluster, node: number): Words {
  const local = cluster.services.flat().filter((pod) => pod.node === node);
  return {
    sysctl: { 'net.ipv4.vs.conntrack': 1 },
    ipvs: cluster.services
      .flatMap((pods, i) => [
        `-A -t ${virtual(i)}:${PORT} -s rr`,
        ...pods.map((pod) => `-a -t ${virtual(i)}:${PORT} -r ${podOf(pod)}:8080 -m -w 1`),
      ])
      .join('\n'),
    ipset: [
      'create CLUSTER-IP hash:ip,port family inet',
      ...cluster.services.map((_, i) => `add CLUSTER-IP ${virtual(i)},tcp:${PORT}`),
      'create LOOP-BACK hash:ip,port,ip family inet',
      ...new Set(local.map((pod) => `add LOOP-BACK ${podOf(pod)},tcp:8080,${podOf(pod)}`)),
    ].join('\n'),
    nat: [
      ...filterOf(cluster, node),
      ...NAT,
      '-A POSTROUTING -m set --match-set LOOP-BACK dst,dst,src -j MASQUERADE',
      ...JUMPS,
      '-A KUBE-SERVICES ! -s 10.244.0.0/16 -m set --match-set CLUSTER-IP dst,dst -j KUBE-MARK-MASQ',
      'COMMIT',
      '',
    ].join('\n'),
  };
}

const MODES = { iptables: iptablesMode, nft: nftMode, ipvs: ipvsMode };

function fleetOf(cluster: Cluster): Record<string, Words> {
  const { mode, nodes, services, client, known } = cluster;
  const fleet: Record<string, Words> = {};
  for (let n = 0; n < nodes; n++) {
    const others = Array.from({ length: nodes }, (_, i) => i).filter((i) => i !== n);
    const words = MODES[mode](cluster, n);
    fleet[`n${n}`] = {
      kernel: '6.1.0',
      uptime: 1000 * n + 100,
      ...words,
      interfaces: {
        eth0: [`10.9.0.${n + 1}/24`],
        cni0: [`10.244.${n}.1/24`],
        ...(mode === 'ipvs' ? { 'kube-ipvs0': services.map((_, i) => `${virtual(i)}/32`) } : {}),
      },
      routes: [
        'default via 10.9.0.254 dev eth0',
        ...others.map((i) => `10.244.${i}.0/24 via 10.9.0.${i + 1} dev eth0`),
      ],
    };
  }
  for (const { node, pod, listens } of known.filter((one) => one.node < nodes))
    fleet[`n${node}/pod${pod}`] = {
      interfaces: { eth0: [`${podOf({ node, pod })}/24`] },
      routes: [`default via 10.244.${node}.1 dev eth0`],
      listeners: listens ? ['0.0.0.0:8080'] : [],
    };
  if (client)
    fleet.client = {
      kernel: '6.1.0',
      uptime: 7,
      interfaces: { eth0: ['10.9.0.200/24'] },
      routes: ['default via 10.9.0.254 dev eth0', '10.96.0.0/16 via 10.9.0.1 dev eth0'],
    };
  return fleet;
}

/** All that rules see of a path, and its drawing, but for the addresses and names of one service. */
function shape({ host, namespace, fact, drawing, merging }: AuditedPath): string {
  const { vip, server } = fact.value;
  const addresses = new Map([
    [vip, 'VIP'],
    [server.address, 'SERVER'],
  ]);
  const text = JSON.stringify({
    host,
    namespace,
    fact: { ...fact, lines: Object.keys(fact.lines) },
    drawing,
    merging,
  });
  return text
    .replace(/\b\d+\.\d+\.\d+\.\d+\b/g, (address) => addresses.get(address) ?? address)
    .replace(/\b(SVC|SEP|svc|sep)(-\d+)+/g, '$1')
    .replace(/"line":\d+/g, '"line":0')
    .replace(/KUBE-SERVICES:\d+/g, 'KUBE-SERVICES:0');
}

/** What becomes of each packet, whichever path stands for it. */
const shapesOf = (paths: readonly AuditedPath[]): string[] =>
  paths.flatMap((path) => Array<string>(1 + path.alike).fill(shape(path))).sort();

/** A change of a cluster, and its nodes: those that it leaves alone are the same values. */
function changedNodes(before: readonly NetnsNode[], then: Cluster, now: Cluster): NetnsNode[] {
  const [old, fresh] = [fleetOf(then), fleetOf(now)];
  return nodesFrom(fresh).map((node) => {
    const same = before.find(({ name }) => name === node.name);
    return same && isDeepStrictEqual(old[node.name], fresh[node.name]) ? same : node;
  });
}

const pod = fc.record({ node: fc.nat(2), pod: fc.nat(5) });

const oddity = fc.record<Oddity>({
  node: fc.option(fc.nat(2)),
  about: fc.constantFrom('service', 'pod', 'network', 'source', 'others'),
  which: fc.nat(20),
  target: fc.constantFrom('DROP', 'ACCEPT', 'SOMETHING'),
});

const cluster = fc
  .record<Cluster>({
    mode: fc.constantFrom('iptables', 'nft', 'ipvs'),
    nodes: fc.integer({ min: 1, max: 3 }),
    services: fc.array(fc.uniqueArray(pod, { maxLength: 3, selector: podOf }), {
      minLength: 1,
      maxLength: 7,
    }),
    oddities: fc.array(oddity, { maxLength: 2 }),
    client: fc.boolean(),
    known: fc.uniqueArray(fc.record({ node: fc.nat(2), pod: fc.nat(5), listens: fc.boolean() }), {
      maxLength: 2,
      selector: podOf,
    }),
  })
  .map((one) => ({
    ...one,
    services: one.services.map((pods) => pods.filter(({ node }) => node < one.nodes)),
  }));

describe('one path stands for all that are like it', () => {
  it('and what becomes of these is the same', { timeout: 300_000 }, () => {
    let stoodFor = 0;
    fc.assert(
      fc.property(cluster, (one) => {
        const each = pathsAndGaps(nodesFrom(fleetOf(one)), Number.POSITIVE_INFINITY);
        const some = pathsAndGaps(nodesFrom(fleetOf(one)), 0);
        const expected = each.paths.map(shape).sort();
        expect(shapesOf(some.paths)).toEqual(expected);
        stoodFor += some.paths.reduce((sum, { alike }) => sum + alike, 0);
        expect(some.gaps).toEqual(each.gaps);
        const nodes = nodesFrom(fleetOf(one));
        for (const node of nodes) {
          const named = (many: number) => {
            const { services, ...rest } = sourceNatIn([node], node, many);
            return { ...rest, services: services.map(({ text }) => text).sort() };
          };
          expect(named(0)).toEqual(named(Number.POSITIVE_INFINITY));
        }
      }),
      {
        numRuns: Number(process.env.TWLINT_RUNS ?? 100),
        // two services that nothing but one rule tells apart
        examples: (['service', 'pod', 'others'] as const).map((about): [Cluster] => [
          {
            mode: 'iptables',
            nodes: 2,
            services: [[{ node: 1, pod: 0 }], [{ node: 1, pod: 1 }]],
            oddities: [{ node: null, about, which: 0, target: 'DROP' }],
            client: false,
            known: [],
          },
        ]),
      },
    );
    // or nothing was tried
    expect(stoodFor).toBeGreaterThan(50);
  });

  it('in each of two fleets that are compared, whose nodes are followed twice', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(cluster, oddity, (then, more) => {
        const now = { ...then, oddities: [...then.oddities, more] };
        const before = nodesFrom(fleetOf(then));
        const after = changedNodes(before, then, now);
        const compared = [...new Set([...before, ...after])];
        const found = [before, after].map((nodes) => pathsAndGaps(nodes, 0, undefined, compared));
        const each = [then, now].map((one) => pathsAndGaps(nodesFrom(fleetOf(one)), Infinity));
        expect(found.map(({ paths }) => shapesOf(paths))).toEqual(each.map(({ paths }) => shapesOf(paths)));
        expect(found.map(({ gaps }) => gaps)).toEqual(each.map(({ gaps }) => gaps));
      }),
      { numRuns: Number(process.env.TWLINT_RUNS ?? 30) },
    );
  });

  it.each(['iptables', 'nft', 'ipvs'] as const)('as soon as there are thousands, in %s mode', (mode) => {
    const at = (i: number) => ({ node: i % 3, pod: i % 200 });
    const services = Array.from({ length: 900 }, (_, i) => [at(i), at(i + 1)]);
    const plain = { nodes: 3, oddities: [], client: false, known: [] };
    const { paths, gaps } = pathsAndGaps(nodesFrom(fleetOf({ ...plain, mode, services })));
    expect(gaps).toEqual([]);
    expect(paths.length).toBeLessThan(100);
    expect(paths.reduce((sum, { alike }) => sum + 1 + alike, 0)).toBe(3 * 900 * 2);
    const few = pathsAndGaps(nodesFrom(fleetOf({ ...plain, mode, services: services.slice(0, 20) })));
    expect(few.paths.map(({ alike }) => alike)).toEqual(Array(3 * 20 * 2).fill(0));
  });
});
