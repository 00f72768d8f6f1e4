/** The fates of all that each sender sends to one place, for a draft. */
import { printAddress } from '../network/address-text.ts';
import {
  type AddressSet,
  difference,
  intersection,
  isEmpty,
  NONE,
  onlyAddress,
  union,
  unionOf,
} from '../network/addresses.ts';
import { PORTS } from '../network/fields.ts';
import { same } from '../network/ranges.ts';
import { isSettled, type Reach, reachOf } from '../network/reach/reach.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { DraftedSenders } from './draft-names.ts';
import { sourceFate } from './expectations.ts';
import type { FleetOfRun } from './fleet-names.ts';
import type { Destination } from './intent.ts';
import type { IntentSender } from './intent-sender.ts';
import { isToItself, packetsOf } from './try-intent.ts';

/**
 * What becomes of packets: they arrive from their sender's own address, from the one that is named here, or from one of
 * several; they are dropped; or that is not known.
 */
export type DraftedFate = 'kept' | 'some' | 'dropped' | 'open' | (string & {});

export const NOBODY: DraftedSenders = { nodes: new Set(), sources: NONE, outside: NONE };

/** Returns the senders by what becomes of all that they send there. */
export function fatesOf(
  senders: readonly IntentSender[],
  to: Destination,
  fleet: FleetOfRun,
): Map<DraftedFate, DraftedSenders> {
  const fates = new Map<DraftedFate, { nodes: Set<NetnsNode>; sources: AddressSet; outside: AddressSet }>();
  const at = (fate: DraftedFate) => {
    const known = fates.get(fate) ?? { ...NOBODY, nodes: new Set() };
    fates.set(fate, known);
    return known;
  };
  for (const sender of senders) {
    const { node, sources } = sender.client;
    const reaches = reachOf(fleet.topology, sender.start, packetsOf(sender, to));
    const faring = reaches.filter((reach) => !isToItself(sender, reach));
    const [fate, ...more] = new Set(faring.map((reach) => fateOf(reach, sender, to)));
    if (node === null)
      for (const reach of faring) {
        const fared = at(fateOf(reach, sender, to));
        fared.outside = union(fared.outside, reach.origin.source);
      }
    else if (fate !== undefined) {
      const fared = at(more.length === 0 ? fate : 'open');
      fared.nodes.add(node);
      fared.sources = union(fared.sources, sources);
    }
  }
  return withoutContradictions(fates);
}

/** Packets from one address may come in at several places, and fare otherwise at each. */
function withoutContradictions(fates: Map<DraftedFate, DraftedSenders>): Map<DraftedFate, DraftedSenders> {
  const all = [...fates];
  const both = unionOf(
    all.flatMap(([, one], i) =>
      all.slice(i + 1).map(([, other]) => intersection(one.outside, other.outside)),
    ),
  );
  if (isEmpty(both)) return fates;
  const result = new Map(
    all.map(([fate, one]) => [fate, { ...one, outside: difference(one.outside, both) }]),
  );
  const open = result.get('open') ?? NOBODY;
  return result.set('open', { ...open, outside: union(open.outside, both) });
}

function fateOf(reach: Reach, { doubts }: IntentSender, to: Destination): DraftedFate {
  const { disposition, origin, source } = reach;
  const isOfAllPorts = same(origin.sourcePort, PORTS) && same(origin.destinationPort, to.port);
  if (!isSettled(reach) || !isOfAllPorts || disposition === 'exits-fleet') return 'open';
  if (disposition === 'dropped') return 'dropped';
  if (doubts.length > 0) return 'open';
  const fate = sourceFate(reach);
  if (fate === 'kept') return 'kept';
  const only = onlyAddress(source);
  return only ? printAddress(only) : 'some';
}
