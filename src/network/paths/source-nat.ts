/** The packets that a namespace gives another source address, whatever the texts of its rules say. */
import { groupedBy } from '../../grouped-by.ts';
import { addressKey } from '../address-text.ts';
import {
  type AddressSet,
  ALL,
  ALL4,
  ALL6,
  addressSet,
  contains,
  covers,
  difference,
  intersection,
  isEmpty,
  prefixSet,
  unionOf,
} from '../addresses.ts';
import { serviceOf, type VirtualService } from '../ipvs.ts';
import type { Route } from '../routes.ts';
import { likeServices } from '../symmetry/like-services.ts';
import { linkOf } from '../topology/links.ts';
import { localRoute, type NetnsNode } from '../topology/nodes.ts';
import { type Topology, topologyOf } from '../topology/topology.ts';
import { leave } from '../walk/leave.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import { ZERO } from '../walk/marks.ts';
import { evaluationContext, type Namespace } from '../walk/namespace.ts';
import type { Outcome, PacketClass } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { receiveAnyhow } from '../walk/walk.ts';
import { clientsBehind } from './clients-behind.ts';
import { NEVER } from './special-purpose.ts';

export interface SourceNat {
  /** The services that forward by NAT, whose clients get another source address as soon as conntrack sees them. */
  services: VirtualService[];
  /** The names of further ones of which that hangs on what is not known. */
  undecided: string[];
  /**
   * True where packets from beyond the host's networks get another source address by whichever interface they leave;
   * null: not known.
   */
  everything: boolean | null;
}

/** From so many real servers on, one service stands for those that are like it. */
const MANY_SERVERS = 500;

/**
 * @param nodes the namespaces of one host
 * @param many the number of real servers from which on one service stands for those that are like it
 */
export function sourceNatIn(
  nodes: readonly NetnsNode[],
  node: NetnsNode,
  many: number = MANY_SERVERS,
): SourceNat {
  const topology = topologyOf(nodes);
  const servers = node.net.services.reduce((sum, service) => sum + service.servers.length, 0);
  const { services, undecided } =
    servers > many ? masqueradedAlike(topology, node) : masqueradedServices(topology, node, ALL);
  return { services, undecided, everything: masqueradesEverything(node.net) };
}

interface Masqueraded extends Pick<SourceNat, 'services' | 'undecided'> {
  /** Those of whose packets from one client some keep their source, or may, and some do not. */
  uneven: ReadonlySet<VirtualService>;
}

/** Walks some services, and those that are like none of which all or nothing is masqueraded. */
function masqueradedAlike(topology: Topology, node: NetnsNode): Masqueraded {
  const { services } = node.net;
  const { spared, standIns } = likeServices([node]);
  const some = masqueradedServices(topology, node, difference(ALL, spared));
  if (some.undecided.length > 0) return masqueradedServices(topology, node, ALL);
  const yes = new Set(some.services);
  const named = new Map(services.map((one) => [whereOf(one), one]));
  const answers = services.map((service) => {
    const { address } = service;
    if (address === null || !contains(spared, address)) return yes.has(service);
    const like = standIns(address).map((own) => named.get(whereOf({ ...service, address: own })));
    const found = new Set(like.map((one) => (one && !some.uneven.has(one) ? yes.has(one) : undefined)));
    const [answer] = found;
    return found.size === 1 && answer !== undefined ? answer : null;
  });
  return answers.includes(null)
    ? masqueradedServices(topology, node, ALL)
    : { ...some, services: inOrder(services.filter((_, i) => answers[i] === true)) };
}

const whereOf = ({ protocol, address, port }: VirtualService) =>
  `${protocol} ${address && addressKey(address)} ${port}`;

/** Sorts services as they are met: by address. */
const inOrder = (services: readonly VirtualService[]) =>
  [...services].sort(({ address: a }, { address: b }) => Number(a?.value ?? -1) - Number(b?.value ?? -1));

function masqueradedServices(topology: Topology, node: NetnsNode, among: AddressSet): Masqueraded {
  const services = new Set<VirtualService>();
  const doubtful = new Set<VirtualService>();
  const uneven = new Set<VirtualService>();
  const classes = node.net.services.some(isMasqueraded) ? clientPackets(topology, node, among) : [];
  for (const { outcomes } of classes) {
    for (const [service, possible] of groupedBy(outcomes, masqueradedBy(node.net.services))) {
      if (service === null) continue;
      const changed = possible.filter(({ source }) => source !== null);
      const all = changed.length === possible.length;
      if (changed.length > 0 && !(all && changed.every(isSure))) uneven.add(service);
      if (all || changed.some(isSure)) services.add(service);
      else if (changed.length > 0) doubtful.add(service);
    }
  }
  const undecided = [...doubtful].filter((service) => !services.has(service)).map(nameOf);
  return { services: [...services], undecided, uneven };
}

/** The service by which packets are sent on with another destination; null for none. */
const masqueradedBy =
  (services: readonly VirtualService[]) =>
  ({ server }: Outcome): VirtualService | null =>
    (server?.forwarding === 'masq' ? serviceOf(services, server) : null) ?? null;

/** Tells whether an outcome comes about, be it by chance. */
const isSure = ({ doubts }: Outcome) => doubts.every(({ cause }) => cause === 'chance');

const isMasqueraded = ({ servers }: VirtualService) =>
  servers.some(({ forwarding }) => forwarding === 'masq');

const nameOf = ({ protocol, port, fwmark }: VirtualService) =>
  fwmark > 0 ? `firewall mark ${fwmark}` : `${protocol} port ${port}`;

/** Walks what clients send to the virtual services, as it would go if conntrack saw it and the addresses were here. */
function clientPackets(topology: Topology, node: NetnsNode, among: AddressSet): PacketClass[] {
  const { net } = node;
  const virtual = net.services.flatMap(({ address }) => address ?? []);
  const own = ownAddresses(net);
  const routes = virtual.map((address) => localRoute(address, address.family === 4 ? 32 : 128, 'lo'));
  const elsewhere = node.missing.some(({ what }) => what === 'routes') ? UNSEEN_ROUTES : [];
  const namespace = { ...net, virtualConntrack: true, routes: [...net.routes, ...routes, ...elsewhere] };
  const all = difference(unionOf([own, ...virtual.map(addressSet)]), NEVER);
  const destination = intersection(all, among);
  const uplinks = net.interfaces.filter((device) => linkOf(topology.links, node, device).kind === 'public');
  const sources = difference(clientsBehind(uplinks, net), own);
  const inputs = uplinks.flatMap(({ name, addresses }) => (addresses.length > 0 ? [name] : []));
  return (inputs.length > 0 ? inputs : [null]).flatMap((input) =>
    [ALL4, ALL6].flatMap((family) => {
      const [from, to] = [intersection(sources, family), intersection(destination, family)];
      return isEmpty(from) || isEmpty(to) ? [] : receiveAnyhow(namespace, packets(from, to), input);
    }),
  );
}

/**
 * Ways to the real servers that no other route leads to, where routes are not known: by some interface. Rules that ask
 * for none translate there all the same.
 */
const UNSEEN_ROUTES: Route[] = ([4, 6] as const).map((family) => ({
  family,
  table: 'main',
  type: 'unseen',
  destination: family === 4 ? ALL4 : ALL6,
  bits: 0,
  from: family === 4 ? ALL4 : ALL6,
  tos: 0,
  metric: Number.POSITIVE_INFINITY,
  hops: [],
  source: null,
  scope: 'global',
  protocol: '',
  encap: null,
  flags: [],
  text: 'routes that are not known',
  line: 0,
}));

/** A name that no interface can have: IFNAMSIZ is 16 with the byte at its end (include/uapi/linux/if.h). */
const WHICHEVER = 'whichever-interface';

/** Null: not known. */
function masqueradesEverything(net: Namespace): boolean | null {
  const networks = net.interfaces.flatMap(({ name, flags, addresses }) =>
    flags.includes('LOOPBACK')
      ? []
      : addresses
          .filter(
            ({ address, prefix, scope }) => scope === 'global' && prefix < (address.family === 4 ? 32 : 128),
          )
          .map(({ address, prefix }) => ({ out: name, network: prefixSet(address, prefix) })),
  );
  const near = unionOf([ownAddresses(net), ...networks.map(({ network }) => network), NEVER]);
  const answers = [ALL4, ALL6].map((family) => {
    const beyond = difference(family, near);
    const covering = networks.filter(({ network }) => covers(family, network));
    // behind a host with one interface there is nobody who could see the difference
    if (new Set(covering.map(({ out }) => out)).size < 2) return false;
    return every([...covering, { out: WHICHEVER, network: beyond }], ({ out, network }) =>
      allGetAnotherSource(net, beyond, network, out),
    );
  });
  return answers.includes(true) ? true : answers.includes(null) ? null : false;
}

function every<T>(items: readonly T[], holds: (item: T) => boolean | null): boolean | null {
  let known: boolean | null = true;
  for (const item of items) {
    const answer = holds(item);
    if (answer === false) return false;
    if (answer === null) known = null;
  }
  return known;
}

function allGetAnotherSource(
  net: Namespace,
  source: AddressSet,
  destination: AddressSet,
  out: string,
): boolean | null {
  const options = { ruleset: net.ruleset, context: evaluationContext(net) };
  // what comes in and is passed on bears no mark, unless a rule gives it one
  const about = { out, mark: ZERO, connmark: ZERO, fromStart: true };
  const classes = leave(options, packets(source, destination), [{ about, before: [], doubt: null }]);
  const isChanged = (outcome: Outcome) => outcome.source !== null && outcome.verdict === 'passed';
  if (classes.every(({ outcomes }) => outcomes.every(isChanged))) return true;
  return classes.some(({ outcomes }) => !outcomes.some(isChanged)) ? false : null;
}
