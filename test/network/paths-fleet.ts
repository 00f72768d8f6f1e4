import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { nodesOf } from '../../src/fleet/nodes.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { Json } from '../../src/model.ts';
import { parseAddress } from '../../src/network/address-text.ts';
import { parseIpAddress } from '../../src/network/interfaces.ts';
import { parseIpvsadmSave } from '../../src/network/ipvs.ts';
import { readNatEvidence } from '../../src/network/nat-evidence.ts';
import { parseRoutes } from '../../src/network/routes.ts';
import { parseRules } from '../../src/network/routing-rules.ts';
import { type NetnsNode, withBudget, withLocalRoutes } from '../../src/network/topology/nodes.ts';
import type { PacketQuestion } from '../../src/network/trace/packet.ts';
import { fullBudget } from '../../src/network/walk/budget.ts';
import { parseYaml } from '../../src/yaml.ts';
import { settingsOf } from './settings.ts';

/** A namespace in a few words; the kernel's own routes are made of its addresses. */
export interface Words {
  kernel?: string;
  uptime?: number;
  boot?: string;
  sysctl?: Record<string, number>;
  /** `eth0`, `veth1@if6>br0` (a port of br0, with its other end at index 6), `eth0@if7#6` (at index 6 itself). */
  interfaces?: Record<string, string[]>;
  routes?: string[];
  rules?: string[];
  /** iptables-save */
  nat?: string;
  nat6?: string;
  /** nft -j list ruleset */
  nft?: Json;
  /** ipvsadm -S -n */
  ipvs?: string;
  /** ipset save */
  ipset?: string;
  /** `0.0.0.0:80`; none given: not known. */
  listeners?: string[];
  missing?: NetnsNode['missing'];
  /** False: its host has namespaces that were not seen. */
  allSeen?: boolean;
  inode?: string;
}

const FOLDER = join(import.meta.dirname, 'fleets');

/** The fleets that are kept in words, by the names of their files. */
export const keptFleets = (): [file: string, fleet: Record<string, Words>][] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => {
      const { value } = parseYaml(readFileSync(join(FOLDER, name), 'utf8'), name);
      return [name, (value as unknown as { fleet: Record<string, Words> }).fleet];
    });

/** The namespaces of the demo, as its hosts told of them. */
export const demoNodes = (): NetnsNode[] =>
  readSnapshot(join(import.meta.dirname, '../../inventories/demo')).hosts.flatMap((host) =>
    withBudget(nodesOf(readHost(host))),
  );

/** The connection of the incident, through the demo. */
export const INCIDENT: PacketQuestion = {
  source: parseAddress('192.168.128.158')!,
  destination: parseAddress('192.168.128.5')!,
  protocol: 6,
  sourcePort: null,
  destinationPort: 5432,
  at: null,
  input: null,
};

/** Namespaces by name: `s2`, `s2/master`. */
export function nodesFrom(fleet: Record<string, Words>): NetnsNode[] {
  return Object.entries(fleet).map(([name, words]) => nodeFrom(name, words, fleet));
}

function nodeFrom(name: string, words: Words, fleet: Record<string, Words>): NetnsNode {
  const [host, namespace = 'init'] = name.split('/') as [string, string | undefined];
  const above = fleet[host] ?? words;
  const interfaces = parseIpAddress(ipAddress(words.interfaces ?? {}), 'ip address');
  const names = interfaces.map(({ name: device }) => device);
  const setting = (key: string) => words.sysctl?.[key] ?? null;
  const conntrack = setting('net.ipv4.vs.conntrack');
  const given = (words.routes ?? []).filter((one) => !one.startsWith('default6')).join('\n');
  const routes = [...parseRoutes(`${connected(words)}\n${given}`, 4, 'ip route'), ...routes6(words)];
  const text = (value: string | undefined, origin: string) => ({ text: value, origin });
  return {
    host,
    namespace,
    name,
    init: namespace === 'init',
    inode: words.inode ?? '',
    allSeen: words.allSeen ?? above.allSeen ?? true,
    net: {
      release: words.kernel ?? above.kernel ?? '3.10.0-1160.el7.x86_64',
      ruleset: readNatEvidence({
        legacy: text(words.nat, 'iptables-save'),
        legacy6: text(words.nat6, 'ip6tables-save'),
        nft: text(undefined, 'iptables-nft-save'),
        nft6: text(undefined, 'ip6tables-nft-save'),
        nftables: text(words.nft === undefined ? undefined : JSON.stringify(words.nft), 'nft'),
        ipset: text(words.ipset, 'ipset'),
      }).ruleset,
      interfaces,
      routes: withLocalRoutes(routes, interfaces),
      rules: parseRules((words.rules ?? []).join('\n'), 4, 'ip rule'),
      services: words.ipvs === undefined ? [] : parseIpvsadmSave(words.ipvs, 'ipvsadm'),
      virtualConntrack: conntrack === null ? false : conntrack !== 0,
      settings: settingsOf(names, words.sysctl),
      budget: fullBudget(),
    },
    kernel: {
      release: words.kernel ?? above.kernel ?? '3.10.0-1160.el7.x86_64',
      uptime: words.uptime ?? above.uptime ?? null,
      readAt: { from: 0, to: 0 },
      boot: words.boot ?? above.boot ?? host,
    },
    timestamps: setting('net.ipv4.tcp_timestamps'),
    portsHeld: setting('net.netfilter.nf_conntrack_tcp_timeout_time_wait'),
    listeners: words.listeners ? { list: words.listeners.map(endpoint), isWhole: true } : null,
    origins: { uptime: '/proc/uptime' },
    missing: words.missing ?? [],
  };
}

function endpoint(text: string) {
  const at = text.lastIndexOf(':');
  return {
    address: parseAddress(text.slice(0, at).replace(/[[\]]/g, ''))!,
    port: Number(text.slice(at + 1)),
  };
}

const FLAGS = [
  [/^lo$/, 'LOOPBACK'],
  [/^vrf/, 'NOARP,MASTER'],
  [/^(kube-ipvs|dummy|tunl)/, 'BROADCAST,NOARP'],
  [/^/, 'BROADCAST'],
] as const;

function ipAddress(interfaces: Record<string, string[]>): string {
  const all = { lo: ['127.0.0.1/8', ...(interfaces.lo ?? [])], ...withoutLo(interfaces) };
  return Object.entries(all)
    .map(([words, addresses], i) => {
      const [, name, peer, master, index] = /^([^@>#]+)(?:@([^>#]+))?(?:>([^#]+))?(?:#(\d+))?$/.exec(words)!;
      const [, flags] = FLAGS.find(([pattern]) => pattern.test(name!))!;
      const link = `${index ?? i + 1}: ${name}${peer ? `@${peer}` : ''}: <${flags},UP,LOWER_UP> mtu 1500`;
      const lines = addresses.map((one) => {
        const family = one.includes(':') ? 'inet6' : 'inet';
        return `    ${family} ${one} scope ${name === 'lo' && one.startsWith('127.') ? 'host' : 'global'} ${name}`;
      });
      return [`${link}${master ? ` master ${master}` : ''} state UP`, ...lines].join('\n');
    })
    .join('\n');
}

const withoutLo = ({ lo, ...others }: Record<string, string[]>) => others;

/** What the kernel adds for each network. */
function connected({ interfaces = {} }: Words): string {
  return Object.entries(interfaces)
    .flatMap(([words, addresses]) =>
      addresses.flatMap((one) => {
        const [address, bits] = one.split('/') as [string, string];
        const name = words.replace(/[@>#].*$/, '');
        if (one.includes(':') || bits === '32') return [];
        return [`${address}/${bits} dev ${name} proto kernel scope link src ${address}`];
      }),
    )
    .join('\n');
}

function routes6({ interfaces = {}, routes = [] }: Words) {
  const own = Object.entries(interfaces).flatMap(([words, addresses]) =>
    addresses.flatMap((one) => {
      const name = words.replace(/[@>#].*$/, '');
      return one.includes(':') && !one.endsWith('/128') ? [`${one} dev ${name} proto kernel metric 256`] : [];
    }),
  );
  return parseRoutes(
    [
      ...own,
      ...routes.filter((one) => one.startsWith('default6')).map((one) => one.replace('default6', 'default')),
    ].join('\n'),
    6,
    'ip -6 route',
  );
}
