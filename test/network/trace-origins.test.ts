import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/network/address-text.ts';
import {
  ALL4,
  ALL6,
  addressSet,
  firstAddress,
  intersection,
  intersects,
  union,
} from '../../src/network/addresses.ts';
import type { NetnsNode } from '../../src/network/topology/nodes.ts';
import { topologyOf } from '../../src/network/topology/topology.ts';
import { addressesIn } from '../../src/network/trace/next.ts';
import { follow, isCertain, type Trace } from '../../src/network/trace/trace.ts';
import { ownAddresses } from '../../src/network/walk/local-addresses.ts';
import { common, type PacketSet, packets } from '../../src/network/walk/packets.ts';
import type { Rewrite } from '../../src/network/walk/step.ts';
import { demoNodes, keptFleets, nodesFrom } from './paths-fleet.ts';

const fleets: [string, () => NetnsNode[]][] = [
  ['the demo', demoNodes],
  ...keptFleets().map(([name, fleet]): [string, () => NetnsNode[]] => [name, () => nodesFrom(fleet)]),
];

/** Somewhere outside: what nobody of the fleet has is a destination, too. */
const OUTSIDE = union(addressSet(parseAddress('203.0.113.9')!), addressSet(parseAddress('2001:db8:ff::9')!));
const PORTS: [number, number][] = [
  [22, 22],
  [80, 80],
  [5432, 5432],
  [30080, 30080],
];

/** What becomes of it: the namespaces on its way, and the addresses and ports that it is given. */
const fate = ({ ending, hops }: Trace) =>
  [ending, ...hops.map(({ node, outcome }) => `${node.name} ${outcome.verdict} ${rewritten(outcome)}`)].join(
    ', ',
  );

const rewritten = ({ source, destination, ports }: Rewrite) =>
  [source, destination, ports.source, ports.destination]
    .map((one) => JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
    .join(' ');

const fates = (traces: readonly Trace[]) => [...new Set(traces.map(fate))].sort();

describe.each(fleets)('%s', (_name, nodesOfIt) => {
  it('packets followed together fare as each of them does alone', () => {
    const topology = topologyOf(nodesOfIt());
    let tried = 0;
    for (const node of topology.nodes) {
      const source = firstAddress(intersection(ownAddresses(node.net), topology.own));
      if (source === null) continue;
      const family = source.family === 4 ? ALL4 : ALL6;
      const destinations = intersection(union(topology.own, OUTSIDE), family);
      const all = packets(addressSet(source), destinations, { protocol: [6, 6] });
      const together = follow(topology, node, { kind: 'sent' }, all);
      const sure = together.filter(isCertain);
      for (const destination of addressesIn(all.destination).slice(0, 12))
        for (const destinationPort of PORTS) {
          const alone: PacketSet = {
            ...all,
            destination: addressSet(destination),
            sourcePort: [40000, 40000],
            destinationPort,
          };
          const mine = together.filter(({ origin }) => common(origin, alone));
          expect(mine, 'each packet is in some trace').not.toEqual([]);
          if (!mine.every(isCertain) || mine.some(({ ending }) => ending === 'undecided')) continue;
          tried++;
          expect(fates(mine)).toEqual(fates(follow(topology, node, { kind: 'sent' }, alone)));
        }
      for (const trace of sure) expect(intersects(trace.origin.source, addressSet(source))).toBe(true);
    }
    expect(tried).toBeGreaterThan(0);
  });
});
