/** The senders that can reach an address, in classes whose packets come into the same namespace by the same path. */
import { onceFor } from '../../once-for.ts';
import type { Address } from '../address-text.ts';
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  contains,
  difference,
  prefixSet,
  unionOf,
} from '../addresses.ts';
import type { Rule } from '../ruleset.ts';
import { type Link, linkOf, mayLeadOut } from '../topology/links.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { ownersOf, type Topology } from '../topology/topology.ts';
import { onlyDoor } from '../trace/next.ts';
import type { Hop } from '../trace/trace.ts';
import { type Doubt, unknown } from '../walk/flow.ts';
import type { PortAllocation } from '../walk/port-allocation.ts';
import type { Counted } from './alike-senders.ts';
import type { Departure } from './departures.ts';
import { NEVER } from './special-purpose.ts';
import { firstStops, type Traffic } from './traffic.ts';

/** A rule and the node it belongs to. */
export interface NodeRule {
  node: NetnsNode;
  rule: Rule;
}

/** A sender of the fleet, or all that the fleet does not own (`node` null). */
export interface Client {
  node: NetnsNode | null;
  /** The source that it sends with. */
  sources: AddressSet;
  /** The source when the trace begins, if its own rules or routers of the fleet changed it. */
  leaves?: AddressSet;
  /** The rules, its own and of routers, that changed the source before the trace begins. */
  rules?: NodeRule[];
  /** The allocation of its source port before the trace. */
  allocation?: PortAllocation | null;
  /** The number of further clients, each of another host, that are like this one and were counted alone. */
  others?: number;
}

/** The sources that come in, and the clients they belong to. */
export interface ClientClass {
  node: NetnsNode;
  input: string | null;
  members: Member[];
  sources: AddressSet;
  doubts: Doubt[];
}

export interface Member {
  client: Client;
  /** The source as it comes in; null for external clients, who come in unchanged. */
  leaves: Address | null;
  /** The hops of the fleet's routers that it came through. */
  hops: readonly Hop[];
  /** The further members that it stands for. */
  counted?: Counted;
}

/** Returns the clients of the fleet that send to `target` from another namespace than the one that gets it first. */
export function clientClassesTo(topology: Topology, traffic: Traffic, target: Address): ClientClass[] {
  const clientClasses = new Map<string, ClientClass>();
  for (const { departure, counted } of traffic.toward(target)) {
    const passedOn = traffic.passedOn.get(departure);
    if (passedOn && contains(passedOn, target)) continue;
    const { stops, far } = firstStops(topology, traffic, departure, target);
    const door = far ? onlyDoor(topology, target, departure.node) : null;
    for (const { node, input, doubt } of door ? [door] : stops) {
      const doubts = [
        ...departure.doubts,
        ...(far ? [THROUGH_EXTERNAL_CLIENTS] : []),
        ...(doubt ? [doubt] : []),
      ];
      const key = [node.name, input, ...doubts.map(({ reason }) => reason)].join('\n');
      const clientClass = clientClasses.get(key) ?? {
        node,
        input,
        members: [],
        sources: { v4: [], v6: [] },
        doubts,
      };
      clientClass.members.push(counted ? withCounted(memberOf(departure), counted) : memberOf(departure));
      clientClasses.set(key, clientClass);
    }
  }
  return [...clientClasses.values()].map((clientClass) => ({
    ...clientClass,
    sources: unionOf(
      clientClass.members.flatMap(({ leaves, counted }) => [
        ...(leaves ? [addressSet(leaves)] : []),
        ...(counted ? [counted.among] : []),
      ]),
    ),
  }));
}

/** Returns the member that a departure is of: of many classes, as it goes to many addresses. */
export const memberOf = onceFor(
  ({ node, source, leaves, hops, translation }: Departure): Member => ({
    client: {
      node,
      sources: addressSet(source),
      rules: translation.rules.map((rule) => ({ node, rule })),
      allocation: translation.allocation,
    },
    leaves,
    hops,
  }),
);

const withCounted = ({ client, ...member }: Member, counted: Counted): Member => ({
  ...member,
  client: { ...client, others: counted.hosts },
  counted,
});

const THROUGH_EXTERNAL_CLIENTS: Doubt = unknown(
  'routers that are not in the inventory may translate addresses, or drop packets',
);

/** Returns the clients outside the fleet that come in by this interface; null where nobody can. */
export function externalClientsAt(topology: Topology, node: NetnsNode, target: Address): ClientClass[] {
  const inputs = ownersOf(topology, target).filter(
    (one) => one.node === node && (mayLeadOut(one.link) || isAnnounced(one.device.name)),
  );
  return inputs.slice(0, 1).map(({ device, link }) => {
    const family = target.family === 4 ? ALL4 : ALL6;
    const sources = [NEVER, topology.own, innerNetworks(topology, node)].reduce(difference, family);
    return {
      node,
      input: link.kind === 'silent' ? null : device.name,
      members: [{ client: { node: null, sources }, leaves: null, hops: [] }],
      sources,
      doubts: doubtsOfLink(link, `${device.name} of ${node.name}`),
    };
  });
}

/** Returns the reasons why it is not sure that anybody from outside comes in by an interface. */
export function doubtsOfLink({ kind }: Link, device: string): Doubt[] {
  switch (kind) {
    case 'silent':
      return [unknown(`whether anybody routes to an address on ${device}`)];
    case 'unknown':
      return [unknown(`whether ${device} leads out of the host`)];
    case 'public':
    case 'private':
      return [];
  }
}

/**
 * True for a device whose addresses a routing daemon may announce: lo. Those of kube-proxy and dummies are the host's
 * own.
 */
const isAnnounced = (device: string) => device === 'lo';

/** Returns the networks of what runs on the host: nobody else sends from there. */
export function innerNetworks({ links }: Topology, node: NetnsNode): AddressSet {
  const inner = node.net.interfaces.filter((device) => linkOf(links, node, device).kind === 'private');
  return unionOf(
    inner.flatMap(({ addresses }) => addresses.map(({ address, prefix }) => prefixSet(address, prefix))),
  );
}
