import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/model.ts';
import { parseAddress, printAddress } from '../../src/network/address-text.ts';
import { protocolNumber } from '../../src/network/fields.ts';
import type { FleetPath } from '../../src/network/paths/fleet-path.ts';
import { printSource, type SeenSource, type Sender } from '../../src/network/paths/sources.ts';
import type { NetnsNode } from '../../src/network/topology/nodes.ts';
import { topologyOf } from '../../src/network/topology/topology.ts';
import { tracePacket } from '../../src/network/trace/packet.ts';
import { printNote, printStage } from '../../src/network/trace/step-text.ts';
import { ruleOf } from '../../src/network/trace/steps.ts';
import { isCertain } from '../../src/network/trace/trace.ts';
import { losesPorts, poolSize } from '../../src/network/walk/port-allocation.ts';
import { parseYaml } from '../../src/yaml.ts';
import { fleetPaths } from './all-paths.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

/**
 * Each `fleets/X.yaml` holds a fleet and, in `X.txt`, what is known of its paths; UPDATE=1 writes that anew: read the
 * difference. `traces` are packets to follow through it: `m1: 10.0.0.1 > 10.0.0.2:80`.
 */
const FOLDER = join(import.meta.dirname, 'fleets');
const cases = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

interface Case {
  about: string;
  fleet: Record<string, Words>;
  traces?: string[];
}

describe.each(cases)('%s', (name) => {
  it('has these paths', () => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const { about, fleet, traces = [] } = parseYaml(text, name).value as Json as unknown as Case;
    const nodes = nodesFrom(fleet);
    const said = [about, '', ...told(nodes), ...traces.flatMap((one) => followed(nodes, one)), ''].join('\n');
    const path = join(FOLDER, name.replace(/yaml$/, 'txt'));
    if (process.env.UPDATE === '1') writeFileSync(path, said);
    expect(said).toBe(existsSync(path) ? readFileSync(path, 'utf8') : `(${path} is missing)`);
  });
});

function told(nodes: NetnsNode[]): string[] {
  const { paths, unfollowed } = fleetPaths(nodes);
  const gaps = unfollowed.map(({ node, reason }) => `not all of ${node.name}: ${reason}`);
  return paths.length + gaps.length === 0 ? ['no paths'] : [...paths.flatMap(pathText), ...gaps];
}

function pathText(path: FleetPath): string[] {
  const { kind, vip, port, natGateway, server, sources, owners, clientTraces } = path;
  const to = `${printAddress(server.address)}:${server.port} on ${server.node?.name ?? 'nobody'}`;
  const answering = owners.filter(({ link }) => link.kind !== 'silent').map(({ node }) => node.name);
  const ends = new Set(clientTraces.map(({ trace }) => trace.ending));
  return [
    `${kind} ${vip ? printAddress(vip) : 'any'}:${port} through ${natGateway.name} to ${to}`,
    `  server listens: ${server.listens}, replies return: ${server.returns}${server.returnsVia ? ` (${server.returnsVia})` : ''}`,
    ...(server.real && server.real.forwarding !== 'masq'
      ? [
          `  ${server.real.forwarding}: has the address: ${server.holdsVip}, arp_ignore ${server.arpIgnore}, ` +
            `arp_announce ${server.arpAnnounce}, rp_filter ${server.rpFilter} on ${server.device}; ` +
            `replies ${server.replies}${server.droppedBy ? ` by ${server.droppedBy.name}` : ''}`,
        ]
      : []),
    ...(vip ? [`  owners: ${answering.join(', ') || 'none'}`] : []),
    `  ends: ${[...ends].sort().join(', ')}`,
    ...sources.map(sourceText),
    ...doubts(path).map((reason) => `  ? ${reason}`),
  ];
}

const doubts = ({ clientTraces }: FleetPath) => [
  ...new Set(
    clientTraces.flatMap(({ trace }) =>
      isCertain(trace)
        ? []
        : trace.doubts.filter(({ cause }) => cause === 'unknown').map(({ reason }) => reason),
    ),
  ),
];

function sourceText(source: SeenSource): string {
  const { senders, clocks, unknown, certain, winner, losers, merged, allocation } = source;
  const ports =
    allocation === null || losesPorts(allocation) === false
      ? ''
      : `, one of ${poolSize(allocation)} ports (random: ${allocation.random})`;
  const clock = `${clocks} clock${clocks === 1 ? '' : 's'}${unknown ? ` and ${unknown} unknown` : ''}`;
  const fight = winner ? `; ${nameOf(winner)} wins over ${losers.map(nameOf).join(', ')}` : '';
  return `  ${printSource(source)} is ${senders.map(nameOf).join(', ')}: ${clock}${merged ? ', merged' : ''}${ports}${certain ? '' : ', not certain'}${fight}`;
}

const nameOf = ({ client }: Sender) => client.node?.name ?? 'outside';

/** `m1: 10.0.0.1 > 10.0.0.2:80`, `10.0.0.1 > 10.0.0.2 udp` */
function followed(nodes: NetnsNode[], text: string): string[] {
  const [, at, source, destination, port, protocol = 'tcp'] =
    /^(?:(\S+): )?(\S+) > ([^\s:]+|\[[^\]]+\])(?::(\d+))?(?: (\w+))?$/.exec(text)!;
  const trace = tracePacket(topologyOf(nodes), {
    source: parseAddress(source!)!,
    destination: parseAddress(destination!.replace(/[[\]]/g, ''))!,
    protocol: protocolNumber(protocol)!,
    sourcePort: null,
    destinationPort: port === undefined ? null : Number(port),
    at: nodes.find(({ name }) => name === at) ?? null,
    input: null,
  });
  if ('reason' in trace)
    return ['', `${text}: ${trace.reason} (${trace.candidates.map(({ name }) => name).join(', ')})`];
  const { outcome, certain, final, steps, doubts: why } = trace;
  const end = `${final.source ? printAddress(final.source) : '?'} > ${final.destination ? printAddress(final.destination) : '?'}`;
  return [
    '',
    `${text}: ${outcome}${certain ? '' : ', not certain'} ${final.node?.name ?? '-'} ${end}`,
    ...steps.map((step) => {
      const words = [step.node.name, printStage(step), ruleOf(step)?.target, printNote(step)];
      return `  ${words.filter(Boolean).join(' ')}`;
    }),
    ...why.map((reason) => `  ? ${reason}`),
  ];
}
