/** The senders that an intent speaks of, each with its source addresses and the place where its packets start. */
import {
  type AddressSet,
  ALL,
  ALL4,
  ALL6,
  addressSet,
  difference,
  intersection,
  intersects,
  isEmpty,
  NONE,
  unionOf,
} from '../network/addresses.ts';
import { linkOf } from '../network/topology/links.ts';
import { missingFor, type NetnsNode } from '../network/topology/nodes.ts';
import type { Topology } from '../network/topology/topology.ts';
import { type Doubt, flowOf, unknown } from '../network/walk/flow.ts';
import { evaluationContext } from '../network/walk/namespace.ts';
import { packets } from '../network/walk/packets.ts';
import { routed, UNSPECIFIED } from '../network/walk/routing.ts';
import { sourceFor } from '../network/walk/walk.ts';
import { type FleetOfRun, nodesNamed, unaskedAmong, unseenNamespaces, whyNotAsked } from './fleet-names.ts';
import type { Destination, Intent, SenderTerm } from './intent.ts';
import type { IntentSender, IntentSenders } from './intent-sender.ts';
import { entriesOf } from './outside.ts';

/** A term, with what it means for the namespaces of the fleet and for others. */
interface Meaning {
  /** The sources that the term adds to those that a namespace sends from. */
  adds(node: NetnsNode, usual: AddressSet, own: AddressSet): AddressSet;
  /** Tells whether the namespace is meant, or may be: by its name, or as it has such an address. */
  means(node: NetnsNode): 'named' | 'maybe' | 'no';
  /** Those that it takes away, where it is a `not`. */
  removes(node: NetnsNode): AddressSet;
  outside: AddressSet;
  /** The hosts that it means and that could not be asked, by name. */
  unasked: string[];
  unknown: string[];
}

/**
 * Returns the senders of an intent. A namespace sends from the address that its routes choose, as a socket that binds to
 * none; where an intent names addresses, from those of them that it has. Whoever nobody of the fleet is comes in where
 * the answers leave the fleet.
 */
export function sendersOf({ from, to }: Pick<Intent, 'from' | 'to'>, fleet: FleetOfRun): IntentSenders {
  const added = from.filter(({ not }) => !not);
  const plus = (added.length > 0 ? added : [{ not: false, who: { kind: 'any' as const } }]).map((term) =>
    meaningOf(term, fleet),
  );
  const minus = from.filter(({ not }) => not).map((term) => meaningOf(term, fleet));
  const inside = fleet.topology.nodes.map((node) => senderAt(node, plus, minus, to, fleet));
  const outside = difference(
    unionOf(plus.map((meaning) => meaning.outside)),
    unionOf(minus.map((meaning) => meaning.outside)),
  );
  const others = entriesOf(fleet.topology, to.address, inFamily(outside, to));
  const excluded = new Set(minus.flatMap(({ unasked }) => unasked));
  const unasked = new Set(plus.flatMap((meaning) => meaning.unasked.filter((name) => !excluded.has(name))));
  return {
    senders: [...inside.flatMap(({ sender }) => sender ?? []), ...others.senders],
    without: inside.flatMap(({ without }) => without ?? []),
    unknown: [
      ...inside.flatMap(({ unread }) => unread ?? []),
      ...(unasked.size > 0 ? [whyNotAsked([...unasked])] : []),
      ...new Set([...plus, ...minus].flatMap((meaning) => meaning.unknown)),
      ...others.unknown,
    ],
  };
}

/** A namespace that sends; or that is meant and does not, with the reason. */
interface Inside {
  sender?: IntentSender;
  unread?: string;
  without?: string;
}

function senderAt(
  node: NetnsNode,
  plus: readonly Meaning[],
  minus: readonly Meaning[],
  to: Destination,
  { topology }: FleetOfRun,
): Inside {
  const { usual, doubts } = usualSources(node, to);
  const own = ownSources(topology, node);
  const named = inFamily(unionOf(plus.map(({ adds }) => adds(node, usual, own))), to);
  const removed = minus.map(({ removes }) => removes(node));
  const sources = removed.reduce(difference, named);
  if (!isEmpty(sources)) return { sender: sentBy(node, sources, doubts) };
  if (!isEmpty(named) || removed.includes(ALL)) return {};
  const meant = plus.map(({ means }) => means(node));
  const lack = missingFor(node, addressSet(to.address)).find(({ what }) => what === 'addresses');
  if (lack && meant.some((one) => one !== 'no'))
    return { unread: `the addresses of ${node.name} could not be read: ${lack.reason}` };
  const isNamed = meant.includes('named');
  return isNamed ? { without: `${node.name} has no IPv${to.address.family} address to send from` } : {};
}

const inFamily = (set: AddressSet, { address }: Destination): AddressSet =>
  intersection(set, address.family === 4 ? ALL4 : ALL6);

const sentBy = (node: NetnsNode, sources: AddressSet, doubts: Doubt[]): IntentSender => ({
  client: { node, sources },
  start: { node, entry: { kind: 'sent' } },
  doubts,
});

function meaningOf({ who, not }: SenderTerm, fleet: FleetOfRun): Meaning {
  const known = { unasked: [], unknown: [] };
  // of a host that could not be asked, nobody knows its addresses: a network names no host of those that are left out
  const everybody =
    not && who.kind === 'addresses'
      ? known
      : { unasked: unaskedAmong(fleet.hosts), unknown: not ? [] : unseenNamespaces(fleet.topology.nodes) };
  switch (who.kind) {
    case 'any':
      return {
        ...everybody,
        means: () => 'maybe',
        adds: (_, usual) => usual,
        removes: () => ALL,
        outside: ALL,
      };
    case 'outside':
      return { ...known, means: () => 'no', adds: () => NONE, removes: () => NONE, outside: ALL };
    case 'addresses': {
      const { set } = who;
      const adds = (_: NetnsNode, __: AddressSet, own: AddressSet) => intersection(own, set);
      return { ...everybody, means: () => 'maybe', adds, removes: () => set, outside: set };
    }
    case 'nodes': {
      const { nodes, ...unseen } = nodesNamed(who, fleet);
      const adds = (node: NetnsNode, usual: AddressSet) => (nodes.has(node) ? usual : NONE);
      const means = (node: NetnsNode) => (nodes.has(node) ? 'named' : 'no');
      return { ...unseen, means, adds, removes: (node) => (nodes.has(node) ? ALL : NONE), outside: NONE };
    }
  }
}

/** Returns the source that a socket gets which binds to none; all that it may get, where its routes do not say. */
function usualSources(
  node: NetnsNode,
  { address, protocol, port }: Destination,
): { usual: AddressSet; doubts: Doubt[] } {
  const fields = { protocol: [protocol, protocol], destinationPort: port };
  const asked = packets(UNSPECIFIED[address.family], addressSet(address), fields);
  const source = sourceFor(node.net, asked);
  if (source) return { usual: addressSet(source), doubts: [] };
  const own = unionOf(
    node.net.interfaces.flatMap(({ flags, addresses }) =>
      flags.includes('LOOPBACK') ? [] : addresses.map((one) => addressSet(one.address)),
    ),
  );
  const decisions = routed(flowOf(asked, { in: '' }), node.net, evaluationContext(node.net));
  // what has no route goes nowhere, whatever its source
  const isSure =
    decisions.every(({ kind }) => kind === 'none') && missingFor(node, asked.destination).length === 0;
  return {
    usual: own,
    doubts: isSure
      ? []
      : [unknown(`which source ${node.name} would send from does not follow from its routes`)],
  };
}

/** Returns the addresses that others may know a namespace by: not those that it holds for itself. */
function ownSources({ links }: Topology, node: NetnsNode): AddressSet {
  const heard = node.net.interfaces.filter((device) => linkOf(links, node, device).kind !== 'silent');
  return unionOf(heard.flatMap(({ addresses }) => addresses.map(({ address }) => addressSet(address))));
}

/** Returns the namespaces of which an intent says what they send to themselves: those that are named, and not all others. */
export function namedAlone(from: readonly SenderTerm[], fleet: FleetOfRun): ReadonlySet<NetnsNode> {
  const { nodes } = fleet.topology;
  const named = from.flatMap(({ not, who }): NetnsNode[] => {
    if (not) return [];
    if (who.kind === 'nodes') return [...nodesNamed(who, fleet).nodes];
    if (who.kind !== 'addresses') return [];
    return nodes.filter((node) => intersects(ownSources(fleet.topology, node), who.set));
  });
  return new Set(named);
}
