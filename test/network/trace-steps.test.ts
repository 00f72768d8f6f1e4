import { expect, it } from 'vitest';
import { printAddresses } from '../../src/network/addresses.ts';
import { topologyOf } from '../../src/network/topology/topology.ts';
import { tracePacket } from '../../src/network/trace/packet.ts';
import type { TraceStep } from '../../src/network/trace/steps.ts';
import { demoNodes, INCIDENT } from './paths-fleet.ts';

const topology = topologyOf(demoNodes());

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
  const trace = tracePacket(topology, INCIDENT);
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
