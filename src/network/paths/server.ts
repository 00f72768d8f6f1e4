/** The far end of a path: whether a socket listens there, and the path of its replies. */

import { groupedBy } from '../../grouped-by.ts';
import { onceFor } from '../../once-for.ts';
import { type Address, printAddress } from '../address-text.ts';
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  contains,
  difference,
  firstAddress,
  intersects,
  isEmpty,
  prefixSet,
  unionOf,
} from '../addresses.ts';
import { TCP } from '../fields.ts';
import { interfaceNamed } from '../interfaces.ts';
import { missingFor, type NetnsNode } from '../topology/nodes.ts';
import { effective, neighboursOf, ownersOf, type Topology } from '../topology/topology.ts';
import { deviceToward } from '../trace/packet.ts';
import { flowOf } from '../walk/flow.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import { evaluationContext } from '../walk/namespace.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { routed } from '../walk/routing.ts';
import type { Served } from './client-traces.ts';
import { type DirectReplies, directReplies } from './direct-replies.ts';

export interface ServerEnd {
  /** The node; null: not of the fleet. */
  node: NetnsNode | null;
  listens: 'yes' | 'no' | 'unknown';
  returns: 'yes' | 'no' | 'not needed' | 'unknown';
  /** The fate of replies that bear the virtual address, and who drops them; `not needed`: they do not. */
  replies: DirectReplies['replies'] | 'not needed';
  droppedBy: NetnsNode | null;
  /** The next hop of the replies, where it is not the NAT gateway; ''. */
  returnsVia: string;
  holdsVip: boolean;
  /** The interface by which the NAT gateway's packets come in; ''. */
  device: string;
  arpIgnore: number | null;
  arpAnnounce: number | null;
  rpFilter: number | null;
  /** The interface that rpFilter is of: the tunnel, where packets come out of one; '' without a server. */
  filtered: string;
  /** True when that interface has no IPv4 address. */
  addressless: boolean;
}

const EXTERNAL_SERVER: ServerEnd = {
  node: null,
  listens: 'unknown',
  returns: 'unknown',
  replies: 'unknown',
  droppedBy: null,
  returnsVia: '',
  holdsVip: false,
  device: '',
  arpIgnore: null,
  arpAnnounce: null,
  rpFilter: null,
  filtered: '',
  addressless: false,
};

/** Returns a path's end; `vip` is the address that clients connect to, for servers that must have it themselves. */
export function serverEnd(
  topology: Topology,
  served: Served,
  protocol: number,
  vip: Address | null,
): ServerEnd {
  const node = nodeOf(topology, served);
  if (!node) return EXTERNAL_SERVER;
  const { hop, clientTraces } = served;
  const forwarding = hop.outcome.server?.forwarding ?? 'masq';
  const asSeen = forwarding === 'masq' || !vip ? served.address : vip;
  const device = deviceOf(topology, served, node);
  const tunnel = interfaceNamed(node.net.interfaces, 'tunl0');
  const filtered = forwarding === 'tunnel' && tunnel ? 'tunl0' : device;
  const setting = (key: Parameters<typeof effective>[1], on: string) =>
    on === '' ? null : effective(node, key, on);
  const translated = forwarding === 'masq' && node !== hop.node;
  return {
    node,
    listens: protocol === TCP ? listensAt(node, asSeen, served.port) : 'unknown',
    ...(translated
      ? replies(topology, served, node, clientTraces)
      : { returns: 'not needed', returnsVia: '' }),
    ...(vip && forwarding !== 'masq' && node !== hop.node
      ? directReplies(topology, node, served, vip, protocol)
      : { replies: 'not needed', droppedBy: null }),
    holdsVip: vip !== null && contains(ownAddresses(node.net), vip),
    device,
    arpIgnore: setting('arp_ignore', device),
    arpAnnounce: setting('arp_announce', device),
    rpFilter: setting('rp_filter', filtered),
    filtered,
    addressless: !hasIpv4(node, filtered),
  };
}

function hasIpv4({ net }: NetnsNode, device: string): boolean {
  const found = interfaceNamed(net.interfaces, device);
  return found === undefined || found.addresses.some(({ address }) => address.family === 4);
}

/** Returns the node that a trace ended at; else whoever alone has the address. */
function nodeOf(topology: Topology, { address, clientTraces }: Served): NetnsNode | null {
  const delivered = clientTraces.find(({ trace }) => trace.ending === 'delivered')?.trace.hops.at(-1);
  if (delivered) return delivered.node;
  const reached = clientTraces.flatMap(({ trace: { hops } }) => hops.slice(-1));
  const owners = new Set(ownersOf(topology, address).map(({ node }) => node));
  const last = reached.find(({ node }) => owners.has(node));
  const [only = null] = owners;
  return last?.node ?? (owners.size === 1 ? only : null);
}

function deviceOf(topology: Topology, { address, hop, clientTraces }: Served, node: NetnsNode): string {
  const entries = clientTraces.flatMap(({ trace }) => trace.hops.filter((one) => one.node === node));
  const entered = entries.find(({ entry }) => entry.kind === 'received')?.entry;
  if (entered?.kind === 'received' && entered.input?.startsWith('tun') === false) return entered.input;
  const holder = ownersOf(topology, address).find((one) => one.node === node && one.link.kind !== 'silent');
  return holder?.device.name ?? backTo(node, firstAddress(hop.after.source) ?? address) ?? '';
}

const backTo = (node: NetnsNode, client: Address) =>
  deviceToward(node, client, client.family === 4 ? ALL4 : ALL6);

/** Tells whether a socket listens there for TCP connections. */
export function listensAt({ listeners }: NetnsNode, address: Address, port: number): ServerEnd['listens'] {
  if (listeners === null || port === 0) return 'unknown';
  const any = (one: Address) => Number(one.value) === 0;
  const found = onPort(listeners.list, port).some((one) =>
    // a socket on :: takes IPv4 too, unless it was set not to, which no listing shows
    any(one.address) ? one.address.family >= address.family : same(one.address, address),
  );
  if (found) return 'yes';
  return listeners.isWhole ? 'no' : 'unknown';
}

type Listeners = NonNullable<NetnsNode['listeners']>['list'];

const byPort = onceFor(
  (listeners: Listeners): ReadonlyMap<number, Listeners> => groupedBy(listeners, (one) => one.port),
);

const onPort = (listeners: Listeners, port: number): Listeners => byPort(listeners).get(port) ?? [];

const same = (a: Address, b: Address) => a.family === b.family && a.value === b.value;

/** Returns the path of the replies: a translation must be undone where it was made, so they pass the NAT gateway. */
function replies(
  topology: Topology,
  { address, port, hop }: Served,
  node: NetnsNode,
  clientTraces: Served['clientTraces'],
): Pick<ServerEnd, 'returns' | 'returnsVia'> {
  const delivered = clientTraces.filter(({ trace }) => trace.ending === 'delivered');
  const links = linksOf(node);
  // external clients are far away; and packets of the server to itself never leave it
  const all = unionOf(
    delivered.map(({ clients, trace: { packets: set } }) =>
      clients.every((client) => client.node === null) ? difference(set.source, links) : set.source,
    ),
  );
  const seen = difference(all, ownAddresses(node.net));
  if (firstAddress(seen) === null || missingFor(node, seen).some(({ what }) => what === 'routes'))
    return { returns: 'unknown', returnsVia: '' };
  const answers = nextHops(topology, node, hop.node, packets(addressSet(address), seen, fieldsOf(port)));
  if (answers === null) return { returns: 'unknown', returnsVia: '' };
  const near = hop.outcome.gateway === null;
  const astray = answers.filter(({ through }) => !through);
  const via = astray[0]?.via ?? '';
  if (astray.length === 0) return { returns: answers.length > 0 ? 'yes' : 'unknown', returnsVia: '' };
  // a router beside the NAT gateway might still lead to it, unless both are on the server's own segment; and what is
  // bridged on the NAT gateway's host may yet be shown to it (net.bridge.bridge-nf-call-iptables)
  const bridged = node.host === hop.node.host && astray.every((one) => one.via === 'on link');
  return { returns: near && !bridged ? 'no' : 'unknown', returnsVia: via };
}

function linksOf({ net }: NetnsNode): AddressSet {
  const networks = net.interfaces.flatMap(({ addresses }) =>
    addresses.map(({ address, prefix }) => prefixSet(address, prefix)),
  );
  return unionOf(networks);
}

const fieldsOf = (port: number) => ({
  protocol: [TCP, TCP],
  ...(port ? { sourcePort: [port, port] } : {}),
});

interface NextStop {
  /** True when it is the NAT gateway. */
  through: boolean;
  via: string;
}

/**
 * Returns the next hops of replies, which are no first packets: nat is skipped, only routes are looked up. Null where
 * it is not known which routes they take.
 */
function nextHops(
  topology: Topology,
  node: NetnsNode,
  natGateway: NetnsNode,
  sent: PacketSet,
): NextStop[] | null {
  const own = ownAddresses(natGateway.net);
  const { net } = node;
  const decisions = routed(flowOf(sent, { in: '' }), net, evaluationContext(net));
  if (decisions.some(({ kind }) => kind === 'unknown')) return null;
  return decisions.flatMap((decision): NextStop[] => {
    if (decision.kind !== 'route' || !decision.hop?.device) return [{ through: false, via: 'no route' }];
    const { device, via: gateway } = decision.hop;
    // packets for the NAT gateway itself get there by whatever router
    const goals = decision.flow.destination.translated;
    const direct = intersects(goals, own) ? [{ through: true, via: '' }] : [];
    if (isEmpty(difference(goals, own))) return direct;
    if (!gateway) return [...direct, { through: false, via: 'on link' }];
    const via = routerName(topology, node, device, gateway);
    return [...direct, { through: contains(own, gateway), via }];
  });
}

function routerName(topology: Topology, from: NetnsNode, out: string, gateway: Address): string {
  const neighbour = neighboursOf(topology, from, out, gateway).find(({ doubt }) => doubt === null);
  return neighbour ? `${printAddress(gateway)} (${neighbour.node.name})` : printAddress(gateway);
}
