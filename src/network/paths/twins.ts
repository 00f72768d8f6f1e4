/** Removes the paths that report nothing that another one does not. */

import { groupedBy } from '../../grouped-by.ts';
import { printAddress } from '../address-text.ts';
import { equals } from '../addresses.ts';
import type { FleetPath } from './fleet-path.ts';
import { type SeenSource, type Sender, totalOf } from './sources.ts';

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
  path.sources.every((source) => other.sources.some((one) => covers(one, source)));

/** Tells whether a service's path reports all that one of plain packets to its server would. */
export function isCoveredBy(
  paths: readonly FleetPath[],
  { natGateway, server, sources }: FleetPath,
): boolean {
  const [worst] = sources;
  return paths.some(
    (other) =>
      other.natGateway === natGateway &&
      other.server.node === server.node &&
      other.sources.some((source) => worst === undefined || covers(source, worst)),
  );
}

function covers(a: SeenSource, b: SeenSource): boolean {
  const has = ({ client }: Sender) => a.senders.some((one) => one.client.node === client.node);
  const total = ({ senders }: SeenSource) => totalOf(senders.map(({ client }) => client));
  return equals(a.addresses, b.addresses) && b.senders.every(has) && total(a) >= total(b);
}
