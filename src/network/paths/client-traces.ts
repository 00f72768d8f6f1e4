/** The traces of a service's clients, each to one of its servers. */

import { groupedBy } from '../../grouped-by.ts';
import { onceFor } from '../../once-for.ts';
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
import { portOf } from '../trace/steps.ts';
import { follow, type Hop, type Trace } from '../trace/trace.ts';
import { afterwards, sourceRulesIn } from '../walk/outcomes.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { narrowest, type PortAllocation } from '../walk/port-allocation.ts';
import { UNSPECIFIED } from '../walk/routing.ts';
import { sourceFor } from '../walk/walk.ts';
import {
  type Client,
  type ClientClass,
  clientClassesTo,
  externalClientsAt,
  type Member,
  memberOf,
  type NodeRule,
} from './clients.ts';
import type { Service } from './services.ts';
import type { Traffic } from './traffic.ts';

/** Some clients, all on one trace. */
export interface ClientTrace {
  clients: Client[];
  trace: Trace;
  /** The number of hops before that: routers of the fleet which one of them came through. */
  before: number;
}

/** A server of a service, and the traces that lead to it. */
export interface Served {
  address: Address;
  /** The port; 0: any. */
  port: number;
  /** The hop of one of the traces at the NAT gateway. */
  hop: Hop;
  clientTraces: ClientTrace[];
}

/** Returns the traces by server, in the order in which traces lead to them. */
export function traceClients(topology: Topology, traffic: Traffic, service: Service): Served[] {
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
    const { hops, packets: last } = clientTrace.trace;
    const at = hops.findIndex((one) => isServedBy(service, one));
    const hop = hops[at];
    if (!hop) continue;
    const server = serverOf(hop, hops[at + 1]?.before ?? last);
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

/** Returns the traces of a namespace's own sockets to an address. */
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
  return follow(topology, node, { kind: 'sent' }, sent).map((trace) => ({
    clients: [client],
    trace,
    before: 0,
  }));
}

/** Returns the traces of a client class to an address, from where it comes in. */
export function clientTracesThrough(
  topology: Topology,
  clientClass: ClientClass,
  target: Address,
  fields: Fields,
): ClientTrace[] {
  const arriving = packets(clientClass.sources, addressSet(target), fields);
  const entry = { kind: 'received' as const, input: clientClass.input };
  const traces = follow(topology, clientClass.node, entry, arriving);
  const members = toldApart(clientClass.members, traces);
  const clientTraces = traces.flatMap((trace) => {
    const doubts = [...clientClass.doubts, ...trace.doubts];
    return tracesOfMembers(membersIn(members, trace), { ...trace, doubts }, arriving);
  });
  return clientClass.members.some(({ client }) => client.node === null)
    ? oneOfEachKind(clientTraces)
    : clientTraces;
}

/** More traces than this are not distinguished by the routers that led to them. */
const MAX_APART = 8;

/** Returns a trace for each row of routers before; for very many rows, one for all. */
function tracesOfMembers(members: readonly Member[], trace: Trace, arriving: PacketSet): ClientTrace[] {
  const rows = [...groupedBy(members, ({ hops }) => hops.at(-1))];
  const apart = rows.length <= MAX_APART ? rows : [[undefined, members] as const];
  return apart.map(([last, some]) => {
    const clients = some.map(afterHops);
    if (last === undefined) return { clients, trace, before: 0 };
    const hops = hopsBefore(some, arriving);
    return { clients, trace: ofSome(trace, some, hops), before: hops.length };
  });
}

/** Returns a trace of some of its packets, with the hops before. */
function ofSome(trace: Trace, members: readonly Member[], hops: readonly Hop[]): Trace {
  const isChanged = trace.hops.some(({ outcome }) => outcome.source !== null);
  const leaves = unionOf(members.flatMap((member) => (member.leaves ? addressSet(member.leaves) : [])));
  const packets = isChanged ? trace.packets : { ...trace.packets, source: leaves };
  return { ...trace, packets, hops: [...hops, ...trace.hops] };
}

/** Returns a client with what the rules of the routers before did to it, too. */
const afterHops = onceFor(
  ({ client, leaves, hops }: Member): Client => ({
    ...client,
    ...(leaves !== null && { leaves: addressSet(leaves) }),
    rules: [...(client.rules ?? []), ...sourceRulesOn(hops)],
    allocation: allocationOn(hops, client.allocation ?? null),
  }),
);

/** Returns the hops before, reduced to these clients' packets: routers were passed with all that they pass on. */
function hopsBefore(members: readonly Member[], arriving: PacketSet): Hop[] {
  let source = unionOf(members.map(({ client }) => client.sources));
  // biome-ignore lint/style/noNonNullAssertion: a group has at least one member
  return members[0]!.hops.map((hop) => {
    const before = { ...arriving, source };
    const after = afterwards(before, hop.outcome);
    source = after.source;
    return { ...hop, before, after };
  });
}

/** Returns the members that are on a trace. */
function membersIn(members: readonly Member[], { origin: { source: origin } }: Trace): Member[] {
  return members.flatMap((member) => {
    if (member.leaves !== null) return contains(origin, member.leaves) ? [member] : [];
    const some = difference(origin, difference(ALL, member.client.sources));
    return isEmpty(some) ? [] : [{ ...member, client: { node: null, sources: some } }];
  });
}

/** Returns the members, each by itself where one stands for others that some trace tells apart from it. */
function toldApart(members: readonly Member[], traces: readonly Trace[]): Member[] {
  return members.flatMap((member) => {
    const { client, leaves, hops, counted } = member;
    if (counted === undefined || leaves === null) return [member];
    const isTogether = ({ origin: { source } }: Trace) =>
      contains(source, leaves) ? counted.allIn(source) : counted.listed(source).length === 0;
    if (traces.every(isTogether)) return [member];
    const { others, ...alone } = client;
    return [{ client: alone, leaves, hops }, ...counted.listed(counted.among).map(memberOf)];
  });
}

/** Returns the rules that changed sources: the same for all clients of a trace. */
export const sourceRulesOn = onceFor((hops: readonly Hop[]): readonly NodeRule[] =>
  hops.flatMap(({ node, outcome }) => sourceRulesIn(outcome).map((rule) => ({ node, rule }))),
);

/** Returns the allocation of source ports on these hops, and before them. */
export const allocationOn = (hops: readonly Hop[], before: PortAllocation | null): PortAllocation | null =>
  hops.reduce((allocation, { outcome }) => narrowest(allocation, outcome.allocation), before);

/** Keeps the largest trace of each kind to stand for all: every rule that names a network cuts up external clients. */
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
    if (!known || size(known.trace.origin.source) < size(origin.source)) kinds.set(key, clientTrace);
  }
  return [...kinds.values()];
}

function isServedBy({ kind, natGateway, servers }: Service, { node, outcome }: Hop): boolean {
  if (node !== natGateway) return false;
  if (kind === 'ipvs') return outcome.server !== null && isServerOf(servers, outcome.server);
  return outcome.server === null && outcome.destination !== null;
}

/** `next` holds the packets as they come to the hop after the NAT gateway, where one of a pool has been chosen. */
function serverOf({ outcome, after }: Hop, next: PacketSet): { address: Address; port: number } {
  const { server } = outcome;
  const only = portOf(after);
  if (server) return { address: server.address, port: server.port || only };
  // biome-ignore lint/style/noNonNullAssertion: packets that a rule translated have a destination
  return { address: onlyAddress(next.destination) ?? firstAddress(after.destination)!, port: only };
}
