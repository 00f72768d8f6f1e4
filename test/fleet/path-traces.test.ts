import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { nodesOf } from '../../src/fleet/nodes.ts';
import { shownTraces } from '../../src/fleet/path-traces.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { HostEvidence } from '../../src/model.ts';
import { type AddressSet, parseAddresses, printAddresses } from '../../src/network/addresses.ts';
import type { ClientTrace } from '../../src/network/paths/client-traces.ts';
import { withBudget } from '../../src/network/topology/nodes.ts';
import { fleetPaths } from '../network/all-paths.ts';

const nodesIn = (hosts: readonly HostEvidence[]) =>
  hosts.flatMap((host) => withBudget(nodesOf(readHost(host))));

const demo = readSnapshot(join(import.meta.dirname, '../../inventories/demo')).hosts;

it('takes no two pools for one because they print alike', () => {
  const [one, other] = ['::1-::fffd', '::1-::fffc'].map((text) => parseAddresses(text)!);
  expect(printAddresses(one!, 16)).toBe(printAddresses(other!, 16));
  const [path] = fleetPaths(nodesIn(demo)).paths;
  const from = (source: AddressSet): ClientTrace => {
    const clientTrace = path!.clientTraces[0]!;
    return {
      ...clientTrace,
      trace: { ...clientTrace.trace, packets: { ...clientTrace.trace.packets, source } },
    };
  };
  const [first, second] = [from(one!), from(other!)];
  const worst = { ...path!.sources[0]!, addresses: other!, winner: null };
  expect(shownTraces([first, second], worst).map(({ clientTrace }) => clientTrace)).toEqual([second, first]);
});
