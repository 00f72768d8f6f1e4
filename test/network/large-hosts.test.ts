/** Hosts that have very much of something: what that takes grows as it does, and no more. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LARGE_HOSTS, withAnswers } from '../../bench/large-hosts.mjs';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { nodesOf } from '../../src/fleet/nodes.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { HostEvidence } from '../../src/model.ts';
import { withBudget } from '../../src/network/topology/nodes.ts';
import { fleetPaths } from './all-paths.ts';

const incident = readSnapshot(join(import.meta.dirname, '../../inventories/demo'));
const HOST = 's2';

const nodesIn = (hosts: readonly HostEvidence[]) =>
  hosts.flatMap((host) => withBudget(nodesOf(readHost(host))));

/** The steps that following packets through the host takes, and how many paths there are. */
function followed(kind: string, count: number) {
  const { hosts } = withAnswers(incident, HOST, LARGE_HOSTS[kind]!(count));
  const nodes = nodesIn(hosts);
  const { budget } = nodes.find(({ name }) => name === HOST)!.net;
  const before = budget.left;
  const { paths, unfollowed } = fleetPaths(nodes);
  return { steps: before - budget.left, paths: paths.length, unfollowed };
}

// squared takes sixteen times the steps; what is squared and not counted takes longer than the test may
it.each(Object.keys(LARGE_HOSTS))('%s', { timeout: 120_000 }, (kind) => {
  const [few, many] = [followed(kind, 150), followed(kind, 600)];
  expect(many.steps).toBeLessThan(6 * few.steps + 1000);
  const most = followed(kind, 2000);
  for (const { reason } of most.unfollowed) expect(reason).toMatch(/more than 5000 (paths|servers)/);
});

it('thirty-two thousand routing rules', { timeout: 60_000 }, () => {
  expect(followed('ip rules', 32_000)).toMatchObject({
    paths: followed('ip rules', 1).paths,
    unfollowed: [],
  });
});

it('rules that nothing tells apart are given up where they take too many steps, which is told', () => {
  const text = Array.from({ length: 500 }, (_, i) => `${i}:\tfrom all fwmark 0x1 lookup main`).join('\n');
  const answers = { ...LARGE_HOSTS['IPVS services']!(500), 'routes.rules': `${text}\n` };
  const nodes = nodesIn(withAnswers(incident, HOST, answers).hosts);
  nodes.find(({ name }) => name === HOST)!.net.budget.left = 10_000;
  expect(fleetPaths(nodes).unfollowed.map(({ node, reason }) => `${node.name}: ${reason}`)).toEqual([
    expect.stringMatching(/^s2: .* takes too many steps; not all were followed$/),
  ]);
});
