/** The ways of a service's clients, each to one of its servers. */

import { groupedBy } from '../../grouped-by.ts';
import { type Address, printAddress } from '../address-text.ts';
import {
  ALL,
  addressSet,
  contains,
  difference,
  firstAddress,
  isEmpty,
  onlyAddress,
  setKey,
  size,
  unionOf,
} from '../addresses.ts';
import { isServerOf } from '../ipvs.ts';
import type { Station } from '../topology/stations.ts';
import type { Topology } from '../topology/topology.ts';
import { follow, type Journey, type Leg } from '../trace/trace.ts';
import { afterwards } from '../walk/outcomes.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { changesSource } from '../walk/step.ts';
import { sourceFor, UNSPECIFIED } from '../walk/walk.ts';
import { type Client, type Crowd, crowdsTo, type Member, type NodeRule, strangersAt } from './clients.ts';
import type { Service } from './services.ts';
import type { Traffic } from './traffic.ts';

/** Some clients, all on one way. */
export interface Way {
  clients: Client[];
  journey: Journey;
}

/** A server of a service, and the ways that lead to it. */
export interface Served {
  address: Address;
  /** 0: any. */
  port: number;
  /** The director's part of one of the ways. */
  leg: Leg;
  ways: Way[];
}

/** By server, in the order in which ways lead to them. */
export function waysOf(topology: Topology, traffic: Traffic, service: Service): Served[] {
  const { director, vip, protocol, port } = service;
  const fields = fieldsOf(protocol, port);
  const crowds = [...crowdsTo(topology, traffic, vip), ...strangersAt(topology, director, vip)];
  const ways = [
    ...waysFrom(topology, director, vip, fields),
    ...crowds.flatMap((crowd) => waysThrough(topology, crowd, vip, fields)),
  ];
  const served = new Map<string, Served>();
  for (const way of ways) {
    const at = way.journey.legs.findIndex((one) => isServedBy(service, one));
    if (at < 0) continue;
    const leg = way.journey.legs[at]!;
    const server = serverOf(leg, way.journey.legs[at + 1]?.before ?? way.journey.packets);
    const key = `${printAddress(server.address)} ${server.port}`;
    const known = served.get(key);
    if (known) known.ways.push(way);
    else served.set(key, { ...server, leg, ways: [way] });
  }
  return [...served.values()];
}

type Fields = Parameters<typeof packets>[2];

const fieldsOf = (protocol: number, port: number): Fields => ({
  protocol: [protocol, protocol],
  ...(port ? { destinationPort: [port, port] } : {}),
});

/** What a namespace's own sockets send to an address. */
export function waysFrom(topology: Topology, station: Station, target: Address, fields: Fields): Way[] {
  const source = sourceFor(station.net, packets(UNSPECIFIED[target.family], addressSet(target), fields));
  if (!source) return [];
  const client: Client = { station, sources: addressSet(source) };
  const sent = packets(client.sources, addressSet(target), fields);
  return follow(topology, station, { kind: 'sent' }, sent).map((journey) => ({ clients: [client], journey }));
}

/** What a crowd sends to an address, from where it comes in. */
export function waysThrough(topology: Topology, crowd: Crowd, target: Address, fields: Fields): Way[] {
  const arriving = packets(crowd.sources, addressSet(target), fields);
  const entry = { kind: 'received' as const, input: crowd.input };
  const ways = follow(topology, crowd.station, entry, arriving).flatMap((journey) => {
    const doubts = [...crowd.doubts, ...journey.doubts];
    return waysOfMembers(membersIn(crowd, journey), { ...journey, doubts }, arriving);
  });
  return crowd.members.some(({ client }) => client.station === null) ? oneOfEachKind(ways) : ways;
}

/** More ways than this are not shown apart by the routers that led to them. */
const MAX_APART = 8;

/** A way for each row of routers before; for very many rows, one for all. */
function waysOfMembers(members: readonly Member[], journey: Journey, arriving: PacketSet): Way[] {
  const rows = [...groupedBy(members, ({ legs }) => legs.at(-1))];
  const apart = rows.length <= MAX_APART ? rows : [[undefined, members] as const];
  return apart.map(([last, some]) => ({
    clients: some.map(({ client, legs }) => ({ ...client, rules: sourceRulesOn(legs) })),
    journey: last ? { ...journey, legs: [...legsBefore(some, arriving), ...journey.legs] } : journey,
  }));
}

/** Routers were passed with all that they pass on: of that, what these clients sent here. */
function legsBefore(members: readonly Member[], arriving: PacketSet): Leg[] {
  let source = unionOf(members.map(({ client }) => client.sources));
  return members[0]!.legs.map((leg) => {
    const before = { ...arriving, source };
    const after = afterwards(before, leg.outcome);
    source = after.source;
    return { ...leg, before, after };
  });
}

/** The members of a crowd that are on a journey. */
function membersIn({ members }: Crowd, { origin }: Journey): Member[] {
  return members.flatMap((member) => {
    if (member.leaves !== null) return contains(origin, member.leaves) ? [member] : [];
    const some = difference(origin, difference(ALL, member.client.sources));
    return isEmpty(some) ? [] : [{ ...member, client: { station: null, sources: some } }];
  });
}

/** The rules that changed sources. */
export function sourceRulesOn(legs: readonly Leg[]): NodeRule[] {
  return legs.flatMap(({ station, outcome }) =>
    outcome.steps.flatMap((step) =>
      step.kind === 'rule' && changesSource(step.action) ? [{ station, rule: step.rule }] : [],
    ),
  );
}

/** Strangers are cut up by every rule that names a network: of those who fare alike, the most stand for all. */
function oneOfEachKind(ways: readonly Way[]): Way[] {
  const kinds = new Map<string, Way>();
  for (const way of ways) {
    const { ending, legs, packets: after, origin } = way.journey;
    const changed = legs.some(({ outcome }) => outcome.source !== null);
    const server = legs.find(({ outcome }) => outcome.server)?.outcome.server?.address;
    const key = [
      ending,
      legs.at(-1)?.station.name,
      server && printAddress(server),
      setKey(after.destination),
      changed && setKey(after.source),
    ].join(' ');
    const known = kinds.get(key);
    if (!known || size(known.journey.origin) < size(origin)) kinds.set(key, way);
  }
  return [...kinds.values()];
}

function isServedBy({ kind, director, servers }: Service, { station, outcome }: Leg): boolean {
  if (station !== director) return false;
  if (kind === 'ipvs') return outcome.server !== null && isServerOf(servers, outcome.server);
  return outcome.server === null && outcome.destination !== null;
}

/** `next`: the packets as they come to the one after the director, where one of a pool has been chosen. */
function serverOf({ outcome, after }: Leg, next: PacketSet): { address: Address; port: number } {
  const { server } = outcome;
  const ports = after.destinationPort;
  const only = ports.length === 2 && ports[0] === ports[1] ? ports[0]! : 0;
  if (server) return { address: server.address, port: server.port || only };
  return { address: onlyAddress(next.destination) ?? firstAddress(after.destination)!, port: only };
}
