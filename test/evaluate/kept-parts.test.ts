import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { writeCluster } from '../../bench/cluster-fleet.mjs';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { keptNode } from '../../src/evaluate/kept-parts.ts';
import { beginEvaluation, runTime } from '../../src/evaluate/report.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import { nodesOf } from '../../src/fleet/nodes.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { Evidence, HostEvidence } from '../../src/model.ts';
import { temporaryFolder } from '../temporary.ts';

const DEMO = join(import.meta.dirname, '../../inventories/demo');
const incident = readSnapshot(DEMO);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapMebibytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Long lines that say nothing, by the probe whose answer they are put into. */
const PADDING: Readonly<Record<string, string>> = {
  'nat.legacy': `# ${'x'.repeat(2 ** 20)}\n`,
  'routes.routes': `${' '.repeat(2 ** 20)}\n`,
};

function wordy({ host, evidence, ...about }: HostEvidence, i: number): HostEvidence {
  const padded = ({ answer, ...entry }: Evidence): Evidence => ({
    ...entry,
    answer: answer.ok ? { ok: true, value: `${answer.value}${PADDING[entry.probe] ?? ''}` } : answer,
  });
  return { ...about, host: { ...host, name: `${host.name}-${i}` }, evidence: evidence.map(padded) };
}

describe('what is kept of a host', () => {
  it('is equal to what was read', () => {
    for (const host of incident.hosts)
      for (const node of nodesOf(readHost(host))) {
        const { counts: _, ...uncounted } = node.net.ruleset;
        expect(keptNode(node)).toEqual({ ...node, net: { ...node.net, ruleset: uncounted } });
      }
  });

  it('is held once where several hosts have it', () => {
    const [one, other] = [1, 2].flatMap((i) =>
      incident.hosts.slice(0, 1).flatMap((host) =>
        nodesOf(readHost(wordy(host, i)))
          .slice(0, 1)
          .map(keptNode),
      ),
    );
    expect(one?.host).not.toBe(other?.host);
    for (const part of ['ruleset', 'settings', 'rules'] as const)
      expect(one?.net[part]).toBe(other?.net[part]);
    for (const [i, route] of one!.net.routes.entries()) expect(other!.net.routes[i]).toBe(route);
  });

  it('has the routes, addresses and services of other nodes', () => {
    const nodes = (['iptables', 'ipvs'] as const).flatMap((mode) => {
      const folder = temporaryFolder(`kept-${mode}`);
      writeCluster(folder, { mode, nodes: 2, services: 300, endpoints: 1 }, DEMO);
      return readSnapshot(folder).hosts.map((host) => nodesOf(readHost(host))[0]!);
    });
    const [one, other] = nodes.slice(2).map((node) => keptNode(node).net);
    const { routes, services, interfaces } = nodes[3]!.net;
    expect([other!.routes, other!.interfaces]).toEqual([routes, interfaces]);
    // what IPVS counted may be what another node's did
    const uncounted = (all: typeof services) =>
      all.map((service) => ({
        ...service,
        servers: service.servers.map((server) => ({ ...server, active: 0, inactive: 0 })),
      }));
    expect(uncounted(other!.services)).toEqual(uncounted(services));
    const shared = new Set<object>([
      ...one!.routes,
      ...one!.services,
      ...one!.interfaces.flatMap(({ addresses }) => addresses),
    ]);
    const count = (items: readonly object[]) => items.filter((item) => shared.has(item)).length;
    expect(count(other!.routes)).toBeGreaterThanOrEqual(300);
    expect(count(other!.services)).toBeGreaterThan(100);
    expect(count(other!.interfaces.flatMap(({ addresses }) => addresses))).toBeGreaterThanOrEqual(300);
  });

  it('holds none of the texts that it was cut out of', () => {
    const options = { builtin: true, tests: false, allowSupersede: false, cwd: '/' };
    const evaluation = beginEvaluation(loadRules([], options), collectors, { name: 'twlint', version: '' });
    const span = runTime(incident);
    const held = incident.hosts.map((host) => evaluation.host(wordy(host, 0), span));
    const before = heapMebibytes();
    for (let i = 1; i <= 20; i++)
      held.push(...incident.hosts.map((host) => evaluation.host(wordy(host, i), span)));
    // each host had said some mebibytes
    expect(heapMebibytes() - before).toBeLessThan(20);
    expect(held).toHaveLength(42);
  });
});
