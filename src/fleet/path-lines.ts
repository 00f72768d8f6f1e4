/** The lines of evidence that stand behind a path. */
import { printAddress, printEndpoint } from '../network/address-text.ts';
import { serviceOf } from '../network/ipvs.ts';
import type { FleetPath } from '../network/paths/fleet-path.ts';
import type { SeenSource } from '../network/paths/sources.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { AddressOwner } from '../network/topology/topology.ts';
import type { PathLine } from './path-fact.ts';
import { pooledSources } from './path-ports.ts';

/** Returns the lines by the words of rules. For clients and clocks, these are the NAT rules that merge them. */
export function pathLines(path: FleetPath): Record<string, PathLine[]> {
  const rules = rulesOf(path.sources[0]);
  const service = serviceLines(path);
  return {
    rules,
    ports: pooledSources(path).flatMap(rulesOf),
    clocks: [...service, ...rules, ...uptimes(path)],
    merged: [...service, ...rules],
    nat_gateway: service,
    server: service,
    owners: path.owners.map(ownerLine),
    replies: path.owners.filter(({ node }) => node === path.server.droppedBy).map(ownerLine),
    conntrack: conntrackLine(path),
  };
}

const ownerLine = ({ node, device, address }: AddressOwner) =>
  line(
    node,
    address.origin,
    address.line,
    `${printAddress(address.address)}/${address.prefix} on ${device.name}`,
  );

const line = ({ host, namespace }: NetnsNode, origin: string, number: number, text: string): PathLine => ({
  host,
  namespace,
  origin,
  line: number,
  text,
});

function rulesOf(source: SeenSource | undefined): PathLine[] {
  return (source?.rules ?? []).map(({ node, rule }) => line(node, rule.origin, rule.line, rule.text));
}

/** Describes the service in plain text: the table itself is in hex. */
function serviceLines({ natGateway, server, vip }: FleetPath): PathLine[] {
  const { real } = server;
  const service = real && serviceOf(natGateway.net.services, real);
  if (!service) return [];
  const where = service.address ? printEndpoint(service.address, service.port) : `mark ${service.fwmark}`;
  const to = `${printEndpoint(real.address, real.port)} ${real.forwarding} weight ${real.weight}`;
  const text = `${service.protocol} ${where} ${service.scheduler} → ${to}`;
  return [line(natGateway, service.origin, service.line, vip ? text : `${text} (by firewall mark)`)];
}

/** Uptimes that were read further apart, in seconds, can't be compared by eye. */
const APART = 5;

/** Returns the lines of uptimes, which show whose clock is ahead. */
function uptimes({ sources }: FleetPath): PathLine[] {
  const [worst] = sources;
  const concerned = worst?.winner ? [worst.winner, ...worst.losers] : [];
  const nodes = concerned.slice(0, 8).flatMap(({ client: { node } }) => node ?? []);
  const times = nodes.map(({ kernel }) => kernel.readAt.from);
  const apart = Math.max(...times) - Math.min(...times) > APART;
  return nodes.map((node) => {
    const { uptime, release, readAt } = node.kernel;
    const when = apart ? `, read at ${new Date(1000 * readAt.from).toISOString()}` : '';
    return line(node, node.origins.uptime, 1, `${uptime} s since boot (kernel ${release}${when})`);
  });
}

function conntrackLine({ kind, natGateway }: FleetPath): PathLine[] {
  const value = natGateway.net.virtualConntrack;
  if (kind !== 'ipvs' || value === null) return [];
  return [line(natGateway, '/proc/sys/net/ipv4/vs/conntrack', 1, String(Number(value)))];
}
