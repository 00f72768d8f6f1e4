import { expect, it } from 'vitest';
import { fleetPaths } from './all-paths.ts';
import { nodesFrom } from './paths-fleet.ts';

const ENDPOINTS = 3;

/** As kube-proxy writes them in its iptables mode. */
function kubeProxyRules(services: number): string {
  const [chains, rules]: [string[], string[]] = [[], []];
  for (let i = 0; i < services; i++) {
    const cluster = `-d 10.96.${Math.floor(i / 250)}.${(i % 250) + 1}/32 -p tcp -m tcp --dport 80`;
    chains.push(`KUBE-SVC-${i}`);
    rules.push(`-A KUBE-SERVICES ${cluster} -j KUBE-SVC-${i}`);
    rules.push(`-A KUBE-SVC-${i} ! -s 10.244.0.0/16 ${cluster} -j KUBE-MARK-MASQ`);
    for (let k = 0; k < ENDPOINTS; k++) {
      const pod = `10.244.${(i * ENDPOINTS + k) % 50}.${((i * ENDPOINTS + k) % 200) + 2}`;
      const chance = `-m statistic --mode random --probability ${1 / (ENDPOINTS - k)}`;
      chains.push(`KUBE-SEP-${i}-${k}`);
      rules.push(`-A KUBE-SVC-${i} ${k === ENDPOINTS - 1 ? '' : chance} -j KUBE-SEP-${i}-${k}`);
      rules.push(`-A KUBE-SEP-${i}-${k} -s ${pod}/32 -j KUBE-MARK-MASQ`);
      rules.push(`-A KUBE-SEP-${i}-${k} -p tcp -m tcp -j DNAT --to-destination ${pod}:8080`);
    }
  }
  return [
    '*nat',
    ...['PREROUTING', 'OUTPUT', 'POSTROUTING'].map((name) => `:${name} ACCEPT [0:0]`),
    ...['KUBE-SERVICES', 'KUBE-MARK-MASQ', 'KUBE-POSTROUTING', ...chains].map((name) => `:${name} - [0:0]`),
    '-A PREROUTING -j KUBE-SERVICES',
    '-A OUTPUT -j KUBE-SERVICES',
    '-A POSTROUTING -j KUBE-POSTROUTING',
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -j MASQUERADE --random-fully',
    ...rules,
    '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j RETURN',
    'COMMIT',
    '',
  ].join('\n');
}

/** The steps that following packets through the node takes. */
function stepsFor(services: number): number {
  const nodes = nodesFrom({
    node: {
      uptime: 1000,
      interfaces: { eth0: ['192.168.0.1/16'], cni0: ['10.244.0.1/24'] },
      routes: ['default via 192.168.255.254 dev eth0', '10.244.0.0/16 via 192.168.0.9 dev eth0'],
      nat: kubeProxyRules(services),
    },
    client: {
      uptime: 2000,
      interfaces: { eth0: ['192.168.0.2/16'] },
      routes: ['default via 192.168.255.254 dev eth0', '10.96.0.0/12 via 192.168.0.1'],
    },
  });
  const { budget } = nodes[0]!.net;
  const before = budget.left;
  const { paths, unfollowed } = fleetPaths(nodes);
  expect(unfollowed).toEqual([]);
  expect(paths).toHaveLength(ENDPOINTS * services);
  return before - budget.left;
}

it('follows each of a thousand services of kube-proxy, in steps that grow as they do', {
  timeout: 120_000,
}, () => {
  // four times the services; squared would be sixteen times the steps
  expect(stepsFor(1000)).toBeLessThan(6 * stepsFor(250));
});
