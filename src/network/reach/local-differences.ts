/** Finds what is different in one namespace by itself: a change is there first, and only what comes there can be touched by it. */
import { type AddressSet, ALL, ALL4, ALL6, intersection, isEmpty, NONE, unionOf } from '../addresses.ts';
import { printSetting } from '../interface-settings.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Disposition, Ingress, Trace } from '../trace/trace.ts';
import { missingAt, toDoubt } from '../trace/trace.ts';
import { afterwards, type Outcome, type PacketClass } from '../walk/outcomes.ts';
import { type PacketSet, packets } from '../walk/packets.ts';
import { receive, send } from '../walk/walk.ts';
import { type Cell, differencesOfCells } from './differences.ts';
import { addressesOf } from './questions.ts';
import { reachBy } from './reach.ts';
import { packetsOfRules } from './touched-by-rules.ts';

/** Returns the destinations, as packets come to the namespace, that are treated otherwise by it than before. */
export const changedDestinations = (before: NetnsNode, after: NetnsNode): AddressSet =>
  changedPackets(before, after)?.destination ?? NONE;

/** Returns packets among which are all that it treats otherwise, as they come to it; null where it treats none so. */
export function changedPackets(before: NetnsNode, after: NetnsNode): PacketSet | null {
  if (before === after) return null;
  // who answers on a link is a matter of all who are on it
  if (segmentText(before) !== segmentText(after)) return packets(ALL, ALL);
  const own = unionOf([addressesOf(before), addressesOf(after)]);
  const touched = packetsOfRules(before, after);
  if (touched === null) return null;
  // what comes in by lo was sent here, and is followed from there
  const devices = before.net.interfaces.filter(({ flags }) => !flags.includes('LOOPBACK'));
  const inputs: Ingress[] = devices.map(({ name }) => ({ kind: 'received', input: name }));
  const found = ([ALL4, ALL6] as const).flatMap((family) =>
    [{ kind: 'sent' } as const, ...inputs].flatMap((entry) => {
      const destination = intersection(touched.destination, family);
      const sources = entry.kind === 'sent' ? intersection(own, family) : family;
      const cells = (node: NetnsNode) => cellsAt(node, entry, { ...touched, source: sources, destination });
      return differencesOfCells(cells(before), cells(after));
    }),
  );
  if (found.length === 0) return null;
  const destination = unionOf(found.map((one) => one.packets.destination));
  return { ...touched, destination };
}

/** Returns all that decides who gets a frame. */
const segmentText = ({ net, allSeen, missing }: NetnsNode): string =>
  JSON.stringify(
    [
      net.interfaces,
      allSeen,
      missing.map(({ what, reason }) => [what, reason]),
      [...net.settings.values()].filter(({ key }) => key.endsWith('arp_ignore')).map(printSetting),
    ],
    (_, value) => (typeof value === 'bigint' ? `${value}` : value),
  );

/** Returns what one namespace by itself makes of packets. */
export function cellsAt(node: NetnsNode, entry: Ingress, all: PacketSet): Cell[] {
  if (isEmpty(all.source) || isEmpty(all.destination)) return [];
  const parts = entry.kind === 'sent' ? send(node.net, all) : receive(node.net, all, entry.input);
  return parts.map((part) => ({
    packets: part.packets,
    ways: part.outcomes.map((outcome) => reachBy(traceOf(node, entry, part, outcome))),
  }));
}

/** A trace of one namespace: what goes on leaves all that is looked at. */
function traceOf(node: NetnsNode, entry: Ingress, part: PacketClass, outcome: Outcome): Trace {
  const after = afterwards(part.packets, outcome);
  const hop = { node, entry, before: part.packets, outcome, after };
  return {
    origin: part.packets,
    hops: [hop],
    ending: ENDINGS[outcome.verdict],
    packets: after,
    doubts: [...outcome.doubts, ...missingAt(hop).map(toDoubt(node))],
    stop: null,
  };
}

const ENDINGS: Record<Outcome['verdict'], Disposition> = {
  passed: 'exits-fleet',
  forwarded: 'exits-fleet',
  delivered: 'delivered',
  dropped: 'dropped',
  refused: 'dropped',
  unroutable: 'dropped',
  unknown: 'undecided',
};
