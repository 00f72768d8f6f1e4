// What CPU the path engine takes for the rulesets that kube-proxy writes, in both of its modes: reading the text, and
// walking everybody's packets to one service through it. Ends with 1 where 50,000 rules take more than 1.5 s.
import { ALL4, parseAddresses } from '../build/network/addresses.js';
import { parseIptablesSave } from '../build/network/iptables/save.js';
import { parseNftJson } from '../build/network/nft/json.js';
import { parseRoutes } from '../build/network/routes.js';
import { fullBudget } from '../build/network/walk/budget.js';
import { packets } from '../build/network/walk/packets.js';
import { receive } from '../build/network/walk/walk.js';

const LIMIT = 1500;
const RULES_A_SERVICE = 8;

const address = (i) => `10.96.${i >> 8}.${i & 255}`;

function iptablesMode(services) {
  const chains = [
    ':PREROUTING ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':KUBE-SERVICES - [0:0]',
    ':KUBE-POSTROUTING - [0:0]',
    ':KUBE-MARK-MASQ - [0:0]',
  ];
  const portals = [];
  const rules = [
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
  ];
  for (let i = 0; i < services; i++) {
    const about = `-m comment --comment "shop/service-${i}:http"`;
    chains.push(`:KUBE-SVC-${i} - [0:0]`, `:KUBE-SEP-${i}A - [0:0]`, `:KUBE-SEP-${i}B - [0:0]`);
    portals.push(`-A KUBE-SERVICES -d ${address(i)}/32 -p tcp ${about} -m tcp --dport 80 -j KUBE-SVC-${i}`);
    rules.push(
      `-A KUBE-SVC-${i} ! -s 10.244.0.0/16 -d ${address(i)}/32 -p tcp ${about} -m tcp --dport 80 -j KUBE-MARK-MASQ`,
      `-A KUBE-SVC-${i} ${about} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-${i}A`,
      `-A KUBE-SVC-${i} ${about} -j KUBE-SEP-${i}B`,
    );
    for (const [end, host] of [
      ['A', 1],
      ['B', 2],
    ])
      rules.push(
        `-A KUBE-SEP-${i}${end} -s 10.244.${host}.1/32 ${about} -j KUBE-MARK-MASQ`,
        `-A KUBE-SEP-${i}${end} -p tcp ${about} -m tcp -j DNAT --to-destination 10.244.${host}.1:8080`,
      );
  }
  return ['*nat', ...chains, ...portals, ...rules, 'COMMIT', ''].join('\n');
}

function nftMode(services) {
  const table = { family: 'ip', table: 'kube-proxy' };
  const numbers = Array.from({ length: services }, (_, i) => i);
  const elem = numbers.map((i) => [
    { concat: [address(i), 'tcp', 80] },
    { goto: { target: `service-${i}` } },
  ]);
  const key = {
    concat: [
      { payload: { protocol: 'ip', field: 'daddr' } },
      { meta: { key: 'l4proto' } },
      { payload: { protocol: 'th', field: 'dport' } },
    ],
  };
  return JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 'kube-proxy', handle: 1 } },
      {
        map: {
          ...table,
          name: 'service-ips',
          handle: 2,
          type: ['ipv4_addr', 'inet_proto', 'inet_service'],
          map: 'verdict',
          elem,
        },
      },
      {
        chain: {
          ...table,
          name: 'nat-prerouting',
          handle: 3,
          type: 'nat',
          hook: 'prerouting',
          prio: -100,
          policy: 'accept',
        },
      },
      ...numbers.map((i) => ({ chain: { ...table, name: `service-${i}`, handle: i + 10 } })),
      {
        rule: {
          ...table,
          chain: 'nat-prerouting',
          handle: 4,
          expr: [{ vmap: { key, data: '@service-ips' } }],
        },
      },
      ...numbers.map((i) => ({
        rule: {
          ...table,
          chain: `service-${i}`,
          handle: i,
          expr: [{ dnat: { addr: '10.244.1.1', port: 8080 } }],
        },
      })),
    ],
  });
}

/** A router without source validation, as the kernel begins but for forwarding. */
const SETTINGS = new Map(
  ['all', 'eth0'].flatMap((name) =>
    Object.entries({
      forwarding: 1,
      rp_filter: 0,
      accept_local: 0,
      route_localnet: 0,
      src_valid_mark: 0,
    }).map(([setting, value]) => {
      const key = `net.ipv4.conf.${name}.${setting}`;
      return [key, { key, value, origin: 'sysctl', line: 1 }];
    }),
  ),
);

function walk(tables, service) {
  const namespace = {
    release: '6.1.0',
    ruleset: { tables, ipsets: new Map() },
    interfaces: [],
    routes: parseRoutes('default via 10.0.0.1 dev eth0', 4, 'ip route'),
    rules: [],
    budget: fullBudget(),
    services: [],
    virtualConntrack: null,
    settings: SETTINGS,
  };
  const toService = packets(ALL4, parseAddresses(address(service)), {
    protocol: [6, 6],
    destinationPort: [80, 80],
  });
  return receive(namespace, toService, 'eth0');
}

/** Milliseconds of this process's CPU. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The median of five rounds, in milliseconds of CPU. */
function measured(text, parse, service) {
  const rounds = Array.from({ length: 5 }, () => {
    const start = cpu();
    const tables = parse(text);
    const parsed = cpu();
    const parts = walk(tables, service);
    return { parse: parsed - start, walk: cpu() - parsed, parts: parts.length };
  });
  return rounds.sort((a, b) => a.parse + a.walk - b.parse - b.walk)[2];
}

const iptables = { backend: 'legacy', family: 'ip', origin: 'iptables-save' };
const cases = [
  ...[100, 1000, 10_000, 50_000].map((rules) => {
    const services = Math.max(1, Math.round(rules / RULES_A_SERVICE));
    return {
      name: 'iptables',
      rules,
      services,
      text: iptablesMode(services),
      parse: (text) => parseIptablesSave(text, iptables),
    };
  }),
  {
    name: 'nftables',
    rules: 5001,
    services: 5000,
    text: nftMode(5000),
    parse: (text) => parseNftJson(text, 'nft'),
  },
];

console.log('mode      rules   services  parse ms  walk ms  parts');
for (const { name, rules, services, text, parse } of cases) {
  const median = measured(text, parse, services - 1);
  const columns = [
    String(rules).padStart(5),
    String(services).padStart(9),
    median.parse.toFixed(0).padStart(9),
    median.walk.toFixed(1).padStart(8),
    String(median.parts).padStart(6),
  ];
  console.log(`${name}  ${columns.join(' ')}`);
  if (median.parse + median.walk > LIMIT) {
    console.log(`more than ${LIMIT} ms`);
    process.exitCode = 1;
  }
}
