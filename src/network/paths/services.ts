/** The services of a namespace for others: virtual services, and rules that redirect packets to an address. */

import { groupedBy } from '../../grouped-by.ts';
import { onceFor } from '../../once-for.ts';
import { type Address, addressKey } from '../address-text.ts';
import {
  type AddressSet,
  ALL,
  addressSet,
  contains,
  difference,
  firstAddress,
  intersection,
  onlyAddress,
  unionOf,
} from '../addresses.ts';
import { protocolNumber, TCP } from '../fields.ts';
import type { RealServer } from '../ipvs.ts';
import { destinationRules } from '../nat-rules.ts';
import { linkOf, mayLeadOut } from '../topology/links.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { portOf } from '../trace/steps.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import type { Outcome, PacketClass } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { receiveAnyhow } from '../walk/walk.ts';
import { latestAnswers } from './latest-answers.ts';

export interface Service {
  kind: 'ipvs' | 'dnat';
  natGateway: NetnsNode;
  protocol: number;
  /** The address that clients connect to. */
  vip: Address;
  /** The port; 0: any. */
  port: number;
  fwmark: number;
  scheduler: string;
  /** The real servers of IPVS. */
  servers: readonly RealServer[];
}

/** A namespace whose services could not all be found, and the reason. */
export interface Unfollowed {
  node: NetnsNode;
  reason: string;
}

/** @param spared addresses that are not looked at */
export function findServices(
  topology: Topology,
  spared: AddressSet,
): { services: Service[]; unfollowed: Unfollowed[] } {
  const services = topology.nodes.flatMap(virtualServices).filter(({ vip }) => !contains(spared, vip));
  const unfollowed: Unfollowed[] = [];
  for (const node of topology.nodes) {
    if (destinationRules(node.net.ruleset).length > 0)
      services.push(...redirections(topology, node, spared, unfollowed));
  }
  return { services, unfollowed };
}

function virtualServices(natGateway: NetnsNode): Service[] {
  return natGateway.net.services.flatMap((service): Service[] => {
    const { address, port, fwmark, scheduler, servers } = service;
    const plain = { kind: 'ipvs' as const, natGateway, fwmark, scheduler, servers };
    // biome-ignore lint/style/noNonNullAssertion: with an address, it is TCP, UDP or SCTP
    if (address) return [{ ...plain, protocol: protocolNumber(service.protocol)!, vip: address, port }];
    return markedTargets(natGateway, servers).map((target) => ({ ...plain, protocol: TCP, ...target }));
  });
}

/** Returns the destinations marked for a service by firewall mark, by the rules of mangle. */
function markedTargets(
  natGateway: NetnsNode,
  servers: readonly RealServer[],
): { vip: Address; port: number }[] {
  const found = servers.flatMap((server) => byServer(natGateway).get(server) ?? []);
  return distinct(
    found.flatMap(({ part: { packets: set } }) =>
      targetsIn({ destinations: set.destination, port: portOf(set) }, [ownOf(natGateway)]),
    ),
  );
}

/** Groups what comes in by the real server that IPVS sends it to. */
const byServer = onceFor(
  (natGateway: NetnsNode): ReadonlyMap<RealServer | null, Received[]> =>
    groupedBy(received(natGateway, ALL), ({ outcome }) => outcome.server),
);

interface Received {
  part: PacketClass;
  outcome: Outcome;
}

/** Returns everything of TCP that comes in for these addresses, whatever the interface. */
function received({ net }: NetnsNode, destinations: AddressSet): Received[] {
  const parts = receiveAnyhow(net, packets(ALL, destinations, { protocol: [TCP, TCP] }));
  return parts.flatMap((part) => part.outcomes.map((outcome) => ({ part, outcome })));
}

/** Packets that rules send somewhere else. */
interface Redirected {
  destinations: AddressSet;
  port: number;
}

/** Returns what the rules of a namespace redirect, and why not all of that may have been found; null: all was. */
const redirectedIn = latestAnswers(
  (natGateway, destinations): { redirected: readonly Redirected[]; unfollowed: string | null } => {
    const results = received(natGateway, destinations);
    const moved = results.filter(({ outcome }) => outcome.destination !== null && outcome.server === null);
    const isUnknown = results.some(({ outcome }) => outcome.verdict === 'unknown');
    const reason = results.flatMap(({ outcome }) => outcome.doubts.map((doubt) => doubt.reason)).at(-1);
    return {
      redirected: moved.map(({ part }) => ({
        destinations: part.packets.destination,
        port: portOf(part.packets),
      })),
      unfollowed: isUnknown ? (reason ?? 'not all rules are understood') : null,
    };
  },
);

function redirections(
  topology: Topology,
  natGateway: NetnsNode,
  spared: AddressSet,
  unfollowed: Unfollowed[],
): Service[] {
  const found = redirectedIn(natGateway, difference(ALL, spared));
  if (found.unfollowed !== null) unfollowed.push({ node: natGateway, reason: found.unfollowed });
  const own = publicOf(topology, natGateway);
  const targets = distinct(found.redirected.flatMap((one) => targetsIn(one, own)));
  return targets.map(({ vip, port }) => ({
    kind: 'dnat',
    natGateway,
    protocol: TCP,
    vip,
    port,
    fwmark: 0,
    scheduler: '',
    servers: [],
  }));
}

/**
 * One address stands for several of the same treatment: one of the namespace's own on each way in, as other clients
 * come by each.
 */
function targetsIn({ destinations, port }: Redirected, own: readonly AddressSet[]) {
  const only = onlyAddress(destinations);
  const reachable = own.flatMap((addresses) => firstAddress(intersection(destinations, addresses)) ?? []);
  return (only ? [only] : reachable).map((vip) => ({ vip, port }));
}

const ownOf = ({ net }: NetnsNode) => ownAddresses(net);

/** Returns the addresses of each interface that faces others. */
function publicOf({ links }: Topology, node: NetnsNode): AddressSet[] {
  const outer = node.net.interfaces.filter((device) => mayLeadOut(linkOf(links, node, device)));
  return outer.map(({ addresses }) => unionOf(addresses.map(({ address }) => addressSet(address))));
}

function distinct<T extends { vip: Address; port: number }>(targets: readonly T[]): T[] {
  const seen = new Map(targets.map((one) => [`${addressKey(one.vip)} ${one.port}`, one]));
  return [...seen.values()];
}
