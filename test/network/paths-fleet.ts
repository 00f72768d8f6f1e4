import type { Json } from '../../src/model.ts';
import { parseAddress } from '../../src/network/address-text.ts';
import { parseIpAddress } from '../../src/network/interfaces.ts';
import { parseIpvsadmSave } from '../../src/network/ipvs.ts';
import { readNatEvidence } from '../../src/network/nat-evidence.ts';
import { parseRoutes, parseRules } from '../../src/network/routes.ts';
import { type NetnsNode, withLocalRoutes } from '../../src/network/topology/nodes.ts';
import { fullBudget } from '../../src/network/walk/budget.ts';

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
  /** `0.0.0.0:80`; none given: not known. */
  listeners?: string[];
  missing?: NetnsNode['missing'];
}

/** Namespaces by name: `s2`, `s2/master`. */
export function nodesFrom(fleet: Record<string, Words>): NetnsNode[] {
  return Object.entries(fleet).map(([name, words]) => nodeFrom(name, words, fleet));
}

function nodeFrom(name: string, words: Words, fleet: Record<string, Words>): NetnsNode {
  const [host, namespace = 'init'] = name.split('/') as [string, string | undefined];
  const above = fleet[host] ?? words;
  const sysctl: Record<string, number> = { ...DEFAULTS, ...words.sysctl };
  const interfaces = parseIpAddress(ipAddress(words.interfaces ?? {}), 'ip address');
  const devices = ['all', ...interfaces.map(({ name }) => name.replaceAll('.', '/'))];
  const untouched = devices.flatMap((device) =>
    ['accept_local', 'arp_announce', 'arp_ignore', 'rp_filter'].map(
      (key) => [`net.ipv4.conf.${device}.${key}`, 0] as const,
    ),
  );
  const sysctls = new Map([...untouched, ...Object.entries(sysctl)]);
  const setting = (key: string) => sysctls.get(key) ?? null;
  const conntrack = setting('net.ipv4.vs.conntrack');
  const given = (words.routes ?? []).filter((one) => !one.startsWith('default6')).join('\n');
  const routes = [...parseRoutes(`${connected(words)}\n${given}`, 4, 'ip route'), ...routes6(words)];
  const text = (value: string | undefined, origin: string) => ({ text: value, origin });
  return {
    host,
    namespace,
    name,
    init: namespace === 'init',
    net: {
      ruleset: readNatEvidence({
        legacy: text(words.nat, 'iptables-save'),
        legacy6: text(words.nat6, 'ip6tables-save'),
        nft: text(undefined, 'iptables-nft-save'),
        nft6: text(undefined, 'ip6tables-nft-save'),
        nftables: text(words.nft === undefined ? undefined : JSON.stringify(words.nft), 'nft'),
        ipset: text(undefined, 'ipset'),
      }).ruleset,
      interfaces,
      routes: withLocalRoutes(routes, interfaces),
      rules: parseRules((words.rules ?? []).join('\n'), 4, 'ip rule'),
      services: words.ipvs === undefined ? [] : parseIpvsadmSave(words.ipvs, 'ipvsadm'),
      virtualConntrack: conntrack === null ? false : conntrack !== 0,
      forwards: { 4: setting('net.ipv4.ip_forward') !== 0, 6: setting('net.ipv6.conf.all.forwarding') !== 0 },
      budget: fullBudget(),
    },
    kernel: {
      release: words.kernel ?? above.kernel ?? '3.10.0-1160.el7.x86_64',
      uptime: words.uptime ?? above.uptime ?? null,
      boot: words.boot ?? above.boot ?? host,
    },
    sysctls,
    listeners: words.listeners ? { list: words.listeners.map(endpoint), isWhole: true } : null,
    origins: { addresses: 'ip address', services: '/proc/net/ip_vs', uptime: '/proc/uptime' },
    missing: words.missing ?? [],
  };
}

const DEFAULTS = { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 };

function endpoint(text: string) {
  const at = text.lastIndexOf(':');
  return {
    address: parseAddress(text.slice(0, at).replace(/[[\]]/g, ''))!,
    port: Number(text.slice(at + 1)),
  };
}

function ipAddress(interfaces: Record<string, string[]>): string {
  const all = { lo: ['127.0.0.1/8', ...(interfaces.lo ?? [])], ...withoutLo(interfaces) };
  return Object.entries(all)
    .map(([words, addresses], i) => {
      const [, name, peer, master, index] = /^([^@>#]+)(?:@([^>#]+))?(?:>([^#]+))?(?:#(\d+))?$/.exec(words)!;
      const flags =
        name === 'lo' ? 'LOOPBACK' : /^(kube-ipvs|dummy|tunl)/.test(name!) ? 'BROADCAST,NOARP' : 'BROADCAST';
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
