// A cluster of any size as a snapshot: nodes of one segment behind a bridge of pods each, with the rules of kube-proxy.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { iptablesMode, ipvsMode, nftMode } from './kube-proxy.mjs';

const KERNEL = '6.1.0-18-amd64';

const nodeAddress = (node) => `10.9.${(node + 1) >> 8}.${(node + 1) & 255}`;
const podNetwork = (node) => `10.244.${node}`;
const podAddress = (node, pod) => `${podNetwork(node)}.${2 + (pod % 250)}`;

/** Endpoints lie on the nodes in turn; a pod may serve several services, each at a port of its own. */
function servicesOf({ nodes, services, endpoints }) {
  return Array.from({ length: services }, (_, i) => ({
    name: `shop/service-${i}:http`,
    address: `10.96.${(i + 1) >> 8}.${(i + 1) & 255}`,
    port: 80,
    endpoints: Array.from({ length: endpoints }, (_, k) => {
      const at = i * endpoints + k;
      const pod = Math.floor(at / nodes);
      return { address: podAddress(at % nodes, pod), port: 8080 + Math.floor(pod / 250) };
    }),
  }));
}

/**
 * Writes a snapshot into a folder that is there. `mode`: iptables, nft, ipvs. The answers that do not tell a node from
 * any other host are those of the incident's `m1`, with a kernel of today.
 */
export function writeCluster(folder, { mode, nodes, services: count, endpoints }, incident) {
  const manifest = JSON.parse(readFileSync(join(incident, 'manifest.json'), 'utf8'));
  const template = manifest.hosts.find(({ host }) => host.name === 'm1');
  const own = join(incident, 'm1');
  const recorded = new Map(
    readdirSync(own, { recursive: true })
      .filter((name) => name.endsWith('.txt'))
      .map((name) => [name, readFileSync(join(own, name), 'utf8')]),
  );
  const services = servicesOf({ nodes, services: count, endpoints });
  const hosts = Array.from({ length: nodes }, (_, node) => {
    const name = `node${node}`;
    const answers = answersOf(node, { mode, nodes, services });
    const evidence = template.evidence.map(({ problem, reason, ...about }) => {
      const answer = answers[about.probe];
      const file = join(
        about.namespace === null ? 'host' : `netns-${about.namespace}`,
        `${about.probe}${about.sample === 1 ? '.again' : ''}.txt`,
      );
      const text = typeof answer === 'function' ? answer(recorded.get(file)) : (answer ?? recorded.get(file));
      if (text === undefined || text === null)
        return { ...about, problem: problem ?? 'absent', reason: reason ?? 'not in use' };
      const path = join(folder, name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return about;
    });
    return { ...template, host: { ...template.host, name }, evidence };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, hosts }, null, 1));
}

/** By probe: a text, or what to make of the recorded one; null: there is nothing of that. */
function answersOf(node, { mode, nodes, services }) {
  const isLocal = (address) => address.startsWith(`${podNetwork(node)}.`);
  const ipvs = mode === 'ipvs' ? ipvsMode(services, node, isLocal) : null;
  const modes = {
    iptables: () => ({ 'nat.legacy': iptablesMode(services, node) }),
    nft: () => ({ 'nat.legacy': null, 'nat.nftables': nftMode(services, node) }),
    ipvs: () => ({ 'nat.legacy': ipvs.rules, 'nat.ipset': ipvs.sets, 'ipvs.ipvs': ipvs.services }),
  };
  return {
    'kernel.release': `${KERNEL}\n`,
    'kernel.hostname': `node${node}\n`,
    'kernel.boot_id': `${node.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000\n`,
    'kernel.uptime': `${100_000 + 1000 * node}.00 1000.00\n`,
    'addresses.addresses': addresses(node, ipvs === null ? [] : services),
    'routes.routes': routes(node, nodes, ipvs === null ? [] : services),
    'sysctl.values': settings(ipvs !== null),
    'ipvs.ipvs': null,
    'ipvs.ipvsadm': null,
    ...modes[mode](),
  };
}

function addresses(node, virtual) {
  const mac = (kind) =>
    `02:00:00:${kind}:${(node >> 8).toString(16).padStart(2, '0')}:${(node & 255).toString(16).padStart(2, '0')}`;
  const forever = '       valid_lft forever preferred_lft forever';
  const device = (index, name, flags, link, lines) => [
    `${index}: ${name}: <${flags}> mtu 1500 qdisc noqueue state ${flags.includes('UP') ? 'UP' : 'DOWN'} group default qlen 1000`,
    `    link/${link}`,
    ...lines.flatMap((line) => [`    inet ${line}`, forever]),
  ];
  const ether = (kind) => `ether ${mac(kind)} brd ff:ff:ff:ff:ff:ff`;
  const own = nodeAddress(node);
  return `${[
    ...device(1, 'lo', 'LOOPBACK,UP,LOWER_UP', 'loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00', [
      '127.0.0.1/8 scope host lo',
    ]),
    ...device(2, 'eth0', 'BROADCAST,MULTICAST,UP,LOWER_UP', ether('01'), [
      `${own}/16 brd 10.9.255.255 scope global eth0`,
    ]),
    ...device(3, 'cni0', 'BROADCAST,MULTICAST,UP,LOWER_UP', ether('02'), [
      `${podNetwork(node)}.1/24 brd ${podNetwork(node)}.255 scope global cni0`,
    ]),
    ...(virtual.length === 0
      ? []
      : device(
          4,
          'kube-ipvs0',
          'BROADCAST,NOARP',
          ether('03'),
          virtual.map(({ address }) => `${address}/32 scope global kube-ipvs0`),
        )),
  ].join('\n')}\n`;
}

/** As `ip route show table all` prints them. */
function routes(node, nodes, virtual) {
  const others = Array.from({ length: nodes }, (_, other) => other).filter((other) => other !== node);
  const [own, gateway] = [nodeAddress(node), `${podNetwork(node)}.1`];
  const local = (address, device, network = address) =>
    `local ${network} dev ${device} table local proto kernel scope host src ${address} `;
  const broadcast = (address, source, device) =>
    `broadcast ${address} dev ${device} table local proto kernel scope link src ${source} `;
  return `${[
    'default via 10.9.255.254 dev eth0 ',
    `10.9.0.0/16 dev eth0 proto kernel scope link src ${own} `,
    `${podNetwork(node)}.0/24 dev cni0 proto kernel scope link src ${gateway} `,
    ...others.map((other) => `${podNetwork(other)}.0/24 via ${nodeAddress(other)} dev eth0 `),
    local(own, 'eth0'),
    broadcast('10.9.255.255', own, 'eth0'),
    local(gateway, 'cni0'),
    broadcast(`${podNetwork(node)}.255`, gateway, 'cni0'),
    ...virtual.map(({ address }) => local(address, 'kube-ipvs0')),
    local('127.0.0.1', 'lo', '127.0.0.0/8'),
    local('127.0.0.1', 'lo'),
    broadcast('127.255.255.255', '127.0.0.1', 'lo'),
  ].join('\n')}\n`;
}

/** Without tcp_tw_recycle, which Linux 4.12 took away, and with what kube-proxy sets. */
const settings = (serves) => (recorded) => {
  const kept = recorded
    .split('\n')
    .filter((line) => line !== '' && !/tcp_tw_recycle|\/vs\/conntrack|\/conf\/(?!all|default|lo)/.test(line))
    .map((line) => line.replace(/^(.*(?:ip_forward|conf\/\w+\/forwarding)):0$/, '$1:1'));
  const all = kept.flatMap((line) => /^(.*\/ipv4\/conf\/)default(\/.*)$/.exec(line)?.slice(1) ?? []);
  const perDevice = ['eth0', 'cni0', ...(serves ? ['kube-ipvs0'] : [])].flatMap((device) =>
    Array.from({ length: all.length / 2 }, (_, i) => `${all[2 * i]}${device}${all[2 * i + 1]}`),
  );
  const conntrack = serves ? ['/proc/sys/net/ipv4/vs/conntrack:1'] : [];
  return `${[...kept, ...perDevice, ...conntrack].sort().join('\n')}\n`;
};
