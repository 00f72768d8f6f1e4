/**
 * Packets that IPVS takes. linux 6.1, net/netfilter/ipvs: ip_vs_core.c (ip_vs_in_hook, ip_vs_schedule), ip_vs_ctl.c
 * (ip_vs_service_find), ip_vs_xmit.c (ip_vs_nat_xmit, ip_vs_nat_send_or_cont).
 */
import { addressKey, printEndpoint } from '../address-text.ts';
import { type AddressSet, addressSet, onlyAddress } from '../addresses.ts';
import { protocolNumber } from '../fields.ts';
import type { RealServer, VirtualService } from '../ipvs.ts';
import type { Hook, Match } from '../ruleset.ts';
import { all, bothWays } from './ask.ts';
import { byChance, doubted, type Flow, unknown, withStep } from './flow.ts';
import type { World } from './world.ts';

const TOO_MUCH = unknown('too many virtual services to follow them all');

export interface Scheduled {
  /** Those that IPVS leaves alone. */
  untouched: Flow[];
  /** On their way to a real server. */
  taken: Flow[];
  /** Of a service without a real server that takes connections. */
  refused: Flow[];
}

/** `conntrack`: net.ipv4.vs.conntrack; without it IPVS takes its packets out of conntrack's, and so of nat's, sight. */
export function schedule(
  hook: Hook,
  flow: Flow,
  services: readonly VirtualService[],
  conntrack: boolean | null,
  world: World,
): Scheduled {
  const result: Scheduled = { untouched: [], taken: [], refused: [] };
  // a packet that IPVS sent is not asked again
  if (flow.virtual) return { ...result, untouched: [flow] };
  let rest = [flow];
  for (const service of candidates(services, flow.destination.now)) {
    const later: Flow[] = [];
    world.effort.left -= rest.length;
    if (world.effort.left < 0) return { ...result, untouched: rest.map((part) => doubted(part, TOO_MUCH)) };
    for (const part of rest) {
      const { yes, no } = bothWays(all(conditions(service), part, world), part, nameOf(service));
      later.push(...no);
      for (const one of yes) serve(hook, one, service, conntrack, result);
    }
    rest = later;
  }
  return { ...result, untouched: rest };
}

/** Those that packets to these addresses can be for, as they are searched. */
function candidates(services: readonly VirtualService[], destinations: AddressSet): VirtualService[] {
  const { inOrder, byAddress } = indexOf(services);
  const only = onlyAddress(destinations);
  return only === null ? inOrder : (byAddress.get(addressKey(only)) ?? byAddress.get(ANY) ?? []);
}

/** Services in the order of the search. By the key of an address: its own, among those by firewall mark. */
interface Index {
  inOrder: VirtualService[];
  byAddress: Map<string, VirtualService[]>;
}

/** Where only those by firewall mark are left. */
const ANY = '';

/** Directors have thousands of services, and each is asked for the way to each. */
const KNOWN = new WeakMap<readonly VirtualService[], Index>();

function indexOf(services: readonly VirtualService[]): Index {
  const known = KNOWN.get(services);
  if (known) return known;
  const inOrder = inOrderOfSearch(services);
  const marked = inOrder.filter(({ address }) => address === null);
  const byAddress = new Map([[ANY, marked]]);
  for (const service of inOrder.slice(marked.length)) {
    const key = addressKey(service.address!);
    const own = byAddress.get(key) ?? [...marked];
    own.push(service);
    byAddress.set(key, own);
  }
  KNOWN.set(services, { inOrder, byAddress });
  return { inOrder, byAddress };
}

/** By firewall mark first, then by address and port, then for all ports. */
function inOrderOfSearch(services: readonly VirtualService[]): VirtualService[] {
  const rank = ({ address, port }: VirtualService) => (address === null ? 0 : port !== 0 ? 1 : 2);
  return [...services].sort((a, b) => rank(a) - rank(b));
}

function conditions({ protocol, address, port, fwmark }: VirtualService): Match[] {
  if (address === null) return [{ kind: 'mark', of: 'packet', value: fwmark, mask: 0xffffffff, not: false }];
  const number = protocolNumber(protocol)!;
  const where: Match[] = [
    { kind: 'address', side: 'destination', set: addressSet(address), not: false },
    { kind: 'protocol', protocols: [number, number], not: false },
  ];
  return port === 0
    ? where
    : [...where, { kind: 'port', side: 'destination', ports: [port, port], not: false }];
}

const nameOf = ({ protocol, address, port, fwmark }: VirtualService) =>
  address ? `${protocol} ${printEndpoint(address, port)}` : `mark ${fwmark}`;

function serve(
  hook: Hook,
  flow: Flow,
  service: VirtualService,
  conntrack: boolean | null,
  result: Scheduled,
): void {
  const servers = service.servers.filter(({ weight }) => weight > 0);
  if (servers.length === 0)
    result.refused.push(withStep(flow, { kind: 'ipvs', hook, action: 'refuse', service }));
  for (const server of servers) {
    const doubt = byChance(
      `which real server of ${nameOf(service)} the scheduler ${service.scheduler} chooses`,
    );
    const chosen = servers.length === 1 ? flow : doubted(flow, doubt);
    const step = { kind: 'ipvs', hook, action: 'schedule', service, server } as const;
    result.taken.push(...seenByConntrack(withStep(sent(chosen, server), step, chosen), conntrack));
  }
}

function sent(flow: Flow, server: RealServer): Flow {
  const { address, port, forwarding } = server;
  const virtual = { address: flow.destination.now, ports: flow.destinationPort.now, server };
  // direct routing and tunnelling leave the packet as it is; the tunnel goes around it
  if (forwarding !== 'masq') return { ...flow, virtual };
  const set = addressSet(address);
  return {
    ...flow,
    virtual,
    destination: { first: flow.destination.first, now: set, linked: false },
    destinationPort:
      port === 0
        ? flow.destinationPort
        : { first: flow.destinationPort.first, now: [port, port], linked: false },
    translated: { ...flow.translated, destination: { kind: 'address', set } },
  };
}

function seenByConntrack(flow: Flow, conntrack: boolean | null): Flow[] {
  if (conntrack !== null) return [{ ...flow, tracked: flow.tracked && conntrack }];
  const doubt = unknown('net.ipv4.vs.conntrack');
  return [true, false].map((tracked) => doubted({ ...flow, tracked: flow.tracked && tracked }, doubt));
}
