/** From what the hosts of a fleet said to the namespaces that packets go through. */
import addressesCollector from '../collectors/addresses.ts';
import ipvsCollector from '../collectors/ipvs.ts';
import kernelCollector from '../collectors/kernel.ts';
import listenersCollector from '../collectors/listeners.ts';
import namespacesCollector from '../collectors/namespaces.ts';
import natCollector from '../collectors/nat.ts';
import routesCollector from '../collectors/routes.ts';
import sysctlCollector from '../collectors/sysctl.ts';
import type { Answer, HostEvidence } from '../model.ts';
import { parseAddress } from '../network/address-text.ts';
import type { Kernel } from '../network/clocks.ts';
import { parseIpAddress } from '../network/interfaces.ts';
import { rulesetWith } from '../network/iptables/changing-sets.ts';
import { parseIpvsadmSave, parseIpvsTable } from '../network/ipvs.ts';
import { rulesetOf } from '../network/nat-evidence.ts';
import { parseRoutes, parseRules } from '../network/routes.ts';
import { inheritGlobals, type SysctlsKnown } from '../network/sysctl/scope.ts';
import { type Missing, type Station, withLocalRoutes } from '../network/topology/stations.ts';
import { seenOf } from '../network/unseen.ts';
import { type Effort, fullEffort } from '../network/walk/effort.ts';
import { type Lookup, lookupIn, parsed, placeOf, reading, textsOf } from './answers.ts';

/** In the hosts' order, without images and those that could not be asked; of each host `init` first. */
export function stationsIn(hosts: readonly HostEvidence[]): Station[] {
  return hosts
    .filter(({ reached, medium }) => reached.ok && medium?.kind !== 'image')
    .flatMap(({ host, evidence, medium }) => {
      const stations = stationsOf(host.name, lookupIn(evidence), inodesIn(evidence));
      return medium?.takenAt === null ? stations.map(withoutUptime) : stations;
    });
}

/** An uptime of nobody knows when compares with no other. */
function withoutUptime(station: Station): Station {
  return { ...station, kernel: { ...station.kernel, uptime: null } };
}

const inodesIn = (evidence: HostEvidence['evidence']): string[] =>
  [...new Set(evidence.flatMap(({ namespace }) => namespace ?? []))].sort();

function stationsOf(host: string, lookup: Lookup, asked: readonly string[]): Station[] {
  const listed = parsed(namespacesCollector, lookup, null);
  const names = new Map(listed.ok ? listed.value.value.list.map((one) => [one.inode, one]) : []);
  const places = asked.map((inode) => {
    const known = names.get(inode);
    // a kernel without namespaces calls its only one 0; one that is not listed is told by being alone
    const init = known?.init ?? asked.length === 1;
    return { inode, init, name: known?.name ?? (init ? 'init' : inode) };
  });
  places.sort((a, b) => Number(b.init) - Number(a.init) || (a.name < b.name ? -1 : 1));
  const kernel = kernelOf(host, lookup);
  const init = places.find((one) => one.init);
  const hostSysctls = init ? sysctlsOf(lookup, init.inode) : null;
  const effort = fullEffort();
  return places.map((place) => {
    const own = sysctlsOf(lookup, place.inode);
    const sysctls =
      place.init || !own || !hostSysctls ? own : inheritGlobals(own, hostSysctls, kernel.release);
    return stationOf({ host, ...place, lookup, kernel, sysctls, effort });
  });
}

function kernelOf(host: string, lookup: Lookup): Kernel {
  const kernel = parsed(kernelCollector, lookup, null);
  if (!kernel.ok) return { release: '', uptime: null, boot: host };
  const { value, unsupported = {} } = kernel.value;
  const { release, uptime, boot_id } = value;
  return { release, uptime: 'uptime' in unsupported ? null : uptime, boot: boot_id || host };
}

function sysctlsOf(lookup: Lookup, inode: string): SysctlsKnown | null {
  const sysctl = parsed(sysctlCollector, lookup, inode);
  return sysctl.ok ? { values: sysctl.value.value, unreadable: sysctl.value.unreadable ?? {} } : null;
}

interface Place {
  host: string;
  inode: string;
  name: string;
  init: boolean;
  lookup: Lookup;
  kernel: Kernel;
  sysctls: SysctlsKnown | null;
  effort: Effort;
}

function stationOf({ host, inode, name, init, lookup, kernel, sysctls, effort }: Place): Station {
  const missing: Missing[] = [];
  const known = <T>(what: Missing['what'], answer: Answer<T>, empty: T): T => {
    if (answer.ok) return answer.value;
    missing.push({ what, reason: `${answer.problem}, ${answer.reason}` });
    return empty;
  };
  const interfaces = known('addresses', interfacesOf(lookup, inode), []);
  const found = known('routes', routesOf(lookup, inode), { routes: [], rules: [], unseen: [] });
  missing.push(...found.unseen.map((reason) => ({ what: 'routes' as const, reason, inPart: true })));
  const none = { ruleset: rulesetWith([], new Map()), unseen: [] };
  const { unseen, ruleset } = known('nat', rulesetIn(lookup, inode), none);
  missing.push(...unseen.map((reason) => ({ what: 'nat' as const, reason, inPart: true })));
  const services = known('ipvs', servicesOf(lookup, inode), []);
  const setting = (key: string) => {
    const value = sysctls?.values[key];
    return typeof value === 'number' ? value : null;
  };
  const flag = (key: string) => (setting(key) === null ? null : setting(key) !== 0);
  const net = {
    ruleset,
    interfaces,
    routes: withLocalRoutes(found.routes, interfaces),
    rules: found.rules,
    services,
    virtualConntrack: virtualConntrack(sysctls, services.length > 0),
    forwards: { 4: flag('net.ipv4.ip_forward'), 6: flag('net.ipv6.conf.all.forwarding') },
    effort,
  };
  return {
    host,
    namespace: name,
    name: init ? host : `${host}/${name}`,
    init,
    net,
    kernel,
    setting,
    listeners: listenersOf(lookup, inode),
    places: {
      addresses: placeOf(addressesCollector, 'addresses', lookup, inode),
      services: placeOf(ipvsCollector, 'ipvs', lookup, inode),
      uptime: placeOf(kernelCollector, 'uptime', lookup, null),
    },
    missing,
  };
}

/** A kernel without CONFIG_IP_VS_NFCT does not have the setting: it is as if it were off. */
function virtualConntrack(sysctls: SysctlsKnown | null, serves: boolean): boolean | null {
  const key = 'net.ipv4.vs.conntrack';
  if (sysctls === null || key in sysctls.unreadable) return null;
  const value = sysctls.values[key];
  return value === undefined ? (serves ? null : false) : value !== 0;
}

const interfacesOf = (lookup: Lookup, inode: string) =>
  reading(textsOf(addressesCollector, lookup, inode), ({ addresses }) =>
    parseIpAddress(addresses!, addressesCollector.probes.addresses!.origin),
  );

function routesOf(lookup: Lookup, inode: string) {
  return reading(textsOf(routesCollector, lookup, inode), (answers) => {
    const { texts, unseen } = seenOf(answers);
    const { routes = '', routes6 = '', rules = '', rules6 = '' } = texts;
    return {
      routes: [...parseRoutes(routes, 4, 'ip -4 route'), ...parseRoutes(routes6, 6, 'ip -6 route')],
      rules: [...parseRules(rules, 4, 'ip -4 rule'), ...parseRules(rules6, 6, 'ip -6 rule')],
      unseen,
    };
  });
}

function rulesetIn(lookup: Lookup, inode: string) {
  return reading(textsOf(natCollector, lookup, inode), (texts) => {
    const named = (name: keyof typeof texts) => ({
      text: texts[name],
      origin: placeOf(natCollector, name, lookup, inode),
    });
    return rulesetOf({
      legacy: named('legacy'),
      legacy6: named('legacy6'),
      nft: named('nft'),
      nft6: named('nft6'),
      nftables: named('nftables'),
      ipset: named('ipset'),
    });
  });
}

function servicesOf(lookup: Lookup, inode: string) {
  const { probes } = ipvsCollector;
  return reading(textsOf(ipvsCollector, lookup, inode), ({ ipvs, ipvsadm }) => {
    if (ipvs !== undefined) return parseIpvsTable(ipvs, probes.ipvs!.origin);
    return ipvsadm === undefined ? [] : parseIpvsadmSave(ipvsadm, probes.ipvsadm!.origin);
  });
}

function listenersOf(lookup: Lookup, inode: string): Station['listeners'] {
  const listeners = parsed(listenersCollector, lookup, inode);
  if (!listeners.ok) return null;
  return listeners.value.value.list.flatMap(({ address, port }) => {
    const known = parseAddress(address);
    return known ? [{ address: known, port }] : [];
  });
}
