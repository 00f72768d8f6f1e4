/**
 * The fate of packets: a question to the fleet (where they start, and which packets they are), answered with exact
 * sets of packets and the fate of each.
 */
import type { AddressSet } from '../addresses.ts';
import type { Ranges } from '../ranges.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { type TraceStep, toSteps } from '../trace/steps.ts';
import { asFarAsKnown, type Disposition, isCertain, type Trace } from '../trace/trace.ts';
import { type Doubt, unknown } from '../walk/flow.ts';
import { common, type PacketSet } from '../walk/packets.ts';
import { fateKey } from './fate.ts';
import { followAll, type Start } from './follow-all.ts';

/** One class of packets, and what becomes of it. */
export interface Reach {
  /** The packets, as their sender sent them. */
  origin: PacketSet;
  disposition: Disposition;
  /** The namespace where they end; null where they leave the fleet. */
  end: NetnsNode | null;
  /** The sources that the end sees. */
  source: AddressSet;
  /** The destination that they end at: after IPVS and DNAT. */
  destination: AddressSet;
  destinationPort: Ranges<number>;
  /** The step that decided: the last one. */
  decidedBy: TraceStep;
  /** The conditions on which it hangs that this becomes of them; those of `chance` hold for other connections each. */
  doubts: readonly Doubt[];
  trace: Trace;
}

/**
 * Returns what becomes of packets that start there. Where several things may become of a packet, each is a reach that
 * has the packet in its origin, and the doubts say what it hangs on.
 */
export function reachOf(topology: Topology, start: Start, packets: PacketSet): Reach[] {
  const traces = followAll(topology, start, packets).map(asFarAsKnown);
  return doubtingOverlaps(traces.map(reachBy));
}

/** Tells whether nothing that was not collected could have changed what becomes of them. */
export const isSettled = ({ disposition, doubts }: Reach): boolean =>
  disposition !== 'undecided' && isCertain({ doubts: [...doubts] });

export function reachBy(trace: Trace): Reach {
  const { origin, ending, packets, hops, doubts, stop } = trace;
  return {
    origin,
    disposition: ending,
    end: ending === 'exits-fleet' ? null : (stop?.node ?? hops.at(-1)?.node ?? null),
    source: packets.source,
    destination: packets.destination,
    destinationPort: packets.destinationPort,
    // of thousands, few are shown
    get decidedBy() {
      // biome-ignore lint/style/noNonNullAssertion: a trace has passed a namespace, or stopped at one
      return toSteps(trace).at(-1)!;
    },
    doubts,
    trace,
  };
}

/**
 * A field that was rewritten on the way is not told apart in the packets as they were sent: where what it became
 * decides further on, packets of one origin fare differently, and which do is not known.
 */
function doubtingOverlaps(reaches: readonly Reach[]): Reach[] {
  const open = reaches.filter((one) => one.doubts.length === 0 && mayOverlap(one.trace));
  const doubtful = new Set<Reach>();
  for (const [i, a] of open.entries())
    for (const b of open.slice(i + 1))
      if (fateKey(a.trace, a.origin) !== fateKey(b.trace, b.origin) && common(a.origin, b.origin))
        doubtful.add(a).add(b);
  return reaches.map((one) => (doubtful.has(one) ? reachBy({ ...one.trace, doubts: [REWRITTEN] }) : one));
}

const REWRITTEN = unknown('an address or port that was rewritten on the way decides further on');

const mayOverlap = ({ hops }: Trace): boolean =>
  hops
    .slice(0, -1)
    .some(({ outcome: { source, destination, ports } }) =>
      [source, destination, ports.source, ports.destination].some((one) => one !== null),
    );
