/** Turns the domain's paths into what rules read. */
import { printAddress } from '../network/address-text.ts';
import { addressSet } from '../network/addresses.ts';
import type { Client } from '../network/paths/clients.ts';
import type { FleetPath } from '../network/paths/fleet-path.ts';
import {
  clientKey,
  printSource,
  type SeenSource,
  type Sender,
  senderOf,
  totalOf,
} from '../network/paths/sources.ts';
import { missingFor } from '../network/topology/nodes.ts';
import type { PathClient, PathFact, PathOwner, PathRule, PathServer, PathSource } from './path-fact.ts';
import { pooledSources, portsOf } from './path-ports.ts';
import {
  clientName,
  enumerated,
  MOST_NAMES,
  namesOfNode,
  reasonsOf,
  sendersText,
  senderText,
} from './path-text.ts';
import { arriving, type ShownTrace, toPathTrace } from './path-traces.ts';

const MOST_CLIENTS = 64;
const MOST_SOURCES = 32;

/** Returns the worst source, where more than one client arrives from it. */
export function sharedSource({ sources: [worst] }: FleetPath): SeenSource | undefined {
  return worst && (worst.senders.length > 1 || worst.clocks + worst.unknown > 1) ? worst : undefined;
}

export function toPathFact(path: FleetPath, shown: readonly ShownTrace[]): PathFact {
  const { kind, vip, port, fwmark, natGateway, server, sources } = path;
  const [worst] = sources;
  const clients = clientsOf(path);
  const shared = sharedSource(path);
  const doubts = doubtsOf(path, worst);
  return {
    kind,
    protocol: PROTOCOLS[path.protocol] ?? 'any',
    vip: vip ? printAddress(vip) : '',
    port,
    fwmark,
    nat_gateway: namesOfNode(natGateway),
    server: serverOf(server),
    owners: path.owners.map(ownerOf),
    conntrack: kind === 'ipvs' ? flag(natGateway.net.virtualConntrack) : -1,
    clients: clients.slice(0, MOST_CLIENTS).map(toClient),
    clients_total: numberOfClients(path),
    sources: sources.slice(0, MOST_SOURCES).map(toSource),
    clocks: worst?.clocks ?? 0,
    unknown: worst?.unknown ?? 0,
    merged: shared ? printSource(shared) : '',
    who: shared ? sendersText(shared.senders) : '',
    winner: shared?.winner ? clientName(shared.winner.client) : '',
    loser: shared ? enumerated(shared.losers, ({ client }) => clientName(client)) : '',
    rules: (shared?.rules ?? []).map(
      ({ node, rule }): PathRule => ({ ...namesOfNode(node), ...ruleOf(rule) }),
    ),
    ports: portsOf(path),
    source_rules: path.sourceRules,
    hops: shown.map(toPathTrace),
    certain: doubts.length === 0,
    doubts,
  };
}

const PROTOCOLS: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

const flag = (value: boolean | null) => (value === null ? -1 : Number(value));
const numberOr = (value: number | null, otherwise: number) => value ?? otherwise;

const ruleOf = ({ text, origin, line }: { text: string; origin: string; line: number }) => ({
  text,
  origin,
  line,
});

function serverOf(server: FleetPath['server']): PathServer {
  return {
    ...namesOfNode(server.node),
    address: printAddress(server.address),
    port: server.port,
    forwarding: server.real?.forwarding ?? '',
    weight: server.real?.weight ?? -1,
    listens: server.listens,
    returns: server.returns,
    returns_via: server.returnsVia,
    replies: server.replies,
    replies_dropped_by: server.droppedBy?.host ?? '',
    holds_vip: server.holdsVip,
    interface: server.device,
    arp_ignore: numberOr(server.arpIgnore, -1),
    arp_announce: numberOr(server.arpAnnounce, -1),
    rp_filter: numberOr(server.rpFilter, -1),
    rp_filter_on: server.filtered,
    addressless: server.addressless,
  };
}

const ownerOf = ({ node, device, link }: FleetPath['owners'][number]): PathOwner => ({
  ...namesOfNode(node),
  interface: device.name,
  answers: link.kind !== 'silent',
});

/** Returns the clients, those of the worst source first. */
function clientsOf({ sources, clientTraces }: FleetPath): Arriving[] {
  const pooled = pooledSources({ sources });
  const all = new Map<string, Arriving>();
  for (const source of sources) {
    const arrives = { arrives: printSource(source), pooled: pooled.includes(source) };
    for (const sender of source.senders) all.set(clientKey(sender.client), { sender, ...arrives });
  }
  // external clients that keep their own addresses are no source that could be named
  for (const client of arriving(clientTraces).flatMap((clientTrace) => clientTrace.clients)) {
    const key = clientKey(client);
    if (!all.has(key)) all.set(key, { sender: senderOf(client), arrives: '', pooled: false });
  }
  return [...all.values()];
}

/** Counts all clients, whether or not those that stand for others share a source with them. */
function numberOfClients({ sources, clientTraces }: FleetPath): number {
  const clients = [
    ...sources.flatMap(({ senders }) => senders.map(({ client }) => client)),
    ...arriving(clientTraces).flatMap((clientTrace) => clientTrace.clients),
  ];
  const most = new Map<string, Client>();
  for (const client of clients) {
    const key = clientKey(client);
    if ((most.get(key)?.others ?? -1) < (client.others ?? 0)) most.set(key, client);
  }
  return totalOf([...most.values()]);
}

interface Arriving {
  sender: Sender;
  arrives: string;
  pooled: boolean;
}

function toClient({ sender: { client, clock }, arrives, pooled }: Arriving): PathClient {
  const { node, sources } = client;
  return {
    name: clientName(client),
    ...namesOfNode(node),
    address: senderText(sources),
    kernel: node?.kernel.release ?? '',
    arrives,
    pooled,
    clock: CLOCKS[clock] ?? `shared by host ${node?.host ?? ''}`,
    uptime: node?.kernel.uptime ?? -1,
  };
}

const CLOCKS: Partial<Record<Sender['clock'], string>> = {
  peer: 'per peer',
  connection: 'per connection',
  none: 'none',
  unknown: 'unknown',
};

function toSource(source: SeenSource): PathSource {
  const { senders, clocks, unknown, merged, winner, losers, certain } = source;
  return {
    address: printSource(source),
    clients: senders.slice(0, MOST_NAMES).map(({ client }) => clientName(client)),
    clocks,
    unknown,
    merged,
    winner: winner ? clientName(winner.client) : '',
    losers: losers.slice(0, MOST_NAMES).map(({ client }) => clientName(client)),
    certain,
  };
}

/** Returns the reasons why the number of clocks behind the worst source is not proven. */
function doubtsOf({ clientTraces, natGateway, server }: FleetPath, worst: SeenSource | undefined): string[] {
  const missing = missingFor(natGateway, addressSet(server.address)).map(
    ({ what, reason }) => `${what} of ${natGateway.name}: ${reason}`,
  );
  if (!worst || worst.certain) return missing;
  const nodes = new Set(worst.senders.map(({ client }) => client.node));
  const concerned = clientTraces.filter(({ clients }) => clients.some(({ node }) => nodes.has(node)));
  const reasons = new Set(concerned.flatMap(({ trace }) => reasonsOf(trace.doubts)));
  if (worst.clocks < 2 && worst.unknown > 0) reasons.add(externalIn(worst));
  if (reasons.size === 0)
    reasons.add('the kernel draws the address from a pool: not every pair of clients shares one');
  return [...new Set([...missing, ...reasons])];
}

function externalIn({ senders }: SeenSource): string {
  const clients = senders.filter(({ clock }) => clock === 'unknown').map(({ client }) => client);
  const names = clients.map(clientName);
  return names.every((name) => name === 'outside')
    ? 'who else sends from outside the inventory, and whether more than one, is not known'
    : `the kernel of ${enumerated(names, String, totalOf(clients))} is not known`;
}
