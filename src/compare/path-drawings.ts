/** Draws what becomes of packets on both sides of a change, and the step at which these part. */
import { hopOf, senderHop } from '../fleet/path-traces.ts';
import type { DrawnHop, DrawnTrace, PathDrawing } from '../model.ts';
import type { FleetDifference } from '../network/reach/fleet-differences.ts';
import { stepKey, wayKey } from '../network/reach/parting.ts';
import type { Reach } from '../network/reach/reach.ts';
import { everyStep, ruleOf, type TraceStep, toSteps } from '../network/trace/steps.ts';

/** The ways of packets on one side. */
export interface DrawnSide {
  path: PathDrawing;
  /** The hops of the step at which the other side's ways are others; none where these only go on there. */
  parting: DrawnHop[];
}

export interface DrawnChange {
  before: DrawnSide;
  after: DrawnSide;
}

/** The most ways of a side: of what chance chooses between, there may be hundreds. */
const MOST = 4;

/** The packets in words, as they are sent. */
export interface PacketWords {
  from: readonly string[];
  source: string;
  destination: string;
}

export const drawnChange = (
  { before, after, parting }: FleetDifference,
  words: PacketWords,
): DrawnChange => ({
  before: drawnSide('before the change', before, parting.before, words),
  after: drawnSide('after the change', after, parting.after, words),
});

function drawnSide(
  name: string,
  ways: readonly Reach[],
  parting: TraceStep | null,
  words: PacketWords,
): DrawnSide {
  const different = [...new Map(ways.map((way) => [wayKey(way.trace), way])).values()];
  const drawn = different.slice(0, MOST).map((way) => drawnWay(way, parting, words));
  return {
    path: { name, traces: drawn.map(({ trace }) => trace) },
    parting: drawn.flatMap(({ hop }) => hop ?? []),
  };
}

/** A way and, where it passes the step at which sides part, the hop of that. */
function drawnWay(
  { trace }: Reach,
  parting: TraceStep | null,
  words: PacketWords,
): { trace: DrawnTrace; hop: DrawnHop | null } {
  const isParting = (step: TraceStep) => parting !== null && placeOf(step) === placeOf(parting);
  const shown = toSteps(trace);
  // that a rule accepts packets is shown where it makes the difference
  const steps = shown.some(isParting) ? shown : withStep(shown, everyStep(trace), isParting);
  const hops = hopsInWords(steps, words);
  const [first, ...others] = words.from;
  const clients = [first ?? '', ...(others.length > 0 ? [`${others.length} more`] : [])];
  return {
    trace: { clients, remark: '', hops: [senderHop(words), ...hops] },
    hop: hops[steps.findIndex(isParting)] ?? null,
  };
}

/** Draws steps: an address that none of them changed is told in the words that the packets were asked for in. */
function hopsInWords(steps: readonly TraceStep[], { source, destination }: PacketWords): DrawnHop[] {
  let [isSourceKept, isDestinationKept] = [true, true];
  return steps.map((step) => {
    const action = 'action' in step ? step.action : '';
    if (action === 'masquerade' || action === 'snat') isSourceKept = false;
    if (action === 'dnat' || step.kind === 'ipvs') isDestinationKept = false;
    return {
      ...hopOf(step),
      ...(isSourceKept && { source }),
      ...(isDestinationKept && { destination }),
    };
  });
}

/** An interface is told with the step that packets come in at, whichever that is. */
const placeOf = (step: TraceStep): string => stepKey({ ...step, device: '' });

/** Puts a step that is not shown mostly where it was among the others. */
function withStep(
  shown: readonly TraceStep[],
  every: readonly TraceStep[],
  isMeant: (step: TraceStep) => boolean,
): TraceStep[] {
  const at = every.findIndex(isMeant);
  const step = every[at];
  if (step === undefined) return [...shown];
  const later = new Set(every.slice(at + 1).map(placeOf));
  const isLater = (one: TraceStep) => later.has(placeOf(one)) && ruleOf(one) !== ruleOf(step);
  const place = shown.findIndex(isLater);
  return place < 0 ? [...shown, step] : [...shown.slice(0, place), step, ...shown.slice(place)];
}
