import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { nodesOf } from '../../src/fleet/nodes.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { HostEvidence } from '../../src/model.ts';
import { parseAddress } from '../../src/network/address-text.ts';
import { printAddresses } from '../../src/network/addresses.ts';
import { withBudget } from '../../src/network/topology/nodes.ts';
import { topologyOf } from '../../src/network/topology/topology.ts';
import { tracePacket } from '../../src/network/trace/packet.ts';
import type { TraceStep } from '../../src/network/trace/steps.ts';

const nodesIn = (hosts: readonly HostEvidence[]) =>
  hosts.flatMap((host) => withBudget(nodesOf(readHost(host))));

const topology = topologyOf(nodesIn(readSnapshot(join(import.meta.dirname, '../../inventories/demo')).hosts));

/** Where it stands, and what it made of the addresses. */
function seen(step: TraceStep): unknown[] {
  const place =
    step.kind === 'rule'
      ? [step.hook, step.table.name, step.chain.name, step.index, step.action]
      : [step.kind];
  const ends = [step.before, step.after].map(
    ({ source, destination }) => `${printAddresses(source)} > ${printAddresses(destination)}`,
  );
  return [step.node.name, ...place, ...new Set(ends), step.certainty];
}

it('each step says where it stands, what it did, and what the packet was before and after', () => {
  const trace = tracePacket(topology, {
    source: parseAddress('192.168.128.158')!,
    destination: parseAddress('192.168.128.5')!,
    protocol: 6,
    sourcePort: null,
    destinationPort: 5432,
    at: null,
    input: null,
  });
  const [came, chosen, hidden] = [
    '192.168.128.158 > 192.168.128.5',
    '192.168.128.158 > 10.244.3.27',
    '10.244.3.1 > 10.244.3.27',
  ];
  expect('steps' in trace && trace.steps.map(seen)).toEqual([
    ['m1', 'entry', came, 'certain'],
    ['s2', 'entry', came, 'certain'],
    ['s2', 'ipvs', came, chosen, 'certain'],
    ['s2', 'postrouting', 'nat', 'POSTROUTING', 4, 'masquerade', chosen, hidden, 'certain'],
    ['s2/rmt50-master', 'entry', hidden, 'certain'],
    ['s2/rmt50-master', 'delivered', hidden, 'certain'],
  ]);
});
