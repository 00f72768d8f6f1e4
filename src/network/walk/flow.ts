/**
 * Packets on their way through a namespace, all treated alike so far: as they were when they came, as they are now, and
 * the rules that affected them. A value; every step gives new ones.
 */
import type { Address } from '../address-text.ts';
import * as addresses from '../addresses.ts';
import { type AddressSet, isEmpty } from '../addresses.ts';
import type { RealServer } from '../ipvs.ts';
import * as ranges from '../ranges.ts';
import { NUMBERS, type Ranges } from '../ranges.ts';
import type { Side } from '../ruleset.ts';
import { type Bits, ZERO } from './marks.ts';
import type { PacketSet } from './packets.ts';
import type { PortAllocation } from './port-allocation.ts';
import type { Rewrite, Site, Translation, WalkStep } from './step.ts';

/**
 * A field as it was when the packet came, and as it is after the translations so far: conntrack's original and
 * translated.
 */
interface Field<S> {
  original: S;
  translated: S;
  /** True as long as each packet still has the value that it came with. */
  identity: boolean;
}

/** The reason why the path of these packets is not certain. */
export interface Doubt {
  kind: 'doubt';
  /**
   * The cause; `chance`: every path is taken, by different connections. `unknown`: the evidence does not tell which.
   */
  cause: 'chance' | 'unknown';
  reason: string;
}

/**
 * The place of packets in their connection, as conntrack of a namespace has it. `first`: they open it. `reply`: they
 * come the other way of one that it knows. `none`: they answer packets that it has not seen, which it calls INVALID
 * (linux 6.1, net/netfilter/nf_conntrack_proto_tcp.c, tcp_conntracks: a SYN-ACK makes no connection). `unknown`: one of
 * these.
 */
export type ConnectionPlace = 'first' | 'reply' | 'none' | 'unknown';

export interface Flow {
  source: Field<AddressSet>;
  destination: Field<AddressSet>;
  sourcePort: Field<Ranges<number>>;
  destinationPort: Field<Ranges<number>>;
  protocol: Ranges<number>;
  /** The names of interfaces: '' where there is none, null where it is not known. */
  in: string | null;
  out: string | null;
  mark: Bits;
  connmark: Bits;
  connection: ConnectionPlace;
  /** For replies: true where nat gave the packets that they answer another address or port on a side; null: not known. */
  translatedBefore: Readonly<Record<Side, boolean | null>>;
  /** True when conntrack is to see them. */
  tracked: boolean;
  /** True when they were followed from where they came in or were made; else some of their history is not known. */
  fromStart: boolean;
  /** True when they have passed the point where conntrack sees them. */
  passedConntrack: boolean;
  /** The translations that have been resolved: null as long as none of that side was made. */
  translations: { source: Translation | null; destination: Translation | null };
  /** The allocation of the source's port; null: no rule gave it another. */
  allocation: PortAllocation | null;
  /** The mark that they were routed by. */
  routedBy: Bits;
  /**
   * `due` when OUTPUT has changed what routing depends on, `found` when a route is known to be there for that. Either way
   * they are routed again when they leave OUTPUT.
   */
  reroute: 'no' | 'due' | 'found';
  /** True when the nat of that side is done; it is not evaluated again. */
  natDone: { source: boolean; destination: boolean };
  /** The next router; null: none, or not known. */
  gateway: Address | null;
  /** The service that IPVS took them for, and the real server it sends them to. */
  ipvs: { address: AddressSet; ports: Ranges<number>; server: RealServer } | null;
  /** The steps so far, the latest first. */
  steps: Chained<WalkStep> | null;
  doubts: Chained<Doubt> | null;
}

/** A list that many flows share the tail of. */
export interface Chained<T> {
  value: T;
  before: Chained<T> | null;
}

/** Returns the items in the order they happened. */
export function unchained<T>(list: Chained<T> | null): T[] {
  const result: T[] = [];
  for (let at = list; at; at = at.before) result.push(at.value);
  return result.reverse();
}

const unchanged = <S>(set: S): Field<S> => ({ original: set, translated: set, identity: true });

export function flowOf(
  set: PacketSet,
  about: Partial<
    Pick<
      Flow,
      | 'in'
      | 'out'
      | 'mark'
      | 'connmark'
      | 'connection'
      | 'translatedBefore'
      | 'passedConntrack'
      | 'fromStart'
      | 'natDone'
    >
  > = {},
): Flow {
  return {
    source: unchanged(set.source),
    destination: unchanged(set.destination),
    sourcePort: unchanged(set.sourcePort),
    destinationPort: unchanged(set.destinationPort),
    protocol: set.protocol,
    in: null,
    out: null,
    mark: ZERO,
    connmark: ZERO,
    connection: 'first',
    translatedBefore: { source: null, destination: null },
    tracked: true,
    fromStart: true,
    passedConntrack: true,
    translations: { source: null, destination: null },
    allocation: null,
    routedBy: about.mark ?? ZERO,
    reroute: 'no',
    natDone: { source: false, destination: false },
    gateway: null,
    ipvs: null,
    steps: null,
    doubts: null,
    ...about,
  };
}

/** True when a connection of conntrack's belongs to them. */
export const hasConnection = ({ tracked, passedConntrack, connection }: Flow) =>
  tracked && passedConntrack && connection !== 'none';

/**
 * Tells whether conntrack has noted a new address or port on that side (nf_nat_setup_info: only where the tuple has
 * become another); null where that hangs on the kernel's choice.
 */
export function rewritten(flow: Flow, side: Side): boolean | null {
  const port = flow[side === 'source' ? 'sourcePort' : 'destinationPort'];
  if (!port.identity && !ranges.intersects(port.original, port.translated)) return true;
  if (side === 'destination' && !flow.fromStart) return null;
  if (flow.translations[side] === null) return port.identity ? false : null;
  return addresses.intersects(flow[side].original, flow[side].translated) ? null : true;
}

/** Returns the packets as they came. */
export function firstPackets(flow: Flow): PacketSet {
  const { source, destination, protocol, sourcePort, destinationPort } = flow;
  return {
    source: source.original,
    destination: destination.original,
    protocol,
    sourcePort: sourcePort.original,
    destinationPort: destinationPort.original,
  };
}

/** Returns the flow as it was left by the step at `site`; it came there as `before`. */
export function withStep(flow: Flow, site: Site, before: Flow = flow): Flow {
  const after = rewriteOf(flow);
  const step = { ...site, before: before === flow ? after : rewriteOf(before), after };
  return { ...flow, steps: { value: step, before: flow.steps } };
}

export const rewriteOf = ({ translations, sourcePort, destinationPort, allocation }: Flow): Rewrite => ({
  source: translations.source,
  destination: translations.destination,
  ports: { source: newPorts(sourcePort), destination: newPorts(destinationPort) },
  allocation,
});

const newPorts = ({ identity, translated }: Field<Ranges<number>>) => (identity ? null : translated);

export const doubted = (flow: Flow, doubt: Doubt): Flow => ({
  ...flow,
  doubts: { value: doubt, before: flow.doubts },
});

export const unknown = (reason: string): Doubt => ({ kind: 'doubt', cause: 'unknown', reason });
export const byChance = (reason: string): Doubt => ({ kind: 'doubt', cause: 'chance', reason });

/** Tells whether nothing happened to `flow` on its way to become `later`, except that it may have been narrowed. */
export function untouched(flow: Flow, later: Flow): boolean {
  return (
    flow.mark === later.mark &&
    flow.connmark === later.connmark &&
    flow.tracked === later.tracked &&
    flow.translations === later.translations &&
    flow.reroute === later.reroute &&
    flow.routedBy === later.routedBy &&
    flow.ipvs === later.ipvs &&
    flow.natDone === later.natDone
  );
}

/** The classes of a divided flow. */
interface Halves {
  kind: 'halves';
  inside: Flow;
  outside: Flow;
}

/** The division of packets whose field is in a set and out of it; 'yes' and 'no' when all are, or none. */
export type Division = 'yes' | 'no' | Doubt | Halves;

export function byAddress(flow: Flow, side: Side, set: AddressSet): Division {
  const field = flow[side];
  if (!addresses.intersects(field.translated, set)) return 'no';
  const inside = addresses.intersection(field.translated, set);
  if (inside === field.translated) return 'yes';
  if (!field.identity) return unknown(`which ${side} address the kernel chose`);
  const outside = addresses.difference(field.translated, set);
  return halves(flow, side, unchanged(inside), unchanged(outside));
}

export function byPort(flow: Flow, side: Side, ports: Ranges<number>): Division {
  const name = side === 'source' ? 'sourcePort' : 'destinationPort';
  const field = flow[name];
  if (!ranges.intersects(field.translated, ports)) return 'no';
  const inside = ranges.intersection(field.translated, ports);
  if (inside === field.translated) return 'yes';
  if (!field.identity) return unknown(`which ${side} port the kernel chose`);
  const outside = ranges.difference(NUMBERS, field.translated, ports);
  return halves(flow, name, unchanged(inside), unchanged(outside));
}

export function byProtocol(flow: Flow, protocols: Ranges<number>): Division {
  if (!ranges.intersects(flow.protocol, protocols)) return 'no';
  const inside = ranges.intersection(flow.protocol, protocols);
  if (inside === flow.protocol) return 'yes';
  return halves(flow, 'protocol', inside, ranges.difference(NUMBERS, flow.protocol, protocols));
}

/** Divides a flow by the address before translation. */
export function byOriginalAddress(flow: Flow, side: Side, set: AddressSet): Division {
  const field = flow[side];
  const inside = addresses.intersection(field.original, set);
  if (isEmpty(inside)) return 'no';
  if (inside === field.original) return 'yes';
  const narrowed = (original: AddressSet) => (field.identity ? unchanged(original) : { ...field, original });
  return halves(flow, side, narrowed(inside), narrowed(addresses.difference(field.original, set)));
}

function halves<K extends keyof Flow>(flow: Flow, field: K, inside: Flow[K], outside: Flow[K]): Halves {
  return { kind: 'halves', inside: { ...flow, [field]: inside }, outside: { ...flow, [field]: outside } };
}
