/** How what a namespace's own sockets send leaves it: toward whom, and with which source address. */
import type { Address } from '../address-text.ts';
import { type AddressSet, ALL4, ALL6, addressSet, intersection, isEmpty, onlyAddress } from '../addresses.ts';
import { TCP } from '../fields.ts';
import type { Station } from '../topology/stations.ts';
import type { Leg } from '../trace/trace.ts';
import { type Doubt, flowOf, unchained, unknown } from '../walk/flow.ts';
import { type Namespace, worldOf } from '../walk/namespace.ts';
import { translatedSet } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { type Routed, routed } from '../walk/routing.ts';
import { send, UNSPECIFIED } from '../walk/walk.ts';

export interface Departure {
  station: Station;
  /** The last namespace that it went through: its own, or a router's. */
  from: Station;
  /** What routers of the fleet made of it since. */
  legs: readonly Leg[];
  /** The source that the kernel chooses for a socket which binds to none. */
  source: Address;
  /** The source when it has left: another where the namespace's own rules change it. */
  leaves: Address;
  destinations: AddressSet;
  out: string;
  /** The next router; null where the destinations are on the link. */
  gateway: Address | null;
  doubts: readonly Doubt[];
}

const TCP_ONLY = { protocol: [TCP, TCP] };

/** Toward `targets`, without those that never leave the namespace. */
export function departuresOf(station: Station, targets: AddressSet): Departure[] {
  return ([4, 6] as const).flatMap((family) => {
    const set = intersection(targets, family === 4 ? ALL4 : ALL6);
    return isEmpty(set) ? [] : departuresIn(station, set, family);
  });
}

function departuresIn(station: Station, targets: AddressSet, family: 4 | 6): Departure[] {
  const { net } = station;
  const ways = routed(flowOf(packets(UNSPECIFIED[family], targets, TCP_ONLY), { in: '' }), net, worldOf(net));
  return ways.flatMap((way) => {
    const source = chosenSource(net, way);
    return source ? leaving(station, way, source) : [];
  });
}

function chosenSource(net: Namespace, { flow, route, hop }: Routed): Address | null {
  if (route?.type !== 'unicast' || !hop?.device) return null;
  if (route.source) return route.source;
  const given = worldOf(net).masquerade({ ...flow, out: hop.device, gateway: hop.via });
  return typeof given === 'string' ? null : onlyAddress(given);
}

function leaving(station: Station, { flow, hop }: Routed, source: Address): Departure[] {
  const destinations = flow.destination.now;
  const own = { station, from: station, legs: [], source, leaves: source };
  const plain = { ...own, out: hop!.device!, gateway: hop!.via };
  const unread = station.missing.map(({ what, reason }) => unknown(`${what} of ${station.name}: ${reason}`));
  const doubts = [...unchained(flow.doubts), ...unread];
  if (!hasRules(station)) return [{ ...plain, destinations, doubts }];
  const parts = send(station.net, packets(addressSet(source), destinations, TCP_ONLY));
  return parts.flatMap((part) =>
    part.outcomes.flatMap((outcome): Departure[] => {
      const leaves = onlyAddress(translatedSet(part.packets.source, outcome.source));
      // what is sent elsewhere from here on has this namespace for its director
      if (outcome.verdict !== 'forwarded' || outcome.destination || outcome.server) return [];
      if (outcome.out === null || leaves === null) return [];
      const { out, gateway } = outcome;
      const reached = part.packets.destination;
      return [
        { ...plain, leaves, out, gateway, destinations: reached, doubts: [...doubts, ...outcome.doubts] },
      ];
    }),
  );
}

/** Without rules and virtual services, what leaves is what was sent. */
const hasRules = ({ net }: Station) =>
  net.services.length > 0 ||
  net.ruleset.tables.some(({ chains }) => [...chains.values()].some(({ rules }) => rules.length > 0));
