/** Removes the paths that report nothing that another one does not. */

import { groupedBy } from '../../grouped-by.ts';
import { printAddress } from '../address-text.ts';
import { type AddressSet, equals } from '../addresses.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { FleetPath } from './fleet-path.ts';
import { type SeenSource, totalOf } from './sources.ts';

/**
 * A port that is forwarded on every address of a NAT gateway is one service, however many addresses that are: of paths
 * that differ in nothing else, those are left out all of whose clients another one has.
 */
export function withoutTwins(paths: readonly FleetPath[]): FleetPath[] {
  const groups = groupedBy(paths, serviceOf);
  return paths.filter((path) => {
    const twins: readonly FleetPath[] = groups.get(serviceOf(path)) ?? [path];
    const at = twins.indexOf(path);
    return !twins.some((other, i) => i !== at && describe(other, path) && (i < at || !describe(path, other)));
  });
}

function serviceOf(path: FleetPath): string {
  const { kind, protocol, vip, port, natGateway, server, owners } = path;
  const own = kind === 'dnat' && owners.some(({ node }) => node === natGateway);
  const where = own ? 'its own' : vip && printAddress(vip);
  return [kind, protocol, where, port, natGateway.name, printAddress(server.address), server.port].join();
}

/** True when `other` reports all that `path` does of its clients. */
const describe = (other: FleetPath, path: FleetPath) =>
  path.sources.every((source) => other.sources.some((one) => covers(seenAs(one), seenAs(source))));

/** What a path tells of its clients: so much is held of each. */
export interface Told {
  natGateway: NetnsNode;
  server: NetnsNode | null;
  sources: readonly SeenClients[];
}

interface SeenClients {
  addresses: AddressSet;
  nodes: readonly (NetnsNode | null)[];
  total: number;
}

export const toldBy = ({ natGateway, server, sources }: FleetPath): Told => ({
  natGateway,
  server: server.node,
  sources: sources.map(seenAs),
});

const seenAs = ({ addresses, senders }: SeenSource): SeenClients => ({
  addresses,
  nodes: senders.map(({ client }) => client.node),
  total: totalOf(senders.map(({ client }) => client)),
});

/** Tells whether a service's path reports all that one of plain packets to its server would. */
export function isCoveredBy(told: readonly Told[], { natGateway, server, sources }: FleetPath): boolean {
  const worst = sources[0] && seenAs(sources[0]);
  return told.some(
    (other) =>
      other.natGateway === natGateway &&
      other.server === server.node &&
      other.sources.some((source) => worst === undefined || covers(source, worst)),
  );
}

const covers = (a: SeenClients, b: SeenClients): boolean =>
  equals(a.addresses, b.addresses) && b.nodes.every((node) => a.nodes.includes(node)) && a.total >= b.total;
