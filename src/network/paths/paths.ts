/** The paths of a fleet: from clients to servers, through whatever changes addresses on the way. */

import { groupedBy } from '../../grouped-by.ts';
import type { Address } from '../address-text.ts';
import { addressSet, prefixSet, union, unionOf } from '../addresses.ts';
import { sourceRules } from '../nat-rules.ts';
import type { Station } from '../topology/stations.ts';
import { type Holding, holdersOf, type Topology, topologyOf } from '../topology/topology.ts';
import type { FleetPath } from './fleet-path.ts';
import { serverEnd } from './server.ts';
import { type Service, servicesOf, type Unfollowed } from './services.ts';
import { sourcesOf } from './sources.ts';
import { isToldBy, withoutTwins } from './told.ts';
import { trafficOf } from './traffic.ts';
import { translatedPaths } from './translators.ts';
import { type Served, waysOf } from './ways.ts';

export interface FleetPaths {
  paths: FleetPath[];
  unfollowed: Unfollowed[];
}

/** More paths than this are not worked out. */
const MAX_PATHS = 5000;

/** `spread`: seconds that may lie between the readings of two hosts' uptimes. */
export function fleetPaths(stations: readonly Station[], spread: number): FleetPaths {
  const topology = topologyOf(stations);
  const { services, unfollowed } = servicesOf(topology);
  const targets = union(networksOf(topology), unionOf(services.map(({ vip }) => addressSet(vip))));
  const traffic = trafficOf(topology, targets);
  const followed: FleetPath[] = [];
  const left = new Set<Station>();
  for (const service of inOrder(topology, services)) {
    if (followed.length >= MAX_PATHS) {
      left.add(service.director);
      continue;
    }
    for (const served of waysOf(topology, traffic, service)) {
      if (followed.length >= MAX_PATHS) {
        left.add(service.director);
        break;
      }
      const { kind, protocol, vip, port, fwmark, director } = service;
      const owners = ownersOf(topology, director, vip);
      const about = { kind, protocol, vip, port, fwmark, director, owners };
      followed.push(pathOf(topology, served, about, spread));
    }
  }
  const paths = withoutTwins(followed);
  const more = translatedPaths(topology, traffic, spread);
  for (const served of more.served) {
    const { station: director } = served.leg;
    const about = { kind: 'snat' as const, protocol: 6, vip: null, port: 0, fwmark: 0, director, owners: [] };
    const path = pathOf(topology, served, about, spread);
    if (!isToldBy(paths, path)) paths.push(path);
  }
  const exhausted = stations.filter(({ net }) => net.effort.left < 0);
  const given = [...groupedBy(exhausted, ({ net }) => net.effort).values()].map(([first]) => first!);
  return {
    paths,
    unfollowed: [...unfollowed, ...[...left].map(tooMany), ...more.unfollowed, ...given.map(tooMuchEffort)],
  };
}

/** Every address of the fleet, in few ranges: whole networks. */
const networksOf = ({ holdings }: Topology) =>
  unionOf(
    [...holdings.values()].flatMap(([first]) =>
      first ? prefixSet(first.address.address, first.address.prefix) : [],
    ),
  );

const tooMany = (station: Station): Unfollowed => ({
  station,
  reason: `the fleet has more than ${MAX_PATHS} paths; not all were followed`,
});

const tooMuchEffort = (station: Station): Unfollowed => ({
  station,
  reason:
    'following packets through its rules, routes and services takes too many steps; not all were followed',
});

/** Services that others can reach come before those that each host has for itself alone. */
function inOrder(topology: Topology, services: readonly Service[]): Service[] {
  const isPublic = ({ director, vip }: Service) =>
    holdersOf(topology, vip).some(({ station, wire }) => station === director && wire.kind === 'public');
  return [...services.filter(isPublic), ...services.filter((one) => !isPublic(one))];
}

type About = Pick<FleetPath, 'kind' | 'protocol' | 'vip' | 'port' | 'fwmark' | 'director' | 'owners'>;

function pathOf(topology: Topology, served: Served, about: About, spread: number): FleetPath {
  const { address, port, ways, leg } = served;
  const end = serverEnd(topology, served, about.protocol, about.vip);
  const server = { ...end, address, port, real: leg.outcome.server };
  const rules = sourceRules(about.director.net.ruleset).length;
  return { ...about, server, ways, sources: sourcesOf(ways, spread), sourceRules: rules };
}

/** Who has the address where the director has it, the director itself among them. */
function ownersOf(topology: Topology, director: Station, vip: Address): Holding[] {
  const holders = holdersOf(topology, vip);
  const segments = new Set(
    holders.flatMap(({ station, wire }) =>
      station === director && wire.kind === 'public' ? [wire.segment] : [],
    ),
  );
  return holders.filter(
    ({ station, wire }) =>
      segments.has(wire.segment) ||
      (wire.kind === 'silent' &&
        [...topology.wires.get(station)!.values()].some((one) => segments.has(one.segment))),
  );
}
