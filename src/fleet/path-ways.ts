/** The ways of a path's clients, hop by hop. */
import { type AddressSet, printAddresses } from '../network/addresses.ts';
import type { Client } from '../network/paths/clients.ts';
import type { Source } from '../network/paths/sources.ts';
import type { Way } from '../network/paths/ways.ts';
import { type Hop, hopsOf } from '../network/trace/hops.ts';
import { isCertain } from '../network/trace/trace.ts';
import type { PacketSet } from '../network/walk/packets.ts';
import type { PathHop, PathWay } from './path-fact.ts';
import { destinationText, MOST_NAMES, nameOf, placeOf, reasonsOf, senderText } from './path-words.ts';

/** The ways of the worst source first, the winner's before others, those of the fleet before strangers'. */
export function waysOf(ways: readonly Way[], worst: Source | undefined): Way[] {
  const winner = worst?.winner?.client.station;
  const rank = ({ clients, journey }: Way) =>
    (worst !== undefined && same(journey.packets.source, worst.addresses) ? 0 : 4) +
    (clients.every(({ station }) => station === null) ? 2 : 0) +
    (winner && clients.some(({ station }) => station === winner) ? 0 : 1);
  return arriving(ways).sort((a, b) => rank(a) - rank(b));
}

const same = (a: AddressSet, b: AddressSet) => printAddresses(a, 16) === printAddresses(b, 16);

/** Without those that are dropped on the way, unless all are; of strangers, those whose source is changed say more. */
export function arriving(ways: readonly Way[]): Way[] {
  const through = ways.filter(({ journey }) => journey.ending !== 'dropped');
  const kept = through.length > 0 ? through : ways;
  const isChanged = ({ journey }: Way) => journey.legs.some(({ outcome }) => outcome.source !== null);
  const isStrange = ({ clients }: Way) => clients.every(({ station }) => station === null);
  const changed = kept.some((way) => isStrange(way) && isChanged(way));
  return kept.filter((way) => !isStrange(way) || !changed || isChanged(way));
}

export function toWay({ clients, journey }: Way): PathWay {
  const changed = journey.legs.some(({ outcome }) => outcome.source !== null);
  const hops = hopsOf(journey).map(toHop);
  return {
    clients: clients.slice(0, MOST_NAMES).map(nameOf),
    source: clients.length === 1 || changed ? senderText(journey.packets.source) : '',
    hops: [start(clients, journey.legs[0]!.before), ...hops],
    certain: isCertain(journey),
    doubts: reasonsOf(journey.doubts),
  };
}

function start(
  clients: readonly Client[],
  { destination, destinationPort: [port = 0, last] }: PacketSet,
): PathHop {
  const [only] = clients;
  const single = clients.length === 1;
  return {
    ...placeOf(single ? only!.station : null),
    stage: 'sends',
    rule: '',
    origin: '',
    line: 0,
    src: single ? senderText(only!.sources) : `${clients.length} addresses`,
    dst: destinationText(destination, port === last ? port : 0),
    certain: true,
  };
}

function toHop({ station, stage, rule, chain, position, source, destination, port, certain }: Hop): PathHop {
  return {
    ...placeOf(station),
    stage: rule ? `${chain}:${position}` : stage,
    rule: rule?.text ?? '',
    origin: rule?.origin ?? '',
    line: rule?.line ?? 0,
    src: senderText(source),
    dst: destinationText(destination, port),
    certain,
  };
}
