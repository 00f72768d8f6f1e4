/** Builds the namespaces that packets go through from what a host reported. */
import addressesCollector from '../collectors/addresses.ts';
import ipvsCollector from '../collectors/ipvs.ts';
import kernelCollector from '../collectors/kernel.ts';
import listenersCollector from '../collectors/listeners.ts';
import namespacesCollector from '../collectors/namespaces.ts';
import natCollector from '../collectors/nat.ts';
import routesCollector from '../collectors/routes.ts';
import sysctlCollector from '../collectors/sysctl.ts';
import { type HostModel, type NetnsModel, type ReadFact, releaseOf } from '../host/host-model.ts';
import type { Answer } from '../model.ts';
import { parseAddress } from '../network/address-text.ts';
import type { Kernel } from '../network/clocks.ts';
import { rulesetWith } from '../network/iptables/changing-sets.ts';
import { type Missing, type NetnsNode, type Unbudgeted, withLocalRoutes } from '../network/topology/nodes.ts';

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

/** One node for each namespace, the host's own first; none of an image, nor of a host that could not be asked. */
export function nodesOf(host: HostModel): Unbudgeted<NetnsNode>[] {
  if (host.medium?.kind === 'image') return [];
  const kernel = kernelOf(host);
  return host.namespaces.map((namespace) => nodeOf(host, kernel, namespace));
}

function kernelOf({ host, read, medium }: HostModel): Kernel {
  const release = releaseOf({ read });
  const kernel = read(kernelCollector);
  if (!kernel.ok) return { release, uptime: null, boot: host.name };
  const { value, unsupported = {} } = kernel.value.fact;
  // the uptime of a reading without a time compares with no other
  const untimed = 'uptime' in unsupported || medium?.takenAt === null;
  return { release, uptime: untimed ? null : value.uptime, boot: value.boot_id || host.name };
}

function nodeOf(
  { host, read: readHost }: HostModel,
  kernel: Kernel,
  { name, read }: NetnsModel,
): Unbudgeted<NetnsNode> {
  const missing: Missing[] = [];
  const known = <M>(what: Missing['what'], answer: Answer<{ model: M }>, empty: M): M => {
    if (answer.ok) return answer.value.model;
    missing.push({ what, reason: `${answer.problem}, ${answer.reason}` });
    return empty;
  };
  const inPart = (what: Missing['what'], unseen: readonly Pick<Missing, 'reason' | 'family'>[]) =>
    missing.push(...unseen.map((part) => ({ ...part, what, inPart: true })));
  const init = name === 'init';
  const {
    interfaces,
    origin: addresses,
    unseen: unseenAddresses,
  } = known('addresses', read(addressesCollector), {
    interfaces: [],
    text: [],
    origin: addressesCollector.probes.addresses.origin,
    unseen: null,
  });
  inPart('addresses', unseenAddresses === null ? [] : [{ reason: unseenAddresses }]);
  const { routes, rules, unseen } = known('routes', read(routesCollector), NO_ROUTES);
  inPart('routes', unseen);
  const nat = known('nat', read(natCollector), NO_RULES);
  inPart('nat', nat.unseen);
  const { services, origin: ipvs } = known('ipvs', read(ipvsCollector), {
    services: [],
    text: [],
    origin: ipvsCollector.probes.ipvs.origin,
  });
  const sysctls = read(sysctlCollector);
  const numbers = numbersIn(sysctls);
  const flag = (key: string) => (numbers.has(key) ? numbers.get(key) !== 0 : null);
  return {
    host: host.name,
    namespace: name,
    name: init ? host.name : `${host.name}/${name}`,
    init,
    net: {
      ruleset: nat.ruleset,
      interfaces,
      routes: withLocalRoutes(routes, interfaces),
      rules,
      services,
      virtualConntrack: virtualConntrack(sysctls, services.length > 0),
      forwards: { 4: flag('net.ipv4.ip_forward'), 6: flag('net.ipv6.conf.all.forwarding') },
    },
    kernel,
    sysctls: numbers,
    listeners: listenersOf(read),
    origins: { addresses, services: ipvs, uptime: uptimeOrigin(readHost) },
    missing,
  };
}

const NO_ROUTES = {
  routes: [],
  rules: [],
  unseen: [],
  origins: { routes: '', routes6: '', rules: '', rules6: '' },
};
const NO_RULES = { ruleset: rulesetWith([], new Map()), unseen: [], program: null };

type Sysctls = Answer<{ fact: { value: Record<string, unknown>; unreadable?: Record<string, string> } }>;

function numbersIn(sysctls: Sysctls): Map<string, number> {
  const entries = sysctls.ok ? Object.entries(sysctls.value.fact.value) : [];
  return new Map(
    entries.flatMap(([key, value]): [string, number][] => (typeof value === 'number' ? [[key, value]] : [])),
  );
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
