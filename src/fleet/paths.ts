/** The paths of a fleet, as rules see them. */
import type { Lacks } from '../define.ts';
import { printAddress } from '../network/address-text.ts';
import { type AddressSet, ALL4, ALL6, addressSet } from '../network/addresses.ts';
import type { FleetPath } from '../network/paths/fleet-path.ts';
import { followPaths } from '../network/paths/paths.ts';
import { mergingOf } from '../network/paths/sources.ts';
import { type Missing, missingFor, type NetnsNode } from '../network/topology/nodes.ts';
import type { AuditedPath, PathPorts, PathServer } from './path-fact.ts';
import { sharedSource, toPathFact } from './path-facts.ts';
import { pathLines } from './path-lines.ts';
import { pooledSources } from './path-ports.ts';
import { shownTraces, toDrawing } from './path-traces.ts';

/** A path that could not be followed: it is not known whether there is one. */
export interface PathGap {
  host: string;
  namespace: string;
  reason: string;
}

/**
 * Hands over every path of the fleet, in an order of its own that is the same for the same nodes. Returns what could not
 * be followed.
 *
 * @param nodes of all hosts, in the inventory's order
 * @param many the number of paths from which on one stands for all that are like it; absent: as `followPaths` has it
 * @param alike the number of hosts of one kind, far from a service, that are followed each; absent: the same
 * @param compared the nodes of this fleet and of those that it is compared with; absent: of this one
 */
export function auditPaths(
  nodes: readonly NetnsNode[],
  take: (path: AuditedPath) => void,
  many?: number,
  alike?: number,
  compared?: readonly NetnsNode[],
): PathGap[] {
  const allSend = { 4: mayAllBeFollowed(nodes, ALL4), 6: mayAllBeFollowed(nodes, ALL6) };
  const hand = (path: FleetPath): void => take(toPath(path, allSend[path.server.address.family]));
  return followPaths(nodes, hand, many, alike, compared).map(({ node: { host, namespace }, reason }) => ({
    host,
    namespace,
    reason,
  }));
}

/** Tells whether what each node sends can be followed: that takes its routes. */
const mayAllBeFollowed = (nodes: readonly NetnsNode[], destinations: AddressSet): boolean =>
  !nodes.some((node) =>
    missingFor(node, destinations).some(
      ({ what, inPart }) => !inPart && (what === 'routes' || what === 'addresses'),
    ),
  );

function toPath(path: FleetPath, allSend: boolean): AuditedPath {
  const { natGateway, server } = path;
  const { host, namespace } = server.node ?? natGateway;
  const clientTraces = shownTraces(path.clientTraces, path.sources[0]);
  const value = toPathFact(path, clientTraces);
  const name = nameOf(path);
  const nat = natGateway.missing.find(({ what, inPart }) => what === 'nat' && !inPart);
  const reason = nat ? `the nat rules of ${natGateway.name} are not known: ${nat.reason}` : '';
  const unreadable = {
    ...(nat ? Object.fromEntries(OF_NAT.map((field) => [field, reason])) : {}),
  };
  const unseen = missingFor(natGateway, addressSet(server.address));
  const missing = unseen.filter(({ inPart }) => inPart);
  const lacks: Lacks = {
    unreadable,
    atLeast: mayBeMore(AT_LEAST, natGateway, missing),
    within: {
      ...listsMayBeMore(LISTS, natGateway, missing),
      ...listsMayBeMore(
        ['owners'],
        natGateway,
        missing.filter(({ what }) => what === 'addresses'),
      ),
      server: { unreadable: { ...unknownFields(value.server), ...unknownByAddresses(value.server, server) } },
      ports: lacksOfPorts(value.ports, missing, natGateway),
    },
  };
  return {
    host,
    namespace,
    name,
    fact: { value, lines: pathLines(path), ...lacks },
    drawing: toDrawing(name, clientTraces, sharedSource(path), pooledSources(path)[0]),
    merging: allSend && unseen.length === 0 ? mergingOf(path) : 'possible',
    alike: path.alike,
  };
}

/** Rules of the NAT gateway that were not seen may merge more clients. */
const AT_LEAST: readonly string[] = ['clocks', 'unknown', 'clients_total', 'source_rules'];
const LISTS: readonly string[] = ['clients', 'sources', 'rules'];

function mayBeMore(
  fields: readonly string[],
  { name }: NetnsNode,
  missing: readonly Missing[],
): Record<string, string> {
  if (missing.length === 0) return {};
  const reason = `${name}: ${missing.map((one) => one.reason).join('; ')}`;
  return Object.fromEntries(fields.map((field) => [field, reason]));
}

const listsMayBeMore = (...given: Parameters<typeof mayBeMore>): Record<string, Lacks> =>
  Object.fromEntries(Object.entries(mayBeMore(...given)).map(([field, partial]) => [field, { partial }]));

/** Returns what could not be worked out about the server: rules that ask for it are undecided. */
function unknownFields(server: PathServer): Record<string, string> {
  const names = ['returns', 'replies', 'listens', 'arp_ignore', 'arp_announce', 'rp_filter'] as const;
  const unknown = names.filter((word) => server[word] === 'unknown' || server[word] === -1);
  const of =
    server.host === ''
      ? `${server.address}, which is not in the inventory`
      : `${server.host}/${server.namespace}`;
  return Object.fromEntries(unknown.map((name) => [name, `it is not known of ${of}`]));
}

/** Returns what further addresses of the server's would make otherwise, where it may have some that were not seen. */
function unknownByAddresses(
  { holds_vip, addressless }: PathServer,
  { node, address }: FleetPath['server'],
): Record<string, string> {
  const unseen = node === null ? [] : missingFor(node, addressSet(address));
  const why = unseen.find(({ what }) => what === 'addresses')?.reason;
  if (why === undefined) return {};
  return { ...(!holds_vip && { holds_vip: why }), ...(addressless && { addressless: why }) };
}

/** Rules of the NAT gateway that were not seen may give ports, too; and not every kernel's stamps are known. */
function lacksOfPorts(
  { mixed, rewritten, pool }: PathPorts,
  missing: readonly Missing[],
  { name }: NetnsNode,
): Lacks {
  const unseen = missing.map(({ reason }) => `${name}: ${reason}`).join('; ');
  const unread = ['random', 'rewritten', 'mixed', 'pool', 'clocks'] as const;
  if (unseen !== '' && pool === 0)
    return { unreadable: Object.fromEntries(unread.map((field) => [field, unseen])) };
  const unpatched = 'whether a client has offsets by port is not known: its vendor may have taken them over';
  return {
    unreadable: rewritten === 'unknown' ? { rewritten: 'several rules may give ports' } : {},
    ...(mixed === 'unknown' && {
      atLeast: { clocks: unpatched },
      within: { by_port: { partial: unpatched }, kernels: { partial: unpatched } },
    }),
  };
}

/** The words that nobody can know without the NAT gateway's rules. */
const OF_NAT: readonly string[] = [
  'clocks',
  'unknown',
  'sources',
  'merged',
  'winner',
  'loser',
  'rules',
  'ports',
];

/** `tcp 192.168.128.5:5432 → 10.244.3.27:5432 (s2)` */
function nameOf({ kind, protocol, vip, port, fwmark, natGateway, server }: FleetPath): string {
  const protocolName = protocol === 17 ? 'udp' : protocol === 132 ? 'sctp' : 'tcp';
  const end = (address: string, number: number) => (number === 0 ? address : `${address}:${number}`);
  const from =
    fwmark !== 0 ? `mark ${fwmark}` : vip ? end(printAddress(vip), port) : `through ${natGateway.name}`;
  const to = end(printAddress(server.address), server.port);
  return `${kind} ${protocolName} ${from} → ${to}${vip ? ` (${natGateway.name})` : ''}`;
}
