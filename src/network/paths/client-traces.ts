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
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { follow, type Hop, type Trace } from '../trace/trace.ts';
import { afterwards } from '../walk/outcomes.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { changesSource } from '../walk/step.ts';
import { sourceFor, UNSPECIFIED } from '../walk/walk.ts';
import {
  type Client,
  type ClientClass,
  clientClassesTo,
  externalClientsAt,
  type Member,
  type NodeRule,
} from './clients.ts';
import type { Service } from './services.ts';
import type { Traffic } from './traffic.ts';

/** Some clients, all on one way. */
export interface ClientTrace {
  clients: Client[];
  trace: Trace;
}

/** A server of a service, and the ways that lead to it. */
export interface Served {
  address: Address;
  /** 0: any. */
  port: number;
  /** The director's part of one of the ways. */
  hop: Hop;
  clientTraces: ClientTrace[];
}

/** By server, in the order in which ways lead to them. */
export function clientTracesOf(topology: Topology, traffic: Traffic, service: Service): Served[] {
  const { natGateway, vip, protocol, port } = service;
  const fields = fieldsOf(protocol, port);
  const clientClasses = [
    ...clientClassesTo(topology, traffic, vip),
    ...externalClientsAt(topology, natGateway, vip),
  ];
  const clientTraces = [
    ...clientTracesFrom(topology, natGateway, vip, fields),
    ...clientClasses.flatMap((clientClass) => clientTracesThrough(topology, clientClass, vip, fields)),
  ];
  const served = new Map<string, Served>();
  for (const clientTrace of clientTraces) {
    const at = clientTrace.trace.hops.findIndex((one) => isServedBy(service, one));
    if (at < 0) continue;
    const hop = clientTrace.trace.hops[at]!;
    const server = serverOf(hop, clientTrace.trace.hops[at + 1]?.before ?? clientTrace.trace.packets);
    const key = `${printAddress(server.address)} ${server.port}`;
    const known = served.get(key);
    if (known) known.clientTraces.push(clientTrace);
    else served.set(key, { ...server, hop, clientTraces: [clientTrace] });
  }
  return [...served.values()];
}

type Fields = Parameters<typeof packets>[2];

const fieldsOf = (protocol: number, port: number): Fields => ({
  protocol: [protocol, protocol],
  ...(port ? { destinationPort: [port, port] } : {}),
});

/** What a namespace's own sockets send to an address. */
export function clientTracesFrom(
  topology: Topology,
  node: NetnsNode,
  target: Address,
  fields: Fields,
): ClientTrace[] {
  const source = sourceFor(node.net, packets(UNSPECIFIED[target.family], addressSet(target), fields));
  if (!source) return [];
  const client: Client = { node, sources: addressSet(source) };
  const sent = packets(client.sources, addressSet(target), fields);
  return follow(topology, node, { kind: 'sent' }, sent).map((trace) => ({ clients: [client], trace }));
}

/** What a crowd sends to an address, from where it comes in. */
export function clientTracesThrough(
  topology: Topology,
  clientClass: ClientClass,
  target: Address,
  fields: Fields,
): ClientTrace[] {
  const arriving = packets(clientClass.sources, addressSet(target), fields);
  const entry = { kind: 'received' as const, input: clientClass.input };
  const clientTraces = follow(topology, clientClass.node, entry, arriving).flatMap((trace) => {
    const doubts = [...clientClass.doubts, ...trace.doubts];
    return waysOfMembers(membersIn(clientClass, trace), { ...trace, doubts }, arriving);
  });
  return clientClass.members.some(({ client }) => client.node === null)
    ? oneOfEachKind(clientTraces)
    : clientTraces;
}

/** More ways than this are not shown apart by the routers that led to them. */
const MAX_APART = 8;

/** A way for each row of routers before; for very many rows, one for all. */
function waysOfMembers(members: readonly Member[], trace: Trace, arriving: PacketSet): ClientTrace[] {
  const rows = [...groupedBy(members, ({ hops }) => hops.at(-1))];
  const apart = rows.length <= MAX_APART ? rows : [[undefined, members] as const];
  return apart.map(([last, some]) => ({
    clients: some.map(({ client, hops }) => ({ ...client, rules: sourceRulesOn(hops) })),
    trace: last ? { ...trace, hops: [...hopsBefore(some, arriving), ...trace.hops] } : trace,
  }));
}

/** Routers were passed with all that they pass on: of that, what these clients sent here. */
function hopsBefore(members: readonly Member[], arriving: PacketSet): Hop[] {
  let source = unionOf(members.map(({ client }) => client.sources));
  return members[0]!.hops.map((hop) => {
    const before = { ...arriving, source };
    const after = afterwards(before, hop.outcome);
    source = after.source;
    return { ...hop, before, after };
  });
}

/** The members of a crowd that are on a journey. */
function membersIn({ members }: ClientClass, { origin }: Trace): Member[] {
  return members.flatMap((member) => {
    if (member.leaves !== null) return contains(origin, member.leaves) ? [member] : [];
    const some = difference(origin, difference(ALL, member.client.sources));
    return isEmpty(some) ? [] : [{ ...member, client: { node: null, sources: some } }];
  });
}

/** The rules that changed sources. */
export function sourceRulesOn(hops: readonly Hop[]): NodeRule[] {
  return hops.flatMap(({ node, outcome }) =>
    outcome.steps.flatMap((step) =>
      step.kind === 'rule' && changesSource(step.action) ? [{ node, rule: step.rule }] : [],
    ),
  );
}

/** Strangers are cut up by every rule that names a network: of those who fare alike, the most stand for all. */
function oneOfEachKind(clientTraces: readonly ClientTrace[]): ClientTrace[] {
  const kinds = new Map<string, ClientTrace>();
  for (const clientTrace of clientTraces) {
    const { ending, hops, packets: after, origin } = clientTrace.trace;
    const changed = hops.some(({ outcome }) => outcome.source !== null);
    const server = hops.find(({ outcome }) => outcome.server)?.outcome.server?.address;
    const key = [
      ending,
      hops.at(-1)?.node.name,
      server && printAddress(server),
      setKey(after.destination),
      changed && setKey(after.source),
    ].join(' ');
    const known = kinds.get(key);
    if (!known || size(known.trace.origin) < size(origin)) kinds.set(key, clientTrace);
  }
  return [...kinds.values()];
}

function isServedBy({ kind, natGateway, servers }: Service, { node, outcome }: Hop): boolean {
  if (node !== natGateway) return false;
  if (kind === 'ipvs') return outcome.server !== null && isServerOf(servers, outcome.server);
  return outcome.server === null && outcome.destination !== null;
}

/** `next`: the packets as they come to the one after the director, where one of a pool has been chosen. */
function serverOf({ outcome, after }: Hop, next: PacketSet): { address: Address; port: number } {
  const { server } = outcome;
  const ports = after.destinationPort;
  const only = ports.length === 2 && ports[0] === ports[1] ? ports[0]! : 0;
  if (server) return { address: server.address, port: server.port || only };
  return { address: onlyAddress(next.destination) ?? firstAddress(after.destination)!, port: only };
}
