/** The source addresses that a server sees, and the clocks behind each. */

import { onceFor } from '../../once-for.ts';
import { printAddress } from '../address-text.ts';
import { type AddressSet, equals, onlyAddress, printAddresses, setKey, size } from '../addresses.ts';
import { ahead, type Clock, clockOf, stampsByPort } from '../clocks.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { isCertain, type Trace } from '../trace/trace.ts';
import { translatedSet } from '../walk/outcomes.ts';
import { narrowest, type PortAllocation } from '../walk/port-allocation.ts';
import { allocationOn, type ClientTrace, sourceRulesOn } from './client-traces.ts';
import type { Client, NodeRule } from './clients.ts';

/** A client of a path, and the source that the server sees. */
export interface Sender {
  client: Client;
  clock: Clock;
  /** True when its stamps begin anew with each source port; null: not known. */
  byPort: boolean | null;
}

export interface SeenSource {
  /** The addresses it may have; more than one where the kernel chooses from a pool by a hash. */
  addresses: AddressSet;
  senders: Sender[];
  clocks: number;
  unknown: number;
  merged: boolean;
  /** True when it is proven that so many clocks arrive. */
  certain: boolean;
  winner: Sender | null;
  losers: Sender[];
  /** The rules that gave them this source. */
  rules: NodeRule[];
  /** The allocation of their source ports; null: they keep them. */
  allocation: PortAllocation | null;
}

/** Returns the client as a sender, with what its timestamps count by: the same one on each of its many paths. */
export const senderOf = onceFor((client: Client): Sender => {
  if (client.node === null) return { client, clock: 'unknown', byPort: null };
  const { timestamps, kernel } = client.node;
  return {
    client,
    clock: clockOf(kernel.release, timestamps),
    byPort: stampsByPort(kernel.release, timestamps),
  };
});

interface Gathering {
  addresses: AddressSet;
  entries: { sender: Sender; trace: Trace; merged: boolean }[];
}

/** Returns the sources, the one with the most clocks first. */
export function sourcesOf(clientTraces: readonly ClientTrace[]): SeenSource[] {
  const gathered = new Map<string | number | bigint, Gathering>();
  for (const { clients, trace, before } of clientTraces) {
    if (trace.ending !== 'delivered' && trace.ending !== 'exits-fleet') continue;
    const { of, together } = arrivalsOn(trace, before);
    for (const client of clients) {
      for (const addresses of of(client)) {
        const key = keyOf(addresses);
        const gathering = gathered.get(key) ?? { addresses, entries: [] };
        const merged = !equals(addresses, client.sources);
        // those that it stands for arrive from addresses of their own
        const sender = senderOf(together ? client : alone(client));
        gathering.entries.push({ sender, trace, merged });
        gathered.set(key, gathering);
      }
    }
  }
  return [...gathered.values()].map((one) => sourceOf(one)).sort(byClocks);
}

const keyOf = (set: AddressSet) => onlyAddress(set)?.value ?? setKey(set);

const byClocks = (a: SeenSource, b: SeenSource) =>
  b.clocks + b.unknown - (a.clocks + a.unknown) || b.clocks - a.clocks || b.senders.length - a.senders.length;

/** Returns a client without those that it stands for. */
const alone = onceFor((client: Client): Client => {
  if (client.others === undefined) return client;
  const { others, ...own } = client;
  return own;
});

/** The sources that a server sees on a trace. */
interface Arrivals {
  /** Those of a client, translated; external clients who keep their own have none that could be named. */
  of: (client: Client) => AddressSet[];
  /** True when all clients of the trace have the same. */
  together: boolean;
}

function arrivalsOn({ hops, packets }: Trace, before: number): Arrivals {
  const changes = hops.slice(before).flatMap(({ outcome }) => outcome.source ?? []);
  // who is in the pool already keeps the address, but for the rare connection whose tuple another has
  if (changes.every((change) => change.kind === 'pool' && change.isIn))
    return { of: ({ node, sources, leaves = sources }) => (node ? [leaves] : []), together: false };
  // each address has its own in the other network: followed for one client at a time
  if (changes.some(({ kind }) => kind === 'netmap'))
    return {
      of: ({ node, sources, leaves = sources }) => (node ? [changes.reduce(translatedSet, leaves)] : []),
      together: false,
    };
  return {
    of: ({ node, sources }) => (node || !equals(packets.source, sources) ? [packets.source] : []),
    together: true,
  };
}

function sourceOf({ addresses, entries }: Gathering): SeenSource {
  const senders = distinct(entries.map(({ sender }) => sender));
  const sure = distinct(entries.flatMap(({ sender, trace }) => (isCertain(trace) ? sender : [])));
  const { clocks, unknown } = count(senders);
  const { winner, losers } = winnerOf(senders);
  // of a pool, only more clients than addresses surely share one
  const pool = size(addresses);
  const shared = pool === 1n || count(sure).clocks > Number(pool);
  const rules = entries.flatMap(({ sender, trace }) => [
    ...(sender.client.rules ?? []),
    ...sourceRulesOn(trace.hops),
  ]);
  return {
    addresses,
    senders: winner ? [winner, ...senders.filter((one) => one !== winner)] : senders,
    clocks,
    unknown,
    merged: entries.some(({ merged }) => merged),
    certain: clocks < 2 ? unknown === 0 && sure.length === senders.length : shared && count(sure).clocks > 1,
    winner,
    losers,
    rules: [...new Map(rules.map((one) => [one.rule, one])).values()],
    allocation: entries
      .map(({ sender, trace }) => allocationOn(trace.hops, sender.client.allocation ?? null))
      .reduce(narrowest, null),
  };
}

/** Returns a key that is equal for one client, whatever it sends to: it sends on many paths. */
export const clientKey = onceFor(({ node, sources }: Client): string =>
  node ? `${node.name} ${setKey(sources)}` : 'outside',
);

const distinct = (senders: readonly Sender[]): Sender[] => [
  ...new Map(senders.map((sender) => [clientKey(sender.client), sender])).values(),
];

/** Counts clocks that differ, as far as kernels tell: one for each kernel, pair of addresses, or connection. */
export function count(senders: readonly Sender[]): { clocks: number; unknown: number } {
  const clocks = new Map<string, number>();
  let unknown = 0;
  for (const { clock, client } of senders) {
    const boot = client.node?.kernel.boot ?? '';
    const hosts = headcount(client);
    const add = (key: string, count: number) => clocks.set(key, Math.max(count, clocks.get(key) ?? 0));
    if (clock === 'unknown') unknown += hosts;
    if (clock === 'kernel') add(boot, hosts);
    if (clock === 'peer') add(`${boot} ${setKey(client.sources)}`, hosts);
    // two connections of one client suffice
    if (clock === 'connection') add(`${boot} connection`, 2 * hosts);
  }
  return { clocks: [...clocks.values()].reduce((sum, one) => sum + one, 0), unknown };
}

/** The number of clients that one stands for, itself among them. */
const headcount = ({ others = 0 }: Client) => 1 + others;

/** Returns how many clients these are, with those that were counted alone. */
export const totalOf = (clients: readonly Client[]): number =>
  clients.reduce((sum, client) => sum + headcount(client), 0);

/** Returns who is ahead of all others whose clocks can be compared, and those others, the most backward first. */
function winnerOf(senders: readonly Sender[]): Pick<SeenSource, 'winner' | 'losers'> {
  const comparable = senders.filter(({ clock }) => clock === 'kernel');
  // those that were counted alone were not compared
  if (comparable.some(({ client }) => client.others !== undefined)) return { winner: null, losers: [] };
  const leads = (a: Sender, b: Sender) => byLead(a, b) > 0;
  const winner = comparable.find((one) =>
    comparable.every((other) => sameBoot(one, other) || leads(one, other)),
  );
  const losers = winner ? comparable.filter((other) => leads(winner, other)) : [];
  if (!winner || losers.length === 0) return { winner: null, losers: [] };
  return { winner, losers: losers.sort(byLead) };
}

// biome-ignore lint/style/noNonNullAssertion: senders with the clock of a kernel are of the fleet
const kernelOf = ({ client }: Sender) => client.node!.kernel;

/** Compares clocks: more than 0 where that of `a` is ahead. */
function byLead(a: Sender, b: Sender): number {
  if (sameBoot(a, b)) return 0;
  const first = ahead(kernelOf(a), kernelOf(b));
  return first === null ? 0 : first === kernelOf(a) ? 1 : -1;
}

const sameBoot = (a: Sender, b: Sender) => kernelOf(a).boot === kernelOf(b).boot;

/**
 * Tells whether clocks that differ arrive from one address.
 *
 * - none: for certain, they do not
 * - outside: at most those of clients from outside, if there are several of them
 * - possible: they do, or nobody knows
 */
export type Merging = 'none' | 'outside' | 'possible';

export function mergingOf({
  server,
  clientTraces,
  sources,
}: {
  server: { node: NetnsNode | null };
  clientTraces: readonly ClientTrace[];
  sources: readonly SeenSource[];
}): Merging {
  // whether a server gets what it sent to itself, or takes it for forged, does not matter: it has one clock
  const toItself = ({ clients }: ClientTrace) => clients.every(({ node }) => node === server.node);
  const followed = clientTraces.every(
    (one) => one.trace.ending !== 'undecided' && (isCertain(one.trace) || toItself(one)),
  );
  if (!followed || sources.some(({ clocks, unknown }) => clocks + unknown > 1)) return 'possible';
  return sources.some(({ merged, unknown }) => merged && unknown > 0) ? 'outside' : 'none';
}

/** Prints for people: `10.244.3.1`, `10.0.0.8/30`. */
export const printSource = ({ addresses }: Pick<SeenSource, 'addresses'>) => {
  const only = onlyAddress(addresses);
  return only ? printAddress(only) : printAddresses(addresses, 4);
};
