/**
 * Traces packets through a fleet: from namespace to namespace, until they reach a socket, are dropped, or leave for
 * where nobody of the fleet is.
 */
import { type Missing, missingFor, type NetnsNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { type Doubt, unknown } from '../walk/flow.ts';
import { afterwards, type Outcome, type PacketClass } from '../walk/outcomes.ts';
import { FIELDS, type PacketSet } from '../walk/packets.ts';
import { receive, send } from '../walk/walk.ts';
import { nextStops } from './next.ts';
import { isRewritten, narrowed } from './origin.ts';

/** The way in which packets get into a namespace. `input` null: by an interface that is not known. */
export type Ingress = { kind: 'sent' } | { kind: 'received'; input: string | null };

/** The effect of one namespace on packets. */
export interface Hop {
  node: NetnsNode;
  entry: Ingress;
  before: PacketSet;
  outcome: Outcome;
  after: PacketSet;
}

/**
 * The end of a trace. `exits-fleet`: to where no namespace of the fleet has the address. `undecided`: the doubts say
 * why.
 */
export type Disposition = 'delivered' | 'dropped' | 'exits-fleet' | 'undecided';

/** Packets that all took the same path. */
export interface Trace {
  /**
   * The packets as they started. Each namespace on the way narrows the fields that still are what they started with; a
   * field that was rewritten is not narrowed any further.
   */
  origin: PacketSet;
  hops: Hop[];
  ending: Disposition;
  /** The packets in the end. */
  packets: PacketSet;
  /** The conditions of this path: chance, or facts that were not collected. */
  doubts: Doubt[];
  /** The reason it stopped; null: it ended for the reason that the last hop gives. */
  stop: Stop | null;
}

/** The reason why a namespace was not walked: too little is known of it. */
export interface Stop {
  kind: 'unread';
  node: NetnsNode;
  missing: Missing;
}

/** A trace that is not over. */
interface Going {
  node: NetnsNode;
  entry: Ingress;
  packets: PacketSet;
  origin: PacketSet;
  /** The fields of which each packet still has the value that it started with. */
  kept: readonly (keyof PacketSet)[];
  hops: Hop[];
  doubts: Doubt[];
}

/** The most hops: an IP packet starts with a TTL of 64; no fleet is that deep. */
const MAX_HOPS = 16;
/** The most traces that are distinguished. */
const MAX_TRACES = 2000;

/** Passes packets through one namespace. */
export type Pass = (node: NetnsNode, entry: Ingress, packets: PacketSet) => PacketClass[];

/** Passes the first packets of connections. */
const passFirst: Pass = ({ net }, entry, packets) =>
  entry.kind === 'sent' ? send(net, packets) : receive(net, packets, entry.input);

/** Returns all the traces of the packets, each packet on every path that it can take. */
export function follow(
  topology: Topology,
  node: NetnsNode,
  entry: Ingress,
  packets: PacketSet,
  through: Pass = passFirst,
): Trace[] {
  const done: Trace[] = [];
  const start: Going = {
    node,
    entry,
    packets,
    origin: packets,
    kept: FIELDS,
    hops: [],
    doubts: [],
  };
  const going = [start];
  for (let next = going.pop(); next; next = going.pop()) {
    if (done.length + going.length > MAX_TRACES) {
      done.push(stopped(next, TOO_MANY_PATHS));
      continue;
    }
    // the first of several is followed first
    going.push(...pass(topology, next, through, done).reverse());
  }
  return done;
}

/** The doubt of packets that were not followed to their end, as there were too many different paths. */
export const TOO_MANY_PATHS = unknown('too many different paths to follow them all');

function stopped({ origin, hops, packets, doubts }: Going, why: Doubt): Trace {
  return {
    origin,
    hops,
    ending: 'undecided',
    packets,
    doubts: [...doubts, why],
    stop: null,
  };
}

/** Passes packets through one namespace. Traces that end there go to `done`; the rest go on. */
function pass(topology: Topology, at: Going, through: Pass, done: Trace[]): Going[] {
  if (at.hops.length >= MAX_HOPS) {
    done.push(stopped(at, unknown('it goes in circles')));
    return [];
  }
  const { node, entry, packets } = at;
  return through(node, entry, packets).flatMap((part) =>
    part.outcomes.flatMap((outcome) => leave(topology, afterHop(at, part, outcome), outcome, done)),
  );
}

function afterHop(at: Going, part: PacketClass, outcome: Outcome): Going {
  const { node, entry } = at;
  const after = afterwards(part.packets, outcome);
  const hop: Hop = { node, entry, before: part.packets, outcome, after };
  return {
    ...at,
    packets: after,
    origin: narrowed(at.origin, part.packets, at.kept),
    kept: at.kept.filter((field) => !isRewritten(field, outcome)),
    hops: [...at.hops, hop],
    doubts: [...at.doubts, ...outcome.doubts, ...missingAt(hop).map(toDoubt(node))],
  };
}

/** Returns what could not be read there and could have changed the outcome. */
export function missingAt({ node, entry, before, outcome }: Omit<Hop, 'after'>): Missing[] {
  const isVirtual = entry.kind === 'sent' || mayPassInput(outcome);
  return missingFor(node, before.destination).filter(({ what }) => what !== 'ipvs' || isVirtual);
}

export const toDoubt =
  ({ name }: NetnsNode) =>
  ({ what, reason }: Missing): Doubt =>
    unknown(`the ${MISSING_NOUNS[what]} of ${name} could not be read: ${reason}`);

/** Tells whether packets that came in may have passed INPUT, where IPVS takes what is for its services. */
function mayPassInput({ verdict, steps }: Outcome): boolean {
  if (verdict === 'forwarded' || verdict === 'unroutable') return false;
  const last = steps.at(-1);
  if (verdict !== 'dropped' || last === undefined) return true;
  return 'hook' in last && last.hook === 'input';
}

/** Cuts a trace at the first namespace of which something could not be read; the rest would be a guess. */
export function asFarAsKnown(trace: Trace): Trace {
  const isUnknown = ({ inPart }: Missing) => !inPart;
  const at = trace.hops.findIndex((one) => missingAt(one).some(isUnknown));
  const hop = trace.hops[at];
  const missing = hop && missingAt(hop).find(isUnknown);
  if (!hop || !missing) return trace;
  const { node, before } = hop;
  return {
    ...trace,
    hops: trace.hops.slice(0, at),
    ending: 'undecided',
    packets: before,
    stop: { kind: 'unread', node, missing },
  };
}

export const MISSING_NOUNS = {
  addresses: 'addresses',
  routes: 'routes',
  nat: 'nat rules',
  ipvs: 'virtual services',
} as const;

const ENDINGS: Partial<Record<Outcome['verdict'], Disposition>> = {
  delivered: 'delivered',
  dropped: 'dropped',
  refused: 'dropped',
  unroutable: 'dropped',
  unknown: 'undecided',
};

/** Moves on to the next namespace, or to the end. */
function leave(topology: Topology, at: Going, outcome: Outcome, done: Trace[]): Going[] {
  const { node, origin, hops, packets, doubts } = at;
  const ending = ENDINGS[outcome.verdict];
  if (ending || outcome.out === null) {
    done.push({ origin, hops, ending: ending ?? 'undecided', packets, doubts, stop: null });
    return [];
  }
  const next = nextStops(topology, node, outcome, packets, !at.kept.includes('destination'));
  if (next === null) {
    done.push(stopped(at, unknown(`several next hops of ${node.name}, of which each packet takes one`)));
    return [];
  }
  return next.flatMap(({ stop, destination, doubts: why }) => {
    const there = { ...packets, destination };
    const later = {
      ...at,
      packets: there,
      origin: narrowed(origin, there, at.kept),
      doubts: [...doubts, ...why],
    };
    if (stop) return [{ ...later, node: stop.node, entry: { kind: 'received', input: stop.input } }];
    done.push({
      origin: later.origin,
      hops,
      ending: 'exits-fleet',
      packets: later.packets,
      doubts: later.doubts,
      stop: null,
    });
    return [];
  });
}

/** True when nothing that was not collected could have changed it. */
export const isCertain = ({ doubts }: Pick<Trace, 'doubts'>) =>
  doubts.every(({ cause }) => cause === 'chance');
