/** The namespaces that a name in an intent means, among the hosts of a run. */
import { nearest } from '../errors.ts';
import type { Answer, Host } from '../model.ts';
import { matchesGlob } from '../network/glob.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { Topology } from '../network/topology/topology.ts';
import { fullBudget } from '../network/walk/budget.ts';
import type { NodeName } from './intent.ts';

/** A host of the run, and whether it could be asked. */
export interface FleetHost {
  host: Pick<Host, 'name' | 'groups'>;
  reached: Answer<null>;
}

export interface FleetOfRun {
  topology: Topology;
  /** In the inventory's order. */
  hosts: readonly FleetHost[];
}

/** Gives every host its whole budget again: one question that takes too much leaves the next its own. */
export function refill({ topology }: FleetOfRun): void {
  for (const { net } of topology.nodes) net.budget.left = fullBudget().left;
}

export interface NamedNodes {
  nodes: ReadonlySet<NetnsNode>;
  /** The hosts meant that could not be asked, by name. */
  unasked: string[];
  /** The reasons why the name may mean other namespaces, too. */
  unknown: string[];
}

export function nodesNamed(name: NodeName, fleet: FleetOfRun): NamedNodes {
  const hosts = hostsNamed(name, fleet.hosts);
  if (hosts.length === 0) return { nodes: new Set(), unasked: [], unknown: [nobodyNamed(name, fleet.hosts)] };
  const names = new Set(hosts.map(({ host }) => host.name));
  const nodes = fleet.topology.nodes.filter(
    (node) => names.has(node.host) && matchesGlob(name.namespace, node.namespace),
  );
  const having = new Set(nodes.map(({ host }) => host));
  const without = hosts.filter(({ host, reached }) => reached.ok && !having.has(host.name));
  return {
    nodes: new Set(nodes),
    unasked: unaskedAmong(hosts),
    unknown: [
      ...without.map(({ host }) => noNamespace(host, name)),
      ...(/[*?]/.test(name.namespace) ? unseenNamespaces(nodes) : []),
    ],
  };
}

/** Returns why hosts may have namespaces beside these of theirs. */
export function unseenNamespaces(nodes: readonly NetnsNode[]): string[] {
  const hosts = new Set(nodes.flatMap(({ host, allSeen }) => (allSeen ? [] : [host])));
  return hosts.size === 0
    ? []
    : [`not all namespaces of ${listed([...hosts])} were seen: what others send is not known`];
}

export const unaskedAmong = (hosts: readonly FleetHost[]): string[] =>
  hosts.flatMap(({ host, reached }) => (reached.ok ? [] : [host.name]));

const hostsNamed = ({ of, name }: NodeName, hosts: readonly FleetHost[]): FleetHost[] =>
  hosts.filter(({ host }) =>
    of === 'host' ? host.name === name : name === 'all' || host.groups.includes(name),
  );

const noNamespace = ({ name }: FleetHost['host'], { namespace }: NodeName): string =>
  namespace === 'init'
    ? `nothing is known of how ${name} sends packets`
    : `no namespace of ${name} that was seen is called ${namespace}`;

export const whyNotAsked = (names: readonly string[]): string =>
  `${listed(names)} could not be asked: what is sent from there is not known`;

const listed = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');

/** Where hosts were read without an inventory, nobody knows of groups. */
function nobodyNamed({ of, name }: NodeName, hosts: readonly FleetHost[]): string {
  const known = of === 'host' ? hosts.map(({ host }) => host.name) : hosts.flatMap(({ host }) => host.groups);
  if (of === 'group' && known.length === 0)
    return `who is in the group ${name} is not known: these hosts were read without an inventory; name hosts or networks, or collect them with -i`;
  const near = nearest(name, new Set(known));
  const meant = near === null ? '' : `; did you mean ${near}?`;
  return of === 'host'
    ? `no host of this run is called ${name}${meant}`
    : `no host of this run is in a group ${name}${meant}`;
}
