/**
 * Schedules packets that IPVS takes. linux 6.1, net/netfilter/ipvs: ip_vs_core.c (ip_vs_in_hook, ip_vs_schedule),
 * ip_vs_ctl.c (ip_vs_service_find), ip_vs_xmit.c (ip_vs_nat_xmit, ip_vs_nat_send_or_cont).
 */

import { groupedBy } from '../../grouped-by.ts';
import { onceFor } from '../../once-for.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import { addressKey, printEndpoint } from '../address-text.ts';
import { type AddressSet, ALL4, ALL6, addressSet, unionOf } from '../addresses.ts';
import { protocolNumber } from '../fields.ts';
import type { RealServer, VirtualService } from '../ipvs.ts';
import type { Hook, Match } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { byAddress, byChance, doubted, type Flow, unknown, withStep } from './flow.ts';
import type { Bits } from './marks.ts';
import { bothBranches, matchAll } from './match.ts';

const TOO_MUCH = unknown('too many virtual services to follow them all');

export interface Scheduled {
  /** The flows that IPVS leaves alone. */
  untouched: Flow[];
  /** The flows on their way to a real server. */
  taken: Flow[];
  /** The flows of a service without a real server that takes connections. */
  refused: Flow[];
}

/**
 * Schedules a flow. `conntrack`: net.ipv4.vs.conntrack; without it IPVS takes its packets out of conntrack's, and so of
 * nat's, sight.
 */
export function schedule(
  hook: Hook,
  flow: Flow,
  services: readonly VirtualService[],
  conntrack: boolean | null,
  context: EvaluationContext,
): Scheduled {
  const result: Scheduled = { untouched: [], taken: [], refused: [] };
  // a packet that IPVS sent is not scheduled again
  if (flow.ipvs) return { ...result, untouched: [flow] };
  const { marked, byAddress } = indexOf(services);
  const unmarked = pastAll(hook, withMark(marked, flow.mark), [flow], conntrack, context, result);
  for (const part of unmarked) {
    const { mine, others } = divideByAddress(part, byAddress.meeting(part.destination.translated));
    for (const { flows, own } of mine)
      result.untouched.push(...pastAll(hook, own, flows, conntrack, context, result));
    result.untouched.push(...others);
  }
  return result;
}

/** Returns the services by firewall mark that packets with this one can be for. */
const withMark = (marked: ReadonlyMap<number, VirtualService[]>, { value, known }: Bits): VirtualService[] =>
  known === 0xffffffff ? (marked.get(value) ?? []) : [...marked.values()].flat();

/** Divides the packets of a flow by the address that services are for; `others` are for none of these. */
function divideByAddress(
  flow: Flow,
  candidates: readonly AddressServices[],
): { mine: { flows: Flow[]; own: VirtualService[] }[]; others: Flow[] } {
  const whole = byAddress(flow, 'destination', unionOf(candidates.map(({ set }) => set)));
  // the kernel's choice is not known: it may be for any of them
  if (typeof whole === 'object' && whole.kind === 'doubt')
    return { mine: [{ flows: [flow], own: candidates.flatMap(({ own }) => own) }], others: [] };
  const mine = candidates.flatMap(({ set, own }) => {
    const part = byAddress(flow, 'destination', set);
    if (part === 'no') return [];
    return [{ flows: [typeof part === 'object' && part.kind === 'halves' ? part.inside : flow], own }];
  });
  return { mine, others: whole === 'no' ? [flow] : whole === 'yes' ? [] : [whole.outside] };
}

/** Tries services one after another; returns the flows that none of them takes. */
function pastAll(
  hook: Hook,
  services: readonly VirtualService[],
  flows: readonly Flow[],
  conntrack: boolean | null,
  context: EvaluationContext,
  result: Scheduled,
): Flow[] {
  let rest = [...flows];
  for (const service of services) {
    context.budget.left -= rest.length;
    if (context.budget.left < 0) return rest.map((part) => doubted(part, TOO_MUCH));
    const later: Flow[] = [];
    for (const part of rest) {
      const { yes, no } = bothBranches(matchAll(conditions(service), part, context), part, nameOf(service));
      later.push(...no);
      for (const one of yes) serve(hook, one, service, conntrack, result);
    }
    rest = later;
  }
  return rest;
}

/** The services for one address, as they are searched. */
interface AddressServices {
  set: AddressSet;
  own: VirtualService[];
}

interface Index {
  /** The services by firewall mark: they are searched first. */
  marked: ReadonlyMap<number, VirtualService[]>;
  byAddress: AddressIndex<AddressServices>;
}

/** Directors have thousands of services, and each is looked up for the path to each. */
const indexOf = onceFor((services: readonly VirtualService[]): Index => {
  const inOrder = inOrderOfSearch(services);
  const marked = inOrder.filter(({ address }) => address === null);
  // biome-ignore lint/style/noNonNullAssertion: those without one are marked, and first
  const candidates = groupedBy(inOrder.slice(marked.length), ({ address }) => addressKey(address!));
  return {
    marked: groupedBy(marked, ({ fwmark }) => fwmark),
    byAddress: addressIndex(
      // biome-ignore lint/style/noNonNullAssertion: each group has at least one, and all of them have an address
      [...candidates.values()].map((own): AddressServices => ({ set: addressSet(own[0]!.address!), own })),
      ({ set }) => set,
    ),
  };
});

/** Sorts services by firewall mark first, then by address and port, then for all ports. */
function inOrderOfSearch(services: readonly VirtualService[]): VirtualService[] {
  const rank = ({ address, port }: VirtualService) => (address === null ? 0 : port !== 0 ? 1 : 2);
  return [...services].sort((a, b) => rank(a) - rank(b));
}

function conditions({ protocol, address, port, fwmark, family }: VirtualService): Match[] {
  if (address === null)
    return [{ kind: 'mark', of: 'packet', value: fwmark, mask: 0xffffffff, not: false }, ofFamily(family)];
  // biome-ignore lint/style/noNonNullAssertion: with an address, it is TCP, UDP or SCTP
  const number = protocolNumber(protocol)!;
  const where: Match[] = [
    { kind: 'address', side: 'destination', set: addressSet(address), not: false },
    { kind: 'protocol', protocols: [number, number], not: false },
  ];
  return port === 0
    ? where
    : [...where, { kind: 'port', side: 'destination', ports: [port, port], not: false }];
}

const ofFamily = (family: VirtualService['family']): Match =>
  family === null
    ? { kind: 'undecided', text: 'whether a service by mark is of IPv4 or of IPv6' }
    : { kind: 'address', side: 'destination', set: family === 4 ? ALL4 : ALL6, not: false };

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
  const ipvs = { address: flow.destination.translated, ports: flow.destinationPort.translated, server };
  // direct routing and tunnelling leave the packet as it is; the tunnel goes around it
  if (forwarding !== 'masq') return { ...flow, ipvs };
  const set = addressSet(address);
  return {
    ...flow,
    ipvs,
    destination: { original: flow.destination.original, translated: set, identity: false },
    destinationPort:
      port === 0
        ? flow.destinationPort
        : { original: flow.destinationPort.original, translated: [port, port], identity: false },
    translations: { ...flow.translations, destination: { kind: 'address', set } },
  };
}

function seenByConntrack(flow: Flow, conntrack: boolean | null): Flow[] {
  if (conntrack !== null) return [{ ...flow, tracked: flow.tracked && conntrack }];
  const doubt = unknown('net.ipv4.vs.conntrack');
  return [true, false].map((tracked) => doubted({ ...flow, tracked: flow.tracked && tracked }, doubt));
}
