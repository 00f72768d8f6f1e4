/** The questions that a fleet is asked: who sends packets there, and which. */
import {
  type AddressSet,
  ALL,
  ALL4,
  ALL6,
  addressSet,
  difference,
  intersection,
  isEmpty,
  unionOf,
} from '../addresses.ts';
import { NEVER } from '../paths/special-purpose.ts';
import type { Route } from '../routes.ts';
import { linkOf, mayLeadOut } from '../topology/links.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { LOOPBACK } from '../walk/local-addresses.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import type { Start } from './follow-all.ts';

/** Packets that are followed together, as they start in one place. */
export interface FleetQuestion {
  start: Start;
  packets: PacketSet;
}

/** Returns the addresses that hosts outside of a fleet may have. */
export const outsideOf = ({ own }: Topology): AddressSet => difference(difference(ALL, NEVER), own);

/**
 * Returns everything that may be sent in a fleet: what each namespace's own sockets send from its addresses, to itself by
 * the loopback interface too, and what comes in from outside, from any address that nobody of the fleet has.
 */
export const questionsOf = (topology: Topology): FleetQuestion[] =>
  topology.nodes.flatMap((node) => [...sentBy(node), ...comingIn(topology, node)]);

const FAMILIES = [ALL4, ALL6];

function sentBy(node: NetnsNode): FleetQuestion[] {
  const start: Start = { node, entry: { kind: 'sent' } };
  const own = addressesOf(node);
  return FAMILIES.flatMap((family) => [
    ...asked(start, difference(intersection(own, family), LOOPBACK), difference(family, NEVER)),
    ...asked(start, intersection(intersection(own, LOOPBACK), family), intersection(LOOPBACK, family)),
  ]);
}

function comingIn(topology: Topology, node: NetnsNode): FleetQuestion[] {
  const { links } = topology;
  const sources = outsideOf(topology);
  const outer = node.net.interfaces.filter((device) => mayLeadOut(linkOf(links, node, device)));
  return outer.flatMap(({ name }) =>
    FAMILIES.flatMap((family) =>
      asked(
        { node, entry: { kind: 'received', input: name } },
        intersection(sources, family),
        difference(family, NEVER),
      ),
    ),
  );
}

const asked = (start: Start, source: AddressSet, destination: AddressSet): FleetQuestion[] =>
  isEmpty(source) ? [] : [{ start, packets: packets(source, destination) }];

/** Returns the addresses that sockets of a namespace send from: of its interfaces that are up, and of local routes. */
export const addressesOf = ({ net }: NetnsNode): AddressSet =>
  unionOf([
    localByRoutes(net.routes),
    ...net.interfaces
      .filter(({ flags }) => flags.includes('UP'))
      .flatMap(({ addresses }) => addresses.map(({ address }) => addressSet(address))),
  ]);

/**
 * Sockets of IPv4 bind to what the table `local` calls so, and those of IPv6 to addresses of interfaces: linux 6.1,
 * net/ipv4/af_inet.c, __inet_bind; net/ipv6/af_inet6.c, __inet6_bind.
 */
function localByRoutes(routes: readonly Route[]): AddressSet {
  const own = routes.filter(
    ({ family, table, protocol }) => family === 4 && table === 'local' && protocol !== 'kernel',
  );
  const destinations = (of: readonly Route[]) => unionOf(of.map(({ destination }) => destination));
  const others = destinations(own.filter(({ type }) => type !== 'local'));
  return difference(destinations(own.filter(({ type }) => type === 'local')), unionOf([others, LOOPBACK]));
}
