/** Builds the namespaces that packets go through from what a host reported. */
import addressesCollector from '../collectors/addresses.ts';
import ipvsCollector from '../collectors/ipvs.ts';
import kernelCollector from '../collectors/kernel.ts';
import listenersCollector from '../collectors/listeners.ts';
import namespacesCollector from '../collectors/namespaces.ts';
import natCollector from '../collectors/nat.ts';
import routesCollector from '../collectors/routes.ts';
import sysctlCollector from '../collectors/sysctl.ts';
import type { Parsed } from '../define.ts';
import { type HostModel, type NetnsModel, type ReadFact, releaseOf } from '../host/host-model.ts';
import type { Reading } from '../host/reading.ts';
import type { Answer } from '../model.ts';
import { parseAddress } from '../network/address-text.ts';
import type { Kernel } from '../network/clocks.ts';
import { whyNotByRules, xdpDoubts } from '../network/ebpf.ts';
import { decidesPaths, type InterfaceSetting, type Settings } from '../network/interface-settings.ts';
import { rulesetWith } from '../network/iptables/changing-sets.ts';
import { type Missing, type NetnsNode, type Unbudgeted, withLocalRoutes } from '../network/topology/nodes.ts';
import { onceFor } from '../once-for.ts';

/** The collectors that nodes are made of. */
export const NODE_COLLECTORS: readonly { id: string }[] = [
  addressesCollector,
  ipvsCollector,
  kernelCollector,
  listenersCollector,
  namespacesCollector,
  natCollector,
  routesCollector,
  sysctlCollector,
];

/** The facts that nodes are made of. */
export const NODE_FACTS: readonly string[] = NODE_COLLECTORS.map(({ id }) => id);

/** One node for each namespace, the host's own first; none of an image, nor of a host that could not be asked. */
export const nodesOf = onceFor((host: HostModel): readonly Unbudgeted<NetnsNode>[] => {
  if (host.medium?.kind === 'image') return [];
  const ofHost = { kernel: kernelOf(host), allSeen: allSeen(host) };
  return host.namespaces.map((namespace) => nodeOf(host, ofHost, namespace));
});

function allSeen({ read, namespaces }: HostModel): boolean {
  const listed = read(namespacesCollector);
  return (
    listed.ok &&
    listed.value.fact.partial === undefined &&
    namespaces.every((one) => one.read(addressesCollector).ok)
  );
}

function kernelOf(model: HostModel): Kernel {
  const { host, read } = model;
  const release = releaseOf({ read });
  const readAt = readingTime(model);
  const kernel = read(kernelCollector);
  if (!kernel.ok) return { release, uptime: null, readAt: NEVER, boot: host.name };
  const { value, unsupported = {}, unreadable = {} } = kernel.value.fact;
  // the uptime of a reading without a time compares with no other
  const isKnown = !('uptime' in unsupported || 'uptime' in unreadable);
  const uptime = isKnown && readAt ? value.uptime : null;
  return { release, uptime, readAt: readAt ?? NEVER, boot: value.boot_id || host.name };
}

const NEVER = { from: 0, to: 0 };
/** Uptimes in archives count in minutes. */
const MINUTE = 60;

function readingTime({ askedAt, medium }: HostModel): Kernel['readAt'] | null {
  if (medium) {
    if (medium.takenAt === null) return null;
    const taken = seconds(medium.takenAt);
    return { from: taken - MINUTE, to: taken + MINUTE };
  }
  return askedAt ? { from: seconds(askedAt.from), to: seconds(askedAt.to) } : null;
}

const seconds = (time: string) => Date.parse(time) / 1000;

function nodeOf(
  { host, read: readHost }: HostModel,
  ofHost: Pick<NetnsNode, 'kernel' | 'allSeen'>,
  { name, inode, read }: NetnsModel,
): Unbudgeted<NetnsNode> {
  const missing: Missing[] = [];
  const known = <M>(what: Missing['what'], answer: Answer<Reading<unknown, M>>, empty: M): M => {
    if (!answer.ok) {
      const { problem, reason } = answer;
      missing.push({ what, problem, reason: `${problem}, ${reason}` });
      return empty;
    }
    missing.push(...answer.value.cut.map((reason) => ({ what, reason, inPart: true })));
    return answer.value.model;
  };
  const inPart = (what: Missing['what'], unseen: readonly Pick<Missing, 'reason' | 'family'>[]) =>
    missing.push(...unseen.map((part) => ({ ...part, what, inPart: true })));
  const init = name === 'init';
  const addresses = known('addresses', read(addressesCollector), NO_ADDRESSES);
  inPart('addresses', addresses.unseen);
  const { interfaces } = addresses;
  const { routes, rules, unseen } = known('routes', read(routesCollector), NO_ROUTES);
  inPart('routes', unseen);
  const nat = known('nat', read(natCollector), NO_RULES);
  inPart('nat', nat.unseen);
  const ebpf = whyNotByRules(interfaces);
  if (ebpf !== null) missing.push({ what: 'nat', reason: ebpf });
  inPart(
    'nat',
    xdpDoubts(interfaces).map((reason) => ({ reason })),
  );
  const { services, unseen: unseenServices } = known('ipvs', read(ipvsCollector), NO_SERVICES);
  inPart('ipvs', unseenServices);
  const sysctls = read(sysctlCollector);
  return {
    ...ofHost,
    host: host.name,
    namespace: name,
    name: init ? host.name : `${host.name}/${name}`,
    init,
    inode: inode === '0' ? '' : inode,
    net: {
      release: ofHost.kernel.release,
      ruleset: nat.ruleset,
      interfaces,
      routes: withLocalRoutes(routes, interfaces),
      rules,
      services,
      virtualConntrack: virtualConntrack(sysctls, services.length > 0),
      settings: settingsIn(sysctls),
    },
    timestamps: numberIn(sysctls, 'net.ipv4.tcp_timestamps'),
    portsHeld: numberIn(sysctls, 'net.netfilter.nf_conntrack_tcp_timeout_time_wait'),
    listeners: listenersOf(read),
    origins: { uptime: uptimeOrigin(readHost) },
    missing,
  };
}

const NO_ADDRESSES = { interfaces: [], unseen: [] };
const NO_SERVICES = { services: [], unseen: [] };
const NO_ROUTES = {
  routes: [],
  rules: [],
  unseen: [],
  origins: { routes: '', routes6: '', rules: '', rules6: '' },
};
const NO_RULES = {
  ruleset: rulesetWith([], new Map()),
  unseen: [],
  legacyTables: null,
  incompatible: [],
  program: null,
};

type Sysctls = Answer<{ fact: Parsed<Record<string, unknown>> }>;

/** Returns the settings that decide about packets, those that are known. */
function settingsIn(sysctls: Sysctls): Settings {
  if (!sysctls.ok) return new Map();
  const { value, lines = {} } = sysctls.value.fact;
  return new Map(
    Object.entries(value).flatMap(([key, number]): [string, InterfaceSetting][] => {
      if (typeof number !== 'number' || !decidesPaths(key)) return [];
      const [line] = [lines[key] ?? []].flat();
      return [[key, { key, value: number, origin: line?.origin ?? '', line: line?.line ?? 0 }]];
    }),
  );
}

function numberIn(sysctls: Sysctls, key: string): number | null {
  const value = sysctls.ok ? sysctls.value.fact.value[key] : null;
  return typeof value === 'number' ? value : null;
}

/** A kernel without CONFIG_IP_VS_NFCT does not have the setting: it is as if it were off. */
function virtualConntrack(sysctls: Sysctls, serves: boolean): boolean | null {
  const key = 'net.ipv4.vs.conntrack';
  if (!sysctls.ok) return null;
  const { value, unreadable = {} } = sysctls.value.fact;
  if (key in unreadable) return null;
  return value[key] === undefined ? (serves ? null : false) : value[key] !== 0;
}

function uptimeOrigin(read: ReadFact): string {
  const kernel = read(kernelCollector);
  const line = kernel.ok ? kernel.value.fact.lines?.uptime : undefined;
  return [line].flat()[0]?.origin ?? kernelCollector.probes.uptime.origin;
}

function listenersOf(read: ReadFact): NetnsNode['listeners'] {
  const listeners = read(listenersCollector);
  if (!listeners.ok) return null;
  const { value, partial } = listeners.value.fact;
  const list = value.list.flatMap(({ address, port }) => {
    const known = parseAddress(address);
    return known ? [{ address: known, port }] : [];
  });
  return { list, isWhole: partial === undefined };
}
