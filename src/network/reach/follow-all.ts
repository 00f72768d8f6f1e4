/** Follows packets to their ends, however many: a question of too many paths is asked again in parts. */
import {
  type AddressSet,
  difference,
  intersection,
  intersects,
  isEmpty,
  spanOf,
  unionOf,
} from '../addresses.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { follow, type Ingress, TOO_MANY_PATHS, type Trace } from '../trace/trace.ts';
import type { PacketSet } from '../walk/packets.ts';

/** The start of packets: sent by a namespace's own sockets, or coming in by an interface of it. */
export interface Start {
  node: NetnsNode;
  entry: Ingress;
}

/** Returns the traces of all packets; only those to one address may be too many to follow. */
export function followAll(topology: Topology, start: Start, packets: PacketSet): Trace[] {
  const traces = follow(topology, start.node, start.entry, packets);
  const left = traces.filter(({ doubts }) => doubts.includes(TOO_MANY_PATHS));
  if (left.length === 0) return traces;
  const open = intersection(unionOf(left.map(({ origin }) => origin.destination)), packets.destination);
  const rest = difference(packets.destination, open);
  const parts = isEmpty(rest) ? halvesOf(open, left) : [open];
  if (parts === null) return traces;
  const whole = traces.filter(({ origin }) => !intersects(origin.destination, open));
  return [
    ...whole,
    ...parts.flatMap((destination) => followAll(topology, start, { ...packets, destination })),
  ];
}

/** Divides addresses between two of the places where paths part; null where there is one alone. */
function halvesOf(set: AddressSet, traces: readonly Trace[]): AddressSet[] | null {
  const byStart = new Map(traces.map(({ origin }) => [spanOf(origin.destination).from, origin.destination]));
  const starts = [...byStart].sort(([a], [b]) => (a < b ? -1 : 1));
  const lower = starts.slice(0, starts.length >> 1).map(([, destination]) => destination);
  const low = intersection(unionOf(lower), set);
  const high = difference(set, low);
  return isEmpty(low) || isEmpty(high) ? null : [low, high];
}
