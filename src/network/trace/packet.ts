/** Traces one packet, hop by hop, as `packet-tracer` follows it on a firewall. */
import { type Address, printAddress } from '../address-text.ts';
import { ALL, addressSet, contains, onlyAddress } from '../addresses.ts';
import { hasPorts, PORTS } from '../fields.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { ownersOf, type Topology } from '../topology/topology.ts';
import { flowOf } from '../walk/flow.ts';
import { evaluationContext, ownAddresses } from '../walk/namespace.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { routed } from '../walk/routing.ts';
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
  return combined(follow(topology, start.node, start.entry, packetOf(question)), question);
}

function packetOf({ source, destination, protocol, sourcePort, destinationPort }: PacketQuestion): PacketSet {
  const port = (number: number | null) => (number === null || !hasPorts(protocol) ? PORTS : [number, number]);
  return {
    source: addressSet(source),
    destination: addressSet(destination),
    protocol: [protocol, protocol],
    sourcePort: port(sourcePort),
    destinationPort: port(destinationPort),
  };
}

interface Start {
  node: NetnsNode;
  entry: Ingress;
}

function startOf(topology: Topology, { source, destination, at }: PacketQuestion): Start | NoStart {
  if (at) return startAt(at, source);
  const senders = nodesWith(topology, source);
  const [sender] = senders;
  if (sender && senders.length === 1) return startAt(sender, source);
  if (senders.length > 1)
    return { reason: `several namespaces have ${printAddress(source)}`, candidates: senders };
  const doors = ownersOf(topology, destination).filter(({ link }) => link.kind === 'public');
  const [door] = doors;
  const nodes = [...new Set(doors.map(({ node }) => node))];
  if (door && nodes.length === 1)
    return { node: door.node, entry: { kind: 'received', input: door.device.name } };
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
function startAt(node: NetnsNode, source: Address): Start {
  if (contains(ownAddresses(node.net), source)) return { node, entry: { kind: 'sent' } };
  return { node, entry: { kind: 'received', input: deviceToward(node, source) } };
}

/** Returns the interface that replies would leave by; null where it is not known. */
export function deviceToward({ net }: NetnsNode, address: Address): string | null {
  const routes = routed(flowOf(packets(ALL, addressSet(address)), { in: '' }), net, evaluationContext(net));
  const devices = new Set(routes.map(({ hop }) => hop?.device ?? null));
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
