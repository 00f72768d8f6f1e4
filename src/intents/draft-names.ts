/** Names senders as `from` takes them, in few words. */
import { parseAddress } from '../network/address-text.ts';
import {
  type AddressSet,
  difference,
  firstAddress,
  intersects,
  isEmpty,
  prefixSet,
  toCidrs,
  union,
} from '../network/addresses.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { FleetOfRun } from './fleet-names.ts';

/** Senders that fare alike. */
export interface DraftedSenders {
  nodes: ReadonlySet<NetnsNode>;
  /** The addresses that these send from. */
  sources: AddressSet;
  outside: AddressSet;
}

/**
 * Returns the terms that name these senders, and no `others`. Addresses that nobody sends from may be named with them.
 *
 * @param own addresses of the fleet that may not be named
 */
export const termsFor = (
  some: DraftedSenders,
  others: AddressSet,
  own: AddressSet,
  fleet: FleetOfRun,
): string[] => [...nodeTerms(some.nodes, fleet), ...outsideTerms(some, others, own)];

function outsideTerms({ sources, outside }: DraftedSenders, others: AddressSet, own: AddressSet): string[] {
  if (isEmpty(outside)) return [];
  const these = widened(outside, union(others, own));
  const rest = ['outside', ...widened(others, union(outside, sources)).map((network) => `not ${network}`)];
  return rest.length <= these.length ? rest : these;
}

/** Returns the networks that cover a set, as large as they can be without what is forbidden. */
function widened(set: AddressSet, forbidden: AddressSet): string[] {
  const networks: string[] = [];
  for (let rest = set, first = firstAddress(rest); first !== null; first = firstAddress(rest)) {
    const width = first.family === 4 ? 32 : 128;
    let bits = width;
    while (bits > 0 && !intersects(prefixSet(first, bits - 1), forbidden)) bits--;
    const network = prefixSet(first, bits);
    networks.push(...toCidrs(network));
    rest = difference(rest, network);
  }
  return networks;
}

function nodeTerms(nodes: ReadonlySet<NetnsNode>, { topology, hosts }: FleetOfRun): string[] {
  const left = new Set(nodes);
  const terms: string[] = [];
  const take = (term: string, meant: readonly NetnsNode[]) => {
    if (meant.length < 2 || !meant.every((node) => left.has(node))) return;
    terms.push(term);
    for (const node of meant) left.delete(node);
  };
  const inits = new Map(topology.nodes.flatMap((node) => (node.init ? [[node.host, node] as const] : [])));
  for (const [group, members] of groupsBySize(hosts)) {
    const meant = members.flatMap((name) => inits.get(name) ?? []);
    if (meant.length === members.length) take(`group:${group}`, meant);
  }
  for (const { host } of hosts)
    take(
      `${host.name}/*`,
      topology.nodes.filter((node) => node.host === host.name),
    );
  return [...terms, ...[...left].map(nodeTerm)];
}

/** A host that is called by its address is no sender of that address: its own namespace is named. */
const nodeTerm = ({ host, name }: NetnsNode): string => (parseAddress(name) === null ? name : `${host}/init`);

function groupsBySize(hosts: FleetOfRun['hosts']): [group: string, members: string[]][] {
  const names = new Set(hosts.flatMap(({ host }) => host.groups));
  const members = [...names].map((group): [string, string[]] => [
    group,
    hosts.flatMap(({ host }) => (host.groups.includes(group) ? host.name : [])),
  ]);
  return members.sort(([a, these], [b, those]) => those.length - these.length || (a < b ? -1 : 1));
}
