/** The paths of a fleet: from clients to servers, through every NAT gateway on the way. */

import { groupBy } from '../../grouped-by.ts';
import { onceFor } from '../../once-for.ts';
import type { Address } from '../address-text.ts';
import { addressSet, difference, isEmpty, prefixSet, union, unionOf } from '../addresses.ts';
import { TCP } from '../fields.ts';
import { destinationRules, sourceRules } from '../nat-rules.ts';
import type { Ruleset } from '../ruleset.ts';
import { type LikeServices, likeServices, NOTHING_ALIKE } from '../symmetry/like-services.ts';
import { linkOf, mayLeadOut } from '../topology/links.ts';
import { distinctNodes, type NetnsNode } from '../topology/nodes.ts';
import { type AddressOwner, ownersOf, type Topology, topologyOf } from '../topology/topology.ts';
import { MOST_ALIKE } from './alike-senders.ts';
import { type Served, traceClients } from './client-traces.ts';
import type { FleetPath } from './fleet-path.ts';
import { ownTranslatedPaths } from './own-translators.ts';
import { serverEnd } from './server.ts';
import { findServices, type Service, type Unfollowed } from './services.ts';
import { sourcesOf } from './sources.ts';
import { traceTraffic } from './traffic.ts';
import { translatedPaths } from './translators.ts';
import { isCoveredBy, type Told, toldBy, withoutTwins } from './twins.ts';

/** Where there may be more paths than this, one stands for all that are like it. */
const MANY_PATHS = 5000;
/** More paths than this are not worked out, where each may stand for others. */
const MAX_KINDS = 20_000;

/**
 * Hands over every path of a fleet as soon as it has been followed: each holds the traces of all its clients. Returns
 * what could not be followed.
 *
 * @param many the number of paths from which on one stands for all that are like it
 * @param alikeSenders the number of hosts of one kind, far from a service, that are followed each
 * @param compared the nodes of this fleet and of those that it is compared with: what is not alike in one of them is
 *   followed in each
 */
export function followPaths(
  nodes: readonly NetnsNode[],
  take: (path: FleetPath) => void,
  many = MANY_PATHS,
  alikeSenders = MOST_ALIKE,
  compared: readonly NetnsNode[] = nodes,
): Unfollowed[] {
  const topology = topologyOf(nodes);
  const { spared, alike } =
    mostPaths(compared) > many ? likeServices(distinctNodes(compared)) : NOTHING_ALIKE;
  const most = isEmpty(spared) ? MANY_PATHS : MAX_KINDS;
  const { services, unfollowed } = findServices(topology, spared);
  const networks = difference(networksOf(topology), spared);
  const targets = union(networks, unionOf(services.map(({ vip }) => addressSet(vip))));
  const traffic = traceTraffic(topology, targets, alikeSenders);
  const told: Told[] = [];
  const tell = (path: FleetPath): void => {
    told.push(toldBy(path));
    take(path);
  };
  const left = new Set<NetnsNode>();
  let followed = 0;
  for (const group of inOrder(topology, services)) {
    const paths: FleetPath[] = [];
    for (const service of group) {
      const servers = followed < most ? traceClients(topology, traffic, service) : null;
      const some = servers?.slice(0, most - followed) ?? [];
      if (some.length < (servers?.length ?? 1)) left.add(service.natGateway);
      followed += some.length;
      paths.push(...some.map((served) => servicePath(topology, service, served, alike)));
    }
    for (const path of withoutTwins(paths)) tell(path);
  }
  const more = translatedPaths(topology, traffic);
  for (const served of [...more.served, ...ownTranslatedPaths(topology, traffic)]) {
    const path = pathOf(topology, served, { ...PLAIN, natGateway: served.hop.node });
    if (!isCoveredBy(told, path)) tell(path);
  }
  const exhausted = nodes.filter(({ net }) => net.budget.left < 0);
  const exceeded = groupBy(exhausted, ({ net }) => net.budget).map(([first]) => first);
  return [
    ...unfollowed,
    ...[...left].map((node) => tooMany(node, most)),
    ...more.unfollowed,
    ...exceeded.map(tooMuchBudget),
  ];
}

/** Returns how many paths there may be: one for each server of a service, and for each rule that sends packets on. */
const mostPaths = (nodes: readonly NetnsNode[]) =>
  nodes.reduce(
    (sum, { net: { services, ruleset } }) =>
      sum + services.reduce((all, { servers }) => all + servers.length, 0) + destinationRules(ruleset).length,
    0,
  );

/** Returns every address of the fleet, in few ranges: whole networks. */
const networksOf = ({ owners }: Topology) =>
  unionOf(
    [...owners.values()].flatMap(([first]) =>
      first ? prefixSet(first.address.address, first.address.prefix) : [],
    ),
  );

const tooMany = (node: NetnsNode, most: number): Unfollowed => ({
  node,
  reason: `the fleet has more than ${most} paths; not all were followed`,
});

const tooMuchBudget = (node: NetnsNode): Unfollowed => ({
  node,
  reason:
    'following packets through its rules, routes and services takes too many steps; not all were followed',
});

/**
 * Returns services by NAT gateway, as some of one may have twins: those that others can reach come before those that each
 * host has for itself alone.
 */
function inOrder(topology: Topology, services: readonly Service[]): Service[][] {
  const isPublic = ({ natGateway, vip }: Service) =>
    ownersOf(topology, vip).some(({ node, link }) => node === natGateway && mayLeadOut(link));
  const both = [services.filter(isPublic), services.filter((one) => !isPublic(one))];
  return both.flatMap((some) => groupBy(some, ({ kind, natGateway }) => `${kind} ${natGateway.name}`));
}

type About = Pick<
  FleetPath,
  'kind' | 'protocol' | 'vip' | 'port' | 'fwmark' | 'natGateway' | 'owners' | 'alike'
>;

/** Packets to their servers' own addresses. */
const PLAIN = {
  kind: 'snat' as const,
  protocol: TCP,
  vip: null,
  port: 0,
  fwmark: 0,
  owners: [],
  alike: 0,
};

function servicePath(
  topology: Topology,
  { kind, protocol, vip, port, fwmark, natGateway }: Service,
  served: Served,
  alike: LikeServices['alike'],
): FleetPath {
  const owners = otherOwners(topology, natGateway, vip);
  const about = { kind, protocol, vip, port, fwmark, natGateway, owners };
  return pathOf(topology, served, { ...about, alike: alike(vip, served.address) });
}

function pathOf(topology: Topology, served: Served, about: About): FleetPath {
  const { address, port, clientTraces, hop } = served;
  const end = serverEnd(topology, served, about.protocol, about.vip);
  const server = { ...end, address, port, real: hop.outcome.server };
  const rules = sourceRuleCount(about.natGateway.net.ruleset);
  return { ...about, server, clientTraces, sources: sourcesOf(clientTraces), sourceRules: rules };
}

/** The number of rules that may change a packet's source, by ruleset: many paths lead through one. */
const sourceRuleCount = onceFor((ruleset: Ruleset) => sourceRules(ruleset).length);

/** Returns the owners of the address on the NAT gateway's segment, the gateway itself among them. */
function otherOwners(topology: Topology, natGateway: NetnsNode, vip: Address): AddressOwner[] {
  const owners = ownersOf(topology, vip);
  const segments = new Set(
    owners.flatMap(({ node, link }) => (node === natGateway && mayLeadOut(link) ? [link.segment] : [])),
  );
  return owners.filter(
    ({ node, link }) =>
      segments.has(link.segment) ||
      (link.kind === 'silent' &&
        node.net.interfaces.some((device) => segments.has(linkOf(topology.links, node, device).segment))),
  );
}
