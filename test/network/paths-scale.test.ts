import { expect, it } from 'vitest';
import { fleetPaths } from './all-paths.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

const RULES = `*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN
-A POSTROUTING -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE
-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE
COMMIT
`;

/** Nodes of a cluster, each with a pod and flannel's rules; the first ones are directors, of services that pods serve. */
function cluster(nodes: number, natGateways: number, services: number): Record<string, Words> {
  const fleet: Record<string, Words> = {};
  for (let i = 0; i < nodes; i++) {
    const [high, low] = [Math.floor(i / 250), (i % 250) + 1];
    const vips = Array.from(
      { length: i < natGateways ? services : 0 },
      (_, k) => `192.168.200.${i * services + k + 1}`,
    );
    fleet[`n${i}`] = {
      uptime: 100_000 + 1000 * i,
      sysctl: { 'net.ipv4.vs.conntrack': 1 },
      interfaces: {
        eth0: [`192.168.${high}.${low}/16`, ...vips.map((vip) => `${vip}/32`)],
        docker0: ['172.17.0.1/16'],
        cni0: [`10.244.${i % 250}.${high * 64 + 1}/26`],
        'veth9@if2>cni0#9': [],
      },
      routes: ['default via 192.168.255.254 dev eth0'],
      nat: RULES,
      ipvs: vips
        .map(
          (vip) =>
            `-A -t ${vip}:80 -s wlc\n-a -t ${vip}:80 -r 10.244.${i % 250}.${high * 64 + 2}:80 -m -w 1\n`,
        )
        .join(''),
    };
    fleet[`n${i}/pod`] = {
      interfaces: { 'eth0@if9#2': [`10.244.${i % 250}.${high * 64 + 2}/26`] },
      routes: [`default via 10.244.${i % 250}.${high * 64 + 1} dev eth0`],
    };
  }
  return fleet;
}

function followed(count: number): { steps: number; clocks: number[]; clientTraces: number } {
  const nodes = nodesFrom(cluster(count, 2, 5));
  const left = () => nodes.reduce((sum, { net }) => sum + net.budget.left, 0);
  const before = left();
  const { paths, unfollowed } = fleetPaths(nodes);
  const steps = before - left();
  expect(unfollowed).toEqual([]);
  expect(paths).toHaveLength(10);
  return {
    steps,
    clocks: paths.map(({ sources }) => sources[0]!.clocks),
    clientTraces: Math.max(...paths.map((path) => path.clientTraces.length)),
  };
}

it('finds the paths of a thousand hosts, in steps that grow as the fleet does', { timeout: 120_000 }, () => {
  const [few, many] = [followed(125), followed(1000)];
  // every node reaches the director's pod from the director's own address, and each is a clock
  expect(few.clocks).toEqual(Array(10).fill(125));
  expect(many.clocks).toEqual(Array(10).fill(1000));
  expect(many.clientTraces).toBeLessThan(20);
  // eight times the hosts; squared would be 64 times the steps
  expect(many.steps).toBeLessThan(16 * few.steps);
});
