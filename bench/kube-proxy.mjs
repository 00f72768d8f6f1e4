// What kube-proxy writes on a node, in each of its modes, as the programs print it that twlint asks: iptables-save -c,
// nft -j list ruleset, ipset save, /proc/net/ip_vs (Kubernetes 1.29, pkg/proxy/{iptables,nftables,ipvs}/proxier.go).
import { createHash } from 'node:crypto';

export const PODS = '10.244.0.0/16';

/** Names are hashes in base32, as kube-proxy's. */
const hashed = (text) =>
  Array.from(createHash('sha256').update(text).digest().subarray(0, 16))
    .map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte & 31])
    .join('');

const comment = (text) => `-m comment --comment "${text}"`;

/** Counters differ from node to node, as the packets do. */
function counting(lines, node) {
  let seed = node + 1;
  return lines.map((line) => {
    if (!line.startsWith('-A')) return line;
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return `[${seed % 1000}:${(seed % 1000) * 60}] ${line}`;
  });
}

const table = (name, chains, rules) => [
  `*${name}`,
  ...chains.map((chain) => `:${chain} ${chain.startsWith('KUBE') ? '-' : 'ACCEPT'} [0:0]`),
  ...rules,
  'COMMIT',
];

const MASQUERADING = [
  '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
  `-A KUBE-POSTROUTING ${comment('kubernetes service traffic requiring SNAT')} -j MASQUERADE --random-fully`,
];
const FORWARDING = [
  '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
  `-A KUBE-FORWARD ${comment('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`,
  `-A KUBE-FORWARD ${comment('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
];
const portals = (hook) => `-A ${hook} ${comment('kubernetes service portals')} -j KUBE-SERVICES`;
const NAT_JUMPS = [
  portals('PREROUTING'),
  portals('OUTPUT'),
  `-A POSTROUTING ${comment('kubernetes postrouting rules')} -j KUBE-POSTROUTING`,
  '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
];
const NAT_HOOKS = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'];
const FILTER_HOOKS = ['INPUT', 'FORWARD', 'OUTPUT'];
const KUBELET = [
  `-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 ${comment('block incoming localnet connections')} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
];

/** `iptables-legacy-save -c` of a node in iptables mode. */
export function iptablesMode(services, node) {
  const chains = [];
  const entries = [];
  const rules = [];
  for (const { name, address, port, endpoints } of services) {
    const [service, about] = [`KUBE-SVC-${hashed(name)}`, comment(name)];
    const match = `-d ${address}/32 -p tcp ${comment(`${name} cluster IP`)} -m tcp --dport ${port}`;
    chains.push(service);
    entries.push(`-A KUBE-SERVICES ${match} -j ${service}`);
    rules.push(`-A ${service} ! -s ${PODS} ${match} -j KUBE-MARK-MASQ`);
    for (const [i, end] of endpoints.entries()) {
      const chain = `KUBE-SEP-${hashed(`${name} ${end.address}`)}`;
      const left = endpoints.length - i;
      const chance =
        left > 1 ? ` -m statistic --mode random --probability ${(1 / left - 1e-12).toFixed(11)}` : '';
      chains.push(chain);
      rules.push(
        `-A ${service} ${comment(`${name} -> ${end.address}:${end.port}`)}${chance} -j ${chain}`,
        `-A ${chain} -s ${end.address}/32 ${about} -j KUBE-MARK-MASQ`,
        `-A ${chain} -p tcp ${about} -m tcp -j DNAT --to-destination ${end.address}:${end.port}`,
      );
    }
  }
  const fresh = '-m conntrack --ctstate NEW';
  const firewall = (hook) =>
    `-A ${hook} ${fresh} ${comment('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`;
  const external = (hook) =>
    `-A ${hook} ${fresh} ${comment('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`;
  const filter = table(
    'filter',
    [
      ...FILTER_HOOKS,
      ...['EXTERNAL-SERVICES', 'FIREWALL', 'FORWARD', 'NODEPORTS', 'PROXY-FIREWALL', 'SERVICES'].map(
        (name) => `KUBE-${name}`,
      ),
    ],
    [
      firewall('INPUT'),
      `-A INPUT ${comment('kubernetes health check service ports')} -j KUBE-NODEPORTS`,
      external('INPUT'),
      '-A INPUT -j KUBE-FIREWALL',
      firewall('FORWARD'),
      `-A FORWARD ${comment('kubernetes forwarding rules')} -j KUBE-FORWARD`,
      `-A FORWARD ${fresh} ${comment('kubernetes service portals')} -j KUBE-SERVICES`,
      external('FORWARD'),
      firewall('OUTPUT'),
      `-A OUTPUT ${fresh} ${comment('kubernetes service portals')} -j KUBE-SERVICES`,
      '-A OUTPUT -j KUBE-FIREWALL',
      ...KUBELET,
      ...FORWARDING,
    ],
  );
  const nodePorts = `-A KUBE-SERVICES ${comment(
    'kubernetes service nodeports; NOTE: this must be the last rule in this chain',
  )} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`;
  const nat = table(
    'nat',
    [...NAT_HOOKS, 'KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-SERVICES', ...chains],
    [...NAT_JUMPS, ...MASQUERADING, ...entries, nodePorts, ...rules],
  );
  return `${counting([...filter, ...nat], node).join('\n')}\n# listed: filter\n# listed: nat\n`;
}

const SETS = {
  'KUBE-CLUSTER-IP': 'hash:ip,port',
  'KUBE-LOOP-BACK': 'hash:ip,port,ip',
  'KUBE-IPVS-IPS': 'hash:ip',
};

/** `iptables-legacy-save -c`, `ipset save`, `/proc/net/ip_vs` of a node in IPVS mode. `isLocal`: a pod of the node's. */
export function ipvsMode(services, node, isLocal) {
  const match = (set, sides) => `-m set --match-set ${set} ${sides}`;
  const filter = table(
    'filter',
    [
      ...FILTER_HOOKS,
      ...['FIREWALL', 'FORWARD', 'IPVS-FILTER', 'NODE-PORT', 'PROXY-FIREWALL'].map((name) => `KUBE-${name}`),
    ],
    [
      `-A INPUT ${comment('kubernetes ipvs access filter')} -j KUBE-IPVS-FILTER`,
      `-A INPUT ${comment('kube-proxy firewall rules')} -j KUBE-PROXY-FIREWALL`,
      `-A INPUT ${comment('kubernetes health check rules')} -j KUBE-NODE-PORT`,
      '-A INPUT -j KUBE-FIREWALL',
      `-A FORWARD ${comment('kube-proxy firewall rules')} -j KUBE-PROXY-FIREWALL`,
      `-A FORWARD ${comment('kubernetes forwarding rules')} -j KUBE-FORWARD`,
      '-A OUTPUT -j KUBE-FIREWALL',
      ...KUBELET,
      ...FORWARDING,
      `-A KUBE-IPVS-FILTER ${match('KUBE-CLUSTER-IP', 'dst,dst')} -j RETURN`,
      `-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW ${match('KUBE-IPVS-IPS', 'dst')} -j REJECT --reject-with icmp-port-unreachable`,
    ],
  );
  const nat = table(
    'nat',
    [...NAT_HOOKS, 'KUBE-MARK-MASQ', 'KUBE-NODE-PORT', 'KUBE-POSTROUTING', 'KUBE-SERVICES'],
    [
      ...NAT_JUMPS,
      `-A KUBE-POSTROUTING ${comment('Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose')} ${match('KUBE-LOOP-BACK', 'dst,dst,src')} -j MASQUERADE`,
      ...MASQUERADING,
      '-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN',
      `-A KUBE-SERVICES ! -s ${PODS} ${comment('Kubernetes service cluster ip + port for masquerade purpose')} ${match('KUBE-CLUSTER-IP', 'dst,dst')} -j KUBE-MARK-MASQ`,
      '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
      `-A KUBE-SERVICES ${match('KUBE-CLUSTER-IP', 'dst,dst')} -j ACCEPT`,
    ],
  );
  const ends = services.flatMap(({ endpoints }) => endpoints.filter(({ address }) => isLocal(address)));
  const members = {
    'KUBE-CLUSTER-IP': services.map(({ address, port }) => `${address},tcp:${port}`),
    'KUBE-LOOP-BACK': ends.map(({ address, port }) => `${address},tcp:${port},${address}`),
    'KUBE-IPVS-IPS': services.map(({ address }) => address),
  };
  const sets = Object.entries(SETS).flatMap(([name, type]) => [
    `create ${name} ${type} family inet hashsize 1024 maxelem 65536`,
    ...members[name].map((entry) => `add ${name} ${entry}`),
  ]);
  return {
    rules: `${counting([...filter, ...nat], node).join('\n')}\n# listed: filter\n# listed: nat\n`,
    sets: `${sets.join('\n')}\n`,
    services: virtualServices(services, node),
  };
}

function virtualServices(services, node) {
  const hex = (number, digits) => number.toString(16).toUpperCase().padStart(digits, '0');
  const endpoint = ({ address, port }) =>
    `${address
      .split('.')
      .map((octet) => hex(Number(octet), 2))
      .join('')}:${hex(port, 4)}`;
  return [
    'IP Virtual Server version 1.2.1 (size=4096)',
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
    ...services.flatMap((service, i) => [
      `TCP  ${endpoint(service)} rr `,
      ...service.endpoints.map(
        (end) => `  -> ${endpoint(end)}      Masq    1      ${(node + i) % 7}          0         `,
      ),
    ]),
    '',
  ].join('\n');
}

/** `nft -j list ruleset` of a node in nftables mode. */
export function nftMode(services, node) {
  const own = { family: 'ip', table: 'kube-proxy' };
  // handles count what was ever made there
  let handle = 10 + 1000 * node;
  const [chains, rules] = [[], []];
  const chain = (name, base = {}) => chains.push({ chain: { ...own, name, handle: ++handle, ...base } });
  const rule = (name, ...expr) => rules.push({ rule: { ...own, chain: name, handle: ++handle, expr } });
  const payload = (protocol, field) => ({ payload: { protocol, field } });
  const equal = (left, right, op = '==') => ({ match: { op, left, right } });
  const mark = { meta: { key: 'mark' } };
  const l4proto = { meta: { key: 'l4proto' } };
  const jump = (target) => ({ jump: { target } });
  const goto = (target) => ({ goto: { target } });
  const key = { concat: [payload('ip', 'daddr'), l4proto, payload('th', 'dport')] };
  const verdicts = (name, elem) => ({
    map: {
      ...own,
      name,
      handle: ++handle,
      type: ['ipv4_addr', 'inet_proto', 'inet_service'],
      map: 'verdict',
      ...elem,
    },
  });
  const named = services.map((service) => ({
    ...service,
    chain: `service-${hashed(service.name).slice(0, 8)}-${service.name.replace(':', '/tcp/')}`,
  }));
  const sets = [
    {
      set: {
        ...own,
        name: 'cluster-ips',
        handle: ++handle,
        type: 'ipv4_addr',
        elem: services.map(({ address }) => address),
      },
    },
    {
      set: {
        ...own,
        name: 'nodeport-ips',
        handle: ++handle,
        type: 'ipv4_addr',
        elem: [`10.9.${node >> 8}.${node & 255}`],
      },
    },
    verdicts('service-ips', {
      elem: named.map((one) => [{ concat: [one.address, 'tcp', one.port] }, goto(one.chain)]),
    }),
    verdicts('no-endpoint-services', {}),
    {
      map: {
        ...own,
        name: 'service-nodeports',
        handle: ++handle,
        type: ['inet_proto', 'inet_service'],
        map: 'verdict',
      },
    },
  ];
  const base = (type, hook, prio) => ({ type, hook, prio, policy: 'accept' });
  for (const hook of ['input', 'forward', 'output']) {
    chain(`filter-${hook}`, base('filter', hook, -110));
    rule(`filter-${hook}`, equal({ ct: { key: 'state' } }, 'new', 'in'), jump('service-endpoints-check'));
  }
  for (const [name, hook, prio, target] of [
    ['nat-prerouting', 'prerouting', -100, 'services'],
    ['nat-output', 'output', -100, 'services'],
    ['nat-postrouting', 'postrouting', 100, 'masquerading'],
  ]) {
    chain(name, base('nat', hook, prio));
    rule(name, jump(target));
  }
  for (const name of [
    'services',
    'service-endpoints-check',
    'mark-for-masquerade',
    'masquerading',
    'reject-chain',
  ])
    chain(name);
  rule('reject-chain', { reject: { type: 'icmp', expr: 'port-unreachable' } });
  rule('service-endpoints-check', { vmap: { key, data: '@no-endpoint-services' } });
  rule('services', { vmap: { key, data: '@service-ips' } });
  rule('services', equal(payload('ip', 'daddr'), '@nodeport-ips'), {
    vmap: { key: { concat: [l4proto, payload('th', 'dport')] }, data: '@service-nodeports' },
  });
  rule('mark-for-masquerade', { mangle: { key: mark, value: { '|': [mark, 0x4000] } } });
  rule('masquerading', equal({ '&': [mark, 0x4000] }, 0), { return: null });
  rule('masquerading', { mangle: { key: mark, value: { '^': [mark, 0x4000] } } });
  rule('masquerading', { masquerade: { flags: 'fully-random' } });
  const [prefix, length] = PODS.split('/');
  for (const { name, chain: service, address, port, endpoints } of named) {
    chain(service);
    rule(
      service,
      equal(payload('ip', 'daddr'), address),
      equal(payload('tcp', 'dport'), port),
      equal(payload('ip', 'saddr'), { prefix: { addr: prefix, len: Number(length) } }, '!='),
      jump('mark-for-masquerade'),
    );
    const ends = endpoints.map(
      (end) =>
        `endpoint-${hashed(`${name} ${end.address}`).slice(0, 8)}-${name.replace(':', '/tcp/')}__${end.address}/${end.port}`,
    );
    for (const [i, end] of endpoints.entries()) {
      chain(ends[i]);
      rule(ends[i], equal(payload('ip', 'saddr'), end.address), jump('mark-for-masquerade'));
      rule(ends[i], equal(l4proto, 'tcp'), { dnat: { addr: end.address, port: end.port } });
    }
    rule(service, {
      vmap: {
        key: { numgen: { mode: 'random', mod: endpoints.length, offset: 0 } },
        data: { set: ends.map((name, i) => [i, goto(name)]) },
      },
    });
  }
  const header = [
    { metainfo: { version: '1.0.9', release_name: 'Old Doc Yak #3', json_schema_version: 1 } },
    { table: { family: 'ip', name: 'kube-proxy', handle: 1, comment: 'rules for kube-proxy' } },
  ];
  return `${JSON.stringify({ nftables: [...header, ...sets, ...chains, ...rules] })}\n# listed: ip kube-proxy\n`;
}
