/** One packet, hop by hop, as `packet-tracer` follows it on a firewall. */
import { type Address, printAddress } from '../address-text.ts';
import { ALL, addressSet, contains, onlyAddress } from '../addresses.ts';
import { hasPorts, PORTS } from '../fields.ts';
import type { Station } from '../topology/stations.ts';
import { holdersOf, type Topology } from '../topology/topology.ts';
import { flowOf } from '../walk/flow.ts';
import { ownAddresses, worldOf } from '../walk/namespace.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { routed } from '../walk/routing.ts';
import { isSameStep, stepsOf, type TraceStep } from './steps.ts';
import { asFarAsKnown, type Ending, type Entry, follow, isCertain, type Journey } from './trace.ts';

export interface PacketQuestion {
  source: Address;
  destination: Address;
  protocol: number;
  /** Null: any. */
  sourcePort: number | null;
  destinationPort: number | null;
  /** Where it starts or comes in; null: where its source address is, or else where its destination is. */
  at: Station | null;
}

export interface PacketTrace {
  outcome: Ending;
  certain: boolean;
  /** Those that all ways have in common, where there are several. */
  steps: TraceStep[];
  /** Null where it can't be told. `station` is null when it left the fleet. */
  final: { source: Address | null; destination: Address | null; station: Station | null };
  /** Why it is not certain, or which ways there are. */
  doubts: string[];
  /** Every way, when there are several: to different ends. */
  ways: { outcome: Ending; steps: TraceStep[] }[];
}

/** Why a packet's start can't be told, and the namespaces that it may be. */
export interface NoStart {
  reason: string;
  candidates: Station[];
}

export function tracePacket(topology: Topology, question: PacketQuestion): PacketTrace | NoStart {
  const start = startOf(topology, question);
  if ('reason' in start) return start;
  return combined(follow(topology, start.station, start.entry, packetOf(question)), question);
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
  station: Station;
  entry: Entry;
}

function startOf(topology: Topology, { source, destination, at }: PacketQuestion): Start | NoStart {
  if (at) return startAt(at, source);
  const senders = stationsWith(topology, source);
  if (senders.length === 1) return startAt(senders[0]!, source);
  if (senders.length > 1)
    return { reason: `several namespaces have ${printAddress(source)}`, candidates: senders };
  const doors = holdersOf(topology, destination).filter(({ wire }) => wire.kind === 'public');
  const stations = [...new Set(doors.map(({ station }) => station))];
  if (stations.length === 1)
    return { station: stations[0]!, entry: { kind: 'received', input: doors[0]!.device.name } };
  const nobody = `nobody of the fleet has ${printAddress(source)}`;
  if (stations.length > 1)
    return { reason: `${nobody}, and several have ${printAddress(destination)}`, candidates: stations };
  return { reason: `${nobody}, so where its packets come in can't be told`, candidates: [] };
}

function stationsWith(topology: Topology, address: Address): Station[] {
  const holders = holdersOf(topology, address).filter((one) => one.address.scope !== 'host');
  return [...new Set(holders.map(({ station }) => station))];
}

/** It starts here, if the address is this namespace's own; else it comes in from where the address is. */
function startAt(station: Station, source: Address): Start {
  if (contains(ownAddresses(station.net), source)) return { station, entry: { kind: 'sent' } };
  return { station, entry: { kind: 'received', input: deviceToward(station, source) } };
}

/** The interface that replies would leave by; null where it can't be told. */
export function deviceToward({ net }: Station, address: Address): string | null {
  const ways = routed(flowOf(packets(ALL, addressSet(address)), { in: '' }), net, worldOf(net));
  const devices = new Set(ways.map(({ hop }) => hop?.device ?? null));
  return devices.size === 1 ? [...devices][0]! : null;
}

/** Several ways that come to the same are one. */
function combined(followed: readonly Journey[], question: PacketQuestion): PacketTrace {
  const journeys = followed.map(asFarAsKnown);
  const certain = journeys.every(isCertain);
  const ways = journeys.map((journey) => ({ outcome: journey.ending, steps: stepsOf(journey) }));
  const ends = new Set(journeys.map(endKey));
  const [first] = journeys;
  const doubts = [...new Set(journeys.flatMap((one) => one.doubts.map(({ reason }) => reason)))];
  if (first && ends.size === 1)
    return { outcome: first.ending, certain, steps: ways[0]!.steps, final: finalOf(first), doubts, ways: [] };
  const steps = inCommon(ways.map((way) => way.steps));
  const last = steps.at(-1);
  const final = {
    source: last ? onlyAddress(last.after.source) : question.source,
    destination: last ? onlyAddress(last.after.destination) : question.destination,
    station: last?.station ?? null,
  };
  const why = doubts.length > 0 ? doubts : [`${openPorts(question)} decides, and it was not given`];
  return { outcome: 'undecided', certain: false, steps, final, doubts: why, ways };
}

function openPorts({ destinationPort }: PacketQuestion): string {
  return destinationPort === null ? 'the destination port' : 'the source port';
}

function finalOf({ ending, packets: { source, destination }, legs, stop }: Journey): PacketTrace['final'] {
  const last = stop?.station ?? legs.at(-1)?.station ?? null;
  const station = ending === 'left-fleet' ? null : last;
  return { source: onlyAddress(source), destination: onlyAddress(destination), station };
}

function endKey(journey: Journey): string {
  const { source, destination, station } = finalOf(journey);
  const texts = [source, destination].map((address) => (address ? printAddress(address) : '?'));
  return [journey.ending, ...texts, station?.name ?? ''].join(' ');
}

function inCommon(ways: readonly TraceStep[][]): TraceStep[] {
  const [first = [], ...others] = ways;
  const differs = first.findIndex((step, i) =>
    others.some((other) => other[i] === undefined || !isSameStep(other[i], step)),
  );
  return differs < 0 ? first : first.slice(0, differs);
}
