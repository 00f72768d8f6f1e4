/**
 * Which packets of a fleet fare otherwise than before. The work follows the change: what is different in a namespace by
 * itself says which destinations can be touched by it, and of all that may be sent only what may become one of them, and
 * comes through such a namespace, is followed through the fleet of after.
 */
import { intersection, intersects, isEmpty, unionOf } from '../addresses.ts';
import type { Topology } from '../topology/topology.ts';
import type { PacketSet } from '../walk/packets.ts';
import { hullOf } from './asked-for.ts';
import { type Difference, differences } from './differences.ts';
import type { Start } from './follow-all.ts';
import { changedPackets } from './local-differences.ts';
import { type FleetQuestion, questionsOf } from './questions.ts';
import { type Reach, reachOf } from './reach.ts';
import { asTheyCome } from './touched-by-rules.ts';

/** A difference, and where its packets start. */
export interface FleetDifference extends Difference {
  start: Start;
}

/** Nodes are the same in both by their names; one that nothing changed may be the same object, and is not looked at. */
export function fleetDifferences(before: Topology, after: Topology): FleetDifference[] {
  const later = new Map(after.nodes.map((node) => [node.name, node]));
  const changed = new Map<string, PacketSet>();
  for (const node of before.nodes) {
    const now = later.get(node.name);
    if (!now) continue;
    const packets = changedPackets(node, now);
    if (packets) changed.set(node.name, packets);
  }
  const arriving = hullOf([...changed.values()]);
  if (arriving === null) return [];
  const touched = asTheyCome([...new Set([...before.nodes, ...after.nodes])], arriving);
  const starts = new Map(questionsOf(after).map((one) => [questionKey(one), one]));
  return questionsOf(before).flatMap((question) => {
    const now = starts.get(questionKey(question));
    if (!now) return [];
    return answered(before, after, question, now, touched, changed);
  });
}

const questionKey = ({ start: { node, entry }, packets }: FleetQuestion): string =>
  `${node.name} ${entry.kind === 'sent' ? 'sent' : entry.input} ${packets.source.v4.length > 0} ${packets.destination.v4.join()}${packets.destination.v6.join()}`;

function answered(
  before: Topology,
  after: Topology,
  { start, packets }: FleetQuestion,
  now: FleetQuestion,
  touched: PacketSet,
  changed: ReadonlyMap<string, PacketSet>,
): FleetDifference[] {
  const source = intersection(packets.source, now.packets.source);
  const destination = intersection(packets.destination, touched.destination);
  if (isEmpty(source) || isEmpty(destination)) return [];
  const asked = { ...touched, source, destination };
  const then = reachOf(before, start, asked);
  const open = unionOf(
    then.filter((one) => comesThrough(one, changed)).map(({ origin }) => origin.destination),
  );
  if (isEmpty(open)) return [];
  const reaches = reachOf(after, now.start, { ...asked, destination: open });
  const own = then.filter(({ origin }) => intersects(origin.destination, open));
  return differences(own, reaches).map((one) => ({ ...one, start }));
}

/** Tells whether packets come through a changed namespace as something that it treats otherwise; or may do so. */
const comesThrough = ({ trace: { hops, stop } }: Reach, changed: ReadonlyMap<string, PacketSet>): boolean =>
  [
    ...hops.map(({ node, before }) => ({ node, packets: before })),
    ...(stop ? [{ node: stop.node, packets: null }] : []),
  ].some(({ node, packets }) => {
    const touched = changed.get(node.name);
    return (
      touched !== undefined && (packets === null || intersects(touched.destination, packets.destination))
    );
  });
