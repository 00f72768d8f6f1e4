import { describe, expect, it } from 'vitest';
import type { Intent } from '../../src/intents/intent.ts';
import { readIntents } from '../../src/intents/intent-reader.ts';
import { tryIntent } from '../../src/intents/try-intent.ts';
import { type Address, printEndpoint } from '../../src/network/address-text.ts';
import { firstAddress } from '../../src/network/addresses.ts';
import type { NetnsNode } from '../../src/network/topology/nodes.ts';
import { type Topology, topologyOf } from '../../src/network/topology/topology.ts';
import { tracePacket } from '../../src/network/trace/packet.ts';
import type { PacketSet } from '../../src/network/walk/packets.ts';
import { keptFleets, nodesFrom } from '../network/paths-fleet.ts';
import { fleetOf, NO_EVIDENCE } from './fleet.ts';

function intentOf(from: string, to: string, expected: object): Intent {
  const text = JSON.stringify({ intents: [{ name: 'it', from, to, expect: expected }] });
  return readIntents(text, 'it.yaml', NO_EVIDENCE)[0]!;
}

/** The services and sockets of a fleet, and a port that none has. */
function goalsOf({ nodes }: Topology): { address: Address; port: number }[] {
  const services = nodes.flatMap(({ net }) =>
    net.services.flatMap(({ address, port }) => (address && port ? [{ address, port }] : [])),
  );
  const own = nodes.flatMap(({ net }) =>
    net.interfaces.flatMap(({ flags, addresses }) =>
      flags.includes('LOOPBACK') ? [] : addresses.map(({ address }) => ({ address, port: 5432 })),
    ),
  );
  return [...services, ...own].filter(({ address }) => address.family === 4);
}

function packetOf(set: PacketSet): { source: Address; sourcePort: number; destinationPort: number } {
  return {
    source: firstAddress(set.source)!,
    sourcePort: set.sourcePort[0]!,
    destinationPort: set.destinationPort[0]!,
  };
}

let compared = 0;

describe.each(keptFleets())('%s', (_file, words) => {
  it('agrees', () => {
    const nodes = nodesFrom(words);
    const fleet = fleetOf(nodes);
    const topology = topologyOf(nodes);
    const traced = (at: NetnsNode, packet: ReturnType<typeof packetOf>, destination: Address) => {
      const trace = tracePacket(topology, { ...packet, destination, protocol: 6, at, input: null });
      if ('reason' in trace) throw new Error(trace.reason);
      return trace;
    };
    for (const node of topology.nodes)
      for (const { address, port } of goalsOf(topology)) {
        const to = printEndpoint(address, port);
        const [positive, negative] = [true, false].map((delivered) =>
          tryIntent(intentOf(`${node.host}/${node.namespace}`, to, { delivered }), fleet),
        ) as [ReturnType<typeof tryIntent>, ReturnType<typeof tryIntent>];
        // a packet of each set that breaks one of the two
        for (const [tried, outcome] of [
          [positive, 'dropped'],
          [negative, 'delivered'],
        ] as const)
          for (const { packets } of tried.broken)
            for (const set of packets) {
              const trace = traced(node, packetOf(set), address);
              // of several that chance decides, one is as it says
              const outcomes = [trace.outcome, ...trace.paths.map((path) => path.outcome)];
              expect({ to, from: node.name, outcomes }).toMatchObject({
                outcomes: expect.arrayContaining([outcome]),
              });
              compared++;
            }
        // what is certain of both is never contradicted
        const verdicts = [positive, negative].map(
          ({ broken, undecided }) => broken.length + undecided.length,
        );
        expect(verdicts).not.toEqual([0, 0]);
      }
  });
});

it('compares many packets', () => {
  expect(compared).toBeGreaterThan(400);
});
