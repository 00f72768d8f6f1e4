/** The places where packets of senders outside the fleet come into it. */
import { type Address, printAddress } from '../network/address-text.ts';
import { type AddressSet, addressSet, difference, isEmpty } from '../network/addresses.ts';
import { doubtsOfLink, innerNetworks } from '../network/paths/clients.ts';
import { NEVER } from '../network/paths/special-purpose.ts';
import { linkOf, mayLeadOut } from '../network/topology/links.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { neighboursOf, ownersOf, type Topology } from '../network/topology/topology.ts';
import { type Doubt, flowOf, unknown } from '../network/walk/flow.ts';
import { evaluationContext } from '../network/walk/namespace.ts';
import { packets } from '../network/walk/packets.ts';
import { routed } from '../network/walk/routing.ts';
import type { IntentSender, IntentSenders } from './intent-sender.ts';

/**
 * Returns where packets for an address come in, by their sources. They come to whoever has the address on an interface
 * that leads out of its host; where its way back leads through routers of the fleet, they come in there. An address that
 * the fleet has for itself alone is asked of every interface that leads out: who outside routes to it is not known.
 */
export function entriesOf(
  topology: Topology,
  to: Address,
  sources: AddressSet,
): Pick<IntentSenders, 'senders' | 'unknown'> {
  const outside = [NEVER, topology.own].reduce(difference, sources);
  if (isEmpty(outside)) return { senders: [], unknown: [] };
  const owners = ownersOf(topology, to);
  if (owners.length === 0) return { senders: [], unknown: [`nobody of the fleet has ${printAddress(to)}`] };
  const doors = new Map(owners.flatMap((one) => (mayLeadOut(one.link) ? [[one.node, one] as const] : [])));
  if (doors.size === 0) return { senders: everywhere(topology, to, outside), unknown: [] };
  const names = [...doors.keys()].map(({ name }) => name).join(', ');
  const several = doors.size > 1 ? [unknown(`who answers for ${printAddress(to)}: ${names}`)] : [];
  const senders = [...doors.values()].flatMap(({ node, device, link }) => {
    const doubts = [...several, ...doubtsOfLink(link, `${device.name} of ${node.name}`)];
    return waysBack({ topology, to, passed: [] }, node, device.name, outside).map((one) => ({
      ...one,
      doubts,
    }));
  });
  return { senders, unknown: [] };
}

function everywhere(topology: Topology, to: Address, sources: AddressSet): IntentSender[] {
  return topology.nodes.flatMap((node) =>
    node.net.interfaces
      .filter((device) => mayLeadOut(linkOf(topology.links, node, device)))
      .map((device) => {
        const doubt = unknown(
          `whether anybody outside sends packets for ${printAddress(to)} to ${node.name}`,
        );
        return comingIn(node, device.name, difference(sources, innerNetworks(topology, node)), [doubt]);
      }),
  );
}

interface Search {
  topology: Topology;
  to: Address;
  /** The nodes on the way back so far. */
  passed: readonly NetnsNode[];
}

/** Follows the routes of a node's answers to these sources, as far as the routers are of the fleet. */
function waysBack(search: Search, node: NetnsNode, usual: string, sources: AddressSet): IntentSender[] {
  const { topology, to } = search;
  const rest = difference(sources, innerNetworks(topology, node));
  if (isEmpty(rest)) return [];
  const passed = [...search.passed, node];
  const answers = packets(addressSet(to), rest);
  const decisions = routed(flowOf(answers, { in: '' }), node.net, evaluationContext(node.net));
  return decisions.flatMap((decision): IntentSender[] => {
    const some = decision.flow.destination.original;
    const hop = decision.kind === 'route' ? decision.hop : null;
    const device = hop?.device ?? usual;
    const [router] = hop?.via ? neighboursOf(topology, node, device, hop.via) : [];
    if (!router || router.doubt || passed.includes(router.node)) return [comingIn(node, device, some, [])];
    return waysBack({ ...search, passed }, router.node, router.input ?? usual, some);
  });
}

const comingIn = (node: NetnsNode, input: string, sources: AddressSet, doubts: Doubt[]): IntentSender => ({
  client: { node: null, sources },
  start: { node, entry: { kind: 'received', input } },
  doubts,
});
