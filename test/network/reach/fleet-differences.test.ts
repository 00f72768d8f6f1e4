import { describe, expect, it } from 'vitest';
import { differences } from '../../../src/network/reach/differences.ts';
import { fleetDifferences } from '../../../src/network/reach/fleet-differences.ts';
import { printPackets } from '../../../src/network/reach/print-packets.ts';
import { type FleetQuestion, questionsOf } from '../../../src/network/reach/questions.ts';
import { reachOf } from '../../../src/network/reach/reach.ts';
import { type Topology, topologyOf } from '../../../src/network/topology/topology.ts';
import { keptFleets, nodesFrom, type Words } from '../paths-fleet.ts';

type Fleet = Record<string, Words>;

const FILTER = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n';
const SOME = [
  '-A INPUT -p tcp -m tcp --dport 80 -j DROP',
  '-A FORWARD -d 10.0.0.0/8 -j DROP',
  '-A FORWARD -d 10.0.0.0/8 -p tcp -j MARK --set-xmark 0x1/0xff',
  ':ONE - [0:0]\n-A ONE -p tcp -m tcp --dport 80 -j DROP\n-A FORWARD -d 10.0.0.0/8 -j ONE',
];

/** Each namespace has a table of filter, to which rules can be added alone. */
const filtering = (fleet: Fleet): Fleet =>
  Object.fromEntries(
    Object.entries(fleet).map(([name, words]) => [
      name,
      { ...words, nat: `${words.nat ?? ''}\n${FILTER}COMMIT\n` },
    ]),
  );

/** A host that others reach at a port which its rules give for another. */
const BY_PORT: Fleet = {
  web: {
    interfaces: { eth0: ['10.1.0.1/24'] },
    nat: '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination :80\nCOMMIT',
    listeners: ['0.0.0.0:80'],
  },
  client: { interfaces: { eth0: ['10.1.0.2/24'] } },
};

const FLEETS = [['a port for another', BY_PORT] as const, ...keptFleets()].map(
  ([name, fleet]): [string, Fleet] => [name, filtering(fleet)],
);

/** A fleet with one thing of one namespace changed: a rule, a server or a route less, or nobody forwards any more. */
function changesOf(fleet: Fleet): [string, Fleet][] {
  return Object.entries(fleet).flatMap(([name, words]) => {
    const without = (key: 'nat' | 'ipvs', pattern: RegExp) =>
      (words[key] ?? '')
        .split('\n')
        .flatMap((line, i, all): [string, Words][] =>
          pattern.test(line) ? [[line, { ...words, [key]: all.toSpliced(i, 1).join('\n') }]] : [],
        );
    const changed: [string, Words][] = [
      ...without('nat', /^\s*(\[.*\] )?-A /).slice(0, 2),
      ...without('ipvs', /^\s*-a /).slice(0, 1),
      ...(words.routes ?? [])
        .slice(0, 1)
        .map((route, _, all): [string, Words] => [route, { ...words, routes: all.slice(1) }]),
      // what decides about some destinations, and what is a matter of all packets
      ...[...SOME, '-A FORWARD -m conntrack --ctstate INVALID -j DROP'].map((rule): [string, Words] => [
        rule,
        { ...words, nat: (words.nat ?? '').replace(FILTER, `${FILTER}${rule}\n`) },
      ]),
      ['forwarding', { ...words, sysctl: { ...words.sysctl, 'net.ipv4.ip_forward': 0 } }],
    ];
    return changed.map(([what, now]): [string, Fleet] => [
      `${name}: ${what.trim()}`,
      { ...fleet, [name]: now },
    ]);
  });
}

const keyOf = ({ start: { node, entry } }: FleetQuestion) =>
  `${node.name} ${entry.kind === 'sent' ? '' : entry.input}`;

/** Asks every question of both, one by one. */
function bruteForce(before: Topology, after: Topology): string[] {
  const [then, now] = [questionsOf(before), questionsOf(after)];
  return then.flatMap((question, i) => {
    const other = now[i]!;
    const found = differences(
      reachOf(before, question.start, question.packets),
      reachOf(after, other.start, question.packets),
    );
    return found.map(({ kind, packets }) => `${keyOf(question)} ${kind} ${printPackets(packets)}`);
  });
}

/** Of the kept fleets some: each change is asked about everything. */
describe.each(FLEETS.filter((_, i) => i % 10 === 0))('%s', (_name, fleet) => {
  it.each(changesOf(fleet))('with %s', (_what, changed) => {
    const before = topologyOf(nodesFrom(fleet));
    // namespaces that nothing changed about are the same values
    const nodes = nodesFrom(changed).map((node) => {
      const known = before.nodes.find(({ name }) => name === node.name);
      return known && changed[node.name] === fleet[node.name] ? known : node;
    });
    const after = topologyOf(nodes);
    const found = fleetDifferences(before, after).map(
      ({ kind, packets, start }) => `${keyOf({ start, packets })} ${kind} ${printPackets(packets)}`,
    );
    const kinds = (texts: readonly string[]) => [...new Set(texts)].sort();
    expect(kinds(found)).toEqual(kinds(bruteForce(before, after)));
  });
});

it('some of these changes change something', () => {
  const [, fleet] = FLEETS.find(([name]) => name === 'gateway.yaml')!;
  const some = changesOf(fleet).map(
    ([, changed]) => fleetDifferences(topologyOf(nodesFrom(fleet)), topologyOf(nodesFrom(changed))).length,
  );
  expect(Math.max(...some)).toBeGreaterThan(0);
});
