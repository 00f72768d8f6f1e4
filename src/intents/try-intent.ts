/** Tries an intent on a fleet: it holds, is violated, or that is not known. */
import { reasonsOf } from '../fleet/path-text.ts';
import { groupedBy } from '../grouped-by.ts';
import { addressSet } from '../network/addresses.ts';
import { PORTS } from '../network/fields.ts';
import type { ClientTrace } from '../network/paths/client-traces.ts';
import { isSettled, type Reach, reachOf } from '../network/reach/reach.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { PacketSet } from '../network/walk/packets.ts';
import { clockBreaches } from './clock-breaches.ts';
import { type Breach, breachesOf, type ResolvedExpectation } from './expectations.ts';
import { type FleetOfRun, nodesNamed, refill } from './fleet-names.ts';
import type { Destination, Intent, IntentVerdict } from './intent.ts';
import type { IntentSender } from './intent-sender.ts';
import { joinedSources } from './joined-packets.ts';
import { namedAlone, sendersOf } from './senders.ts';

/** Packets that break an intent, with the traces that show it; undecided ones may have none. */
export interface IntentPart {
  /** The namespace where that is decided; null: it is of none. */
  node: NetnsNode | null;
  packets: PacketSet[];
  why: string;
  clientTraces: ClientTrace[];
}

export interface TriedIntent {
  intent: Intent;
  broken: IntentPart[];
  /** Parts that are not known to hold: not held, and not broken. */
  undecided: IntentPart[];
}

/** A violation is one whatever else is not known; what is not known is never held. */
export const verdictOf = ({ broken, undecided }: TriedIntent): IntentVerdict =>
  broken.length > 0 ? 'violated' : undecided.length > 0 ? 'unknown' : 'held';

/** One sender's packets of one fate. */
interface Sent {
  sender: IntentSender;
  reach: Reach;
}

export function tryIntent(intent: Intent, fleet: FleetOfRun): TriedIntent {
  refill(fleet);
  const { senders, without, unknown } = sendersOf(intent, fleet);
  // where nothing should arrive, who can't send is as good as one whose packets are dropped
  const untold = intent.expect.delivered === false ? unknown : [...unknown, ...without];
  const named = namedAlone(intent.from, fleet);
  const sent = senders
    .flatMap((sender) =>
      reachOf(fleet.topology, sender.start, packetsOf(sender, intent.to)).map((reach) => ({ sender, reach })),
    )
    .filter(({ sender, reach }) => !isToItself(sender, reach) || named.has(sender.start.node));
  const expected = expectedOf(intent, fleet);
  const parts = [
    ...sent.flatMap((one) => breachesOf(one.reach, expected).map((breach) => toPart(one, breach))),
    ...ofClocks(sent, intent),
    ...untold.map((why) => ({ certain: false, part: { node: null, packets: [], why, clientTraces: [] } })),
  ];
  if (sent.length + unknown.length + without.length === 0) parts.push(NOTHING_SENT);
  const ofCertainty = (certain: boolean) =>
    joined(parts.flatMap((one) => (one.certain === certain ? one.part : [])));
  return { intent, broken: ofCertainty(true), undecided: ofCertainty(false) };
}

/** An intent of which nothing was tried is not one that holds. */
const NOTHING_SENT = {
  certain: false,
  part: { node: null, packets: [], why: 'nobody of the fleet or outside sends from there', clientTraces: [] },
};

export const packetsOf = (
  { client: { sources } }: IntentSender,
  { address, protocol, port }: Destination,
): PacketSet => ({
  source: sources,
  destination: addressSet(address),
  protocol: [protocol, protocol],
  sourcePort: PORTS,
  destinationPort: port,
});

/** What never leaves its namespace reaches nobody else. */
export const isToItself = ({ client }: IntentSender, { disposition, trace: { hops } }: Reach): boolean =>
  client.node !== null && hops.length === 1 && disposition === 'delivered';

function expectedOf({ expect }: Intent, fleet: FleetOfRun): ResolvedExpectation {
  const via = expect.via.map((name) => {
    const { nodes, unasked, unknown } = nodesNamed(name, fleet);
    return { text: name.text, nodes: unasked.length + unknown.length > 0 ? null : nodes };
  });
  return { ...expect, via };
}

interface Judged {
  certain: boolean;
  part: IntentPart;
}

function toPart({ sender, reach }: Sent, { certain, packets, why }: Breach): Judged {
  const reasons = reasonsOf(sender.doubts);
  const doubt = certain && reasons.length > 0 ? ` (not known: ${reasons.join('; ')})` : '';
  const part = {
    node: reach.decidedBy.node,
    packets: [packets],
    why: `${why}${doubt}`,
    clientTraces: [clientTraceOf({ sender, reach })],
  };
  return { certain: certain && reasons.length === 0, part };
}

const clientTraceOf = ({ sender: { client, doubts }, reach }: Sent): ClientTrace => ({
  clients: [{ ...client, sources: client.node === null ? reach.origin.source : client.sources }],
  trace: { ...reach.trace, doubts: [...doubts, ...reach.doubts] },
  before: 0,
});

function ofClocks(sent: readonly Sent[], { expect: { clocks } }: Intent): Judged[] {
  if (clocks === null) return [];
  const arriving = sent.filter(({ reach }) => isSettled(reach) && reach.disposition !== 'dropped');
  return clockBreaches(arriving.map(clientTraceOf), clocks).map(({ certain, clientTraces, why }) => ({
    certain,
    part: {
      node: clientTraces[0]?.trace.hops.at(-1)?.node ?? null,
      packets: clientTraces.map(({ trace }) => trace.origin),
      why,
      clientTraces,
    },
  }));
}

/** Joins parts of which the same is to be said. */
const joined = (parts: readonly IntentPart[]): IntentPart[] =>
  [...groupedBy(parts, ({ node, why }) => `${node?.name ?? ''} ${why}`).values()].map(([first, ...more]) => ({
    ...first,
    packets: joinedSources([first, ...more].flatMap(({ packets }) => packets)),
    clientTraces: [first, ...more].flatMap(({ clientTraces }) => clientTraces),
  }));
