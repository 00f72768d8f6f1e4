import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { nodesOf } from '../../src/fleet/nodes.ts';
import { shownWays } from '../../src/fleet/path-ways.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { HostEvidence } from '../../src/model.ts';
import { type AddressSet, parseAddresses, printAddresses } from '../../src/network/addresses.ts';
import { fleetPaths } from '../../src/network/paths/paths.ts';
import type { Way } from '../../src/network/paths/ways.ts';
import { withBudget } from '../../src/network/topology/nodes.ts';

const nodesIn = (hosts: readonly HostEvidence[]) =>
  hosts.flatMap((host) => withBudget(nodesOf(readHost(host))));

const demo = readSnapshot(join(import.meta.dirname, '../../inventories/demo')).hosts;

it('takes no two pools for one because they print alike', () => {
  const [one, other] = ['::1-::fffd', '::1-::fffc'].map((text) => parseAddresses(text)!);
  expect(printAddresses(one!, 16)).toBe(printAddresses(other!, 16));
  const [path] = fleetPaths(nodesIn(demo), 33).paths;
  const from = (source: AddressSet): Way => {
    const way = path!.ways[0]!;
    return { ...way, trace: { ...way.trace, packets: { ...way.trace.packets, source } } };
  };
  const [first, second] = [from(one!), from(other!)];
  const worst = { ...path!.sources[0]!, addresses: other!, winner: null };
  expect(shownWays([first, second], worst).map(({ way }) => way)).toEqual([second, first]);
});
