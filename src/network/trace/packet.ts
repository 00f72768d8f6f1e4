/** Traces one packet, hop by hop, as `packet-tracer` follows it on a firewall. */
import { type Address, printAddress } from '../address-text.ts';
import { type AddressSet, addressSet, contains, onlyAddress } from '../addresses.ts';
import { hasPorts, PORTS } from '../fields.ts';
import { interfaceNamed } from '../interfaces.ts';
import { mayLeadOut } from '../topology/links.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { ownersOf, type Topology } from '../topology/topology.ts';
import { flowOf } from '../walk/flow.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import { evaluationContext } from '../walk/namespace.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { routed, UNSPECIFIED } from '../walk/routing.ts';
import { sourceFor } from '../walk/walk.ts';
import { isSameStep, type TraceStep, toSteps } from './steps.ts';
import { asFarAsKnown, type Disposition, follow, type Ingress, isCertain, type Trace } from './trace.ts';

export interface PacketQuestion {
  source: Address;
  destination: Address;
  protocol: number;
  /** The source port; null: any. */
  sourcePort: number | null;
  destinationPort: number | null;
  /** The node where it starts or comes in; null: where its source address is, or else where its destination is. */
  at: NetnsNode | null;
  /** The interface that it comes in by there; null: it is sent there, or comes in where replies would leave. */
  input: string | null;
}

export interface PacketTrace {
  outcome: Disposition;
  certain: boolean;
  /** The steps that all traces have in common, where there are several. */
  steps: TraceStep[];
  /** The packet in the end; null where it is not known. `node` is null when it left the fleet. */
  final: { source: Address | null; destination: Address | null; node: NetnsNode | null };
  /** The reasons why it is not certain, or the traces that there are. */
  doubts: string[];
  /** Every trace, when there are several: to different ends. */
  paths: { outcome: Disposition; steps: TraceStep[] }[];
}

/** The reason why a packet's start is not known, and the namespaces that it may be. */
export interface NoStart {
  reason: string;
  candidates: NetnsNode[];
}

export function tracePacket(topology: Topology, question: PacketQuestion): PacketTrace | NoStart {
  const start = startOf(topology, question);
  if ('reason' in start) return start;
  return combined(follow(topology, start.node, start.entry, packetsAsked(question)), question);
}

/** Returns the packets of a question: of any port that was not given. */
export function packetsAsked({
  source,
  destination,
  protocol,
  sourcePort,
  destinationPort,
}: PacketQuestion): PacketSet {
  const port = (number: number | null) => (number === null || !hasPorts(protocol) ? PORTS : [number, number]);
  return {
    source: addressSet(source),
    destination: addressSet(destination),
    protocol: [protocol, protocol],
    sourcePort: port(sourcePort),
    destinationPort: port(destinationPort),
  };
}

/** Returns the source that the kernel gives to a packet of a namespace's own sockets; null where its routes do not say. */
export function usualSource(
  { net }: NetnsNode,
  {
    destination,
    protocol,
    destinationPort,
  }: Pick<PacketQuestion, 'destination' | 'protocol' | 'destinationPort'>,
): Address | null {
  const ports = destinationPort === null ? {} : { destinationPort: [destinationPort, destinationPort] };
  const sent = packets(UNSPECIFIED[destination.family], addressSet(destination), {
    protocol: [protocol, protocol],
    ...ports,
  });
  return sourceFor(net, sent);
}

interface Start {
  node: NetnsNode;
  entry: Ingress;
}

/** Returns where the packets start or come in. */
export function startOf(topology: Topology, question: PacketQuestion): Start | NoStart {
  const { source, destination, at, input } = question;
  const [only] = topology.nodes;
  const alone = topology.nodes.length === 1 && only ? only : null;
  const receiver = at ?? alone;
  if (input !== null && receiver) return { node: receiver, entry: { kind: 'received', input } };
  if (input !== null)
    return { reason: `where ${input} is was not said`, candidates: withDevice(topology, input) };
  if (at) return startAt(at, question);
  const senders = nodesWith(topology, source);
  const [sender] = senders;
  if (sender && senders.length === 1) return startAt(sender, question);
  if (senders.length > 1)
    return { reason: `several namespaces have ${printAddress(source)}`, candidates: senders };
  const doors = ownersOf(topology, destination).filter(({ link }) => mayLeadOut(link));
  const [door] = doors;
  const nodes = [...new Set(doors.map(({ node }) => node))];
  if (door && nodes.length === 1)
    return { node: door.node, entry: { kind: 'received', input: door.device.name } };
  if (alone && nodes.length === 0) return startAt(alone, question);
  const nobody = `nobody of the fleet has ${printAddress(source)}`;
  if (nodes.length > 1)
    return { reason: `${nobody}, and several have ${printAddress(destination)}`, candidates: nodes };
  return { reason: `${nobody}, so where its packets come in can't be told`, candidates: [] };
}

function nodesWith(topology: Topology, address: Address): NetnsNode[] {
  const owners = ownersOf(topology, address).filter((one) => one.address.scope !== 'host');
  return [...new Set(owners.map(({ node }) => node))];
}

/** Returns the start: here, if the address is this namespace's own; else it comes in from where the address is. */
function startAt(node: NetnsNode, { source, destination }: PacketQuestion): Start {
  if (contains(ownAddresses(node.net), source)) return { node, entry: { kind: 'sent' } };
  const input = deviceToward(node, source, addressSet(destination));
  return { node, entry: { kind: 'received', input } };
}

const withDevice = ({ nodes }: Topology, device: string) =>
  nodes.filter(({ net }) => interfaceNamed(net.interfaces, device) !== undefined);

/**
 * Returns the interface that packets to an address leave by, as those of replies do; null where it is not known.
 * `from`: their sources.
 */
export function deviceToward({ net }: NetnsNode, address: Address, from: AddressSet): string | null {
  const decisions = routed(
    flowOf(packets(from, addressSet(address)), { in: '' }),
    net,
    evaluationContext(net),
  );
  const devices = new Set(
    decisions.map((decision) => (decision.kind === 'route' ? (decision.hop?.device ?? null) : null)),
  );
  const [only = null] = devices;
  return devices.size === 1 ? only : null;
}

/** Combines traces; several that come to the same end are one. */
function combined(followed: readonly Trace[], question: PacketQuestion): PacketTrace {
  const traces = followed.map(asFarAsKnown);
  const certain = traces.every(isCertain);
  const paths = traces.map((trace) => ({ outcome: trace.ending, steps: toSteps(trace) }));
  const ends = new Set(traces.map(endKey));
  const [first] = traces;
  const doubts = [...new Set(traces.flatMap((one) => one.doubts.map(({ reason }) => reason)))];
  if (first && ends.size === 1)
    return {
      outcome: first.ending,
      certain,
      steps: toSteps(first),
      final: finalOf(first),
      doubts,
      paths: [],
    };
  const steps = inCommon(paths.map((path) => path.steps));
  const last = steps.at(-1);
  const final = {
    source: last ? onlyAddress(last.after.source) : question.source,
    destination: last ? onlyAddress(last.after.destination) : question.destination,
    node: last?.node ?? null,
  };
  const why = doubts.length > 0 ? doubts : [`${openPorts(question)} decides, and it was not given`];
  return { outcome: 'undecided', certain: false, steps, final, doubts: why, paths };
}

function openPorts({ destinationPort }: PacketQuestion): string {
  return destinationPort === null ? 'the destination port' : 'the source port';
}

function finalOf({ ending, packets: { source, destination }, hops, stop }: Trace): PacketTrace['final'] {
  const last = stop?.node ?? hops.at(-1)?.node ?? null;
  const node = ending === 'exits-fleet' ? null : last;
  return { source: onlyAddress(source), destination: onlyAddress(destination), node };
}

function endKey(trace: Trace): string {
  const { source, destination, node } = finalOf(trace);
  const texts = [source, destination].map((address) => (address ? printAddress(address) : '?'));
  return [trace.ending, ...texts, node?.name ?? ''].join(' ');
}

function inCommon(paths: readonly TraceStep[][]): TraceStep[] {
  const [first = [], ...others] = paths;
  const differs = first.findIndex((step, i) =>
    others.some((other) => other[i] === undefined || !isSameStep(other[i], step)),
  );
  return differs < 0 ? first : first.slice(0, differs);
}
