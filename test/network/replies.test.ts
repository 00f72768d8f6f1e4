import { describe, expect, it } from 'vitest';
import { addressSet, difference, prefixSet, printAddresses } from '../../src/network/addresses.ts';
import { TCP } from '../../src/network/fields.ts';
import type { NetnsNode } from '../../src/network/topology/nodes.ts';
import { type Topology, topologyOf } from '../../src/network/topology/topology.ts';
import { addressesIn } from '../../src/network/trace/next.ts';
import { followReplies } from '../../src/network/trace/replies.ts';
import { follow, type Trace } from '../../src/network/trace/trace.ts';
import { ownAddresses } from '../../src/network/walk/local-addresses.ts';
import { packets } from '../../src/network/walk/packets.ts';
import { demoNodes, keptFleets, nodesFrom } from './paths-fleet.ts';

const way = ({ hops }: Trace): string[] => hops.map(({ node }) => node.name);

/** The connections from one address of a namespace to one of the fleet that are delivered elsewhere. */
function connections(topology: Topology, node: NetnsNode): Trace[] {
  const [own, all] = [ownAddresses(node.net), topology.own].map((set) =>
    addressesIn(difference(set, LOOPBACK)).map(addressSet),
  );
  return own!
    .flatMap((source) => all!.map((destination) => [source, destination] as const))
    .filter(([source, destination]) => source.v4.length === destination.v4.length)
    .flatMap(([source, destination]) =>
      follow(topology, node, { kind: 'sent' }, packets(source, destination, FIELDS)),
    )
    .filter(({ ending, hops, doubts }) => ending === 'delivered' && hops.length > 1 && doubts.length === 0);
}

const LOOPBACK = prefixSet({ family: 4, value: 0x7f000000 }, 8);
const FIELDS = { protocol: [TCP, TCP], sourcePort: [1024, 65535], destinationPort: [5432, 5432] };

const fleets: [string, () => NetnsNode[]][] = [
  ['the demo', demoNodes],
  ...keptFleets().map(([name, fleet]): [string, () => NetnsNode[]] => [name, () => nodesFrom(fleet)]),
];

/** The replies that came back by the same way, of all fleets; those of nat among them. */
const compared = { all: 0, translated: 0 };

describe.each(fleets)('%s', (_name, nodes) => {
  it('bears the addresses of what it answers', () => {
    const topology = topologyOf(nodes());
    for (const node of topology.nodes)
      for (const there of connections(topology, node))
        for (const back of followReplies(topology, there)) {
          if (back.ending !== 'delivered' || way(back).join() !== way(there).reverse().join()) continue;
          const ends = [back.packets.source, back.packets.destination].map((set) => printAddresses(set, 99));
          const asked = [there.origin.destination, there.origin.source].map((set) => printAddresses(set, 99));
          expect(ends).toEqual(asked);
          compared.all++;
          if (there.hops.some(({ outcome }) => outcome.source ?? outcome.destination)) compared.translated++;
        }
  });
});

it('has compared replies, and some that nat has to do with', () => {
  expect([compared.all > 50, compared.translated > 5]).toEqual([true, true]);
});
