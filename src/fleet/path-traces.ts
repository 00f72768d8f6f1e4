/** The traces of a path's clients, hop by hop. */
import type { DrawnHop, DrawnTrace, PathDrawing } from '../model.ts';
import { equals } from '../network/addresses.ts';
import type { ClientTrace } from '../network/paths/client-traces.ts';
import type { Client } from '../network/paths/clients.ts';
import { type SeenSource, type Sender, senderOf, totalOf } from '../network/paths/sources.ts';
import { printStage } from '../network/trace/step-text.ts';
import { causeOf, portOf, ruleOf, type TraceStep, toSteps } from '../network/trace/steps.ts';
import { isCertain } from '../network/trace/trace.ts';
import type { PacketSet } from '../network/walk/packets.ts';
import type { PathHop, PathTrace } from './path-fact.ts';
import { clientName, destinationText, MOST_NAMES, namesOfNode, reasonsOf, senderText } from './path-text.ts';

/** A trace and its hops, as they are shown. */
export interface ShownTrace {
  clientTrace: ClientTrace;
  hops: DrawnHop[];
}

const MAX_TRACES = 8;

/**
 * Returns up to 8 traces: the worst source's first, the winner's before others, those of the fleet before external
 * clients'.
 */
export function shownTraces(
  clientTraces: readonly ClientTrace[],
  worst: SeenSource | undefined,
): ShownTrace[] {
  const winner = worst?.winner?.client.node;
  const rank = (clientTrace: ClientTrace) =>
    (arrivesFrom(clientTrace, worst) ? 0 : 4) +
    (clientTrace.clients.every(({ node }) => node === null) ? 2 : 0) +
    (winner && clientTrace.clients.some(({ node }) => node === winner) ? 0 : 1);
  return arriving(clientTraces)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, MAX_TRACES)
    .map((clientTrace) => ({ clientTrace, hops: hopsOf(clientTrace) }));
}

const arrivesFrom = ({ trace }: ClientTrace, source: SeenSource | undefined) =>
  source !== undefined && equals(trace.packets.source, source.addresses);

const isChanged = ({ trace }: ClientTrace) => trace.hops.some(({ outcome }) => outcome.source !== null);

/** Leaves out dropped traces, unless all are; of external clients, keeps those whose source is changed, if any. */
export function arriving(clientTraces: readonly ClientTrace[]): ClientTrace[] {
  const through = clientTraces.filter(({ trace }) => trace.ending !== 'dropped');
  const kept = through.length > 0 ? through : clientTraces;
  const isExternal = ({ clients }: ClientTrace) => clients.every(({ node }) => node === null);
  const changed = kept.some((clientTrace) => isExternal(clientTrace) && isChanged(clientTrace));
  return kept.filter((clientTrace) => !isExternal(clientTrace) || !changed || isChanged(clientTrace));
}

/** Draws a trace by itself. */
export const drawnTrace = (clientTrace: ClientTrace): DrawnTrace => ({
  clients: clientTrace.clients.slice(0, MOST_NAMES).map(clientName),
  remark: '',
  hops: hopsOf(clientTrace),
});

function hopsOf({ clients, trace }: ClientTrace): DrawnHop[] {
  return [start(clients, trace.hops[0]?.before ?? trace.packets), ...toSteps(trace).map(hopOf)];
}

function start(clients: readonly Client[], packets: PacketSet): DrawnHop {
  const only = clients.length === 1 ? clients[0] : undefined;
  return {
    ...senderHop({
      source: only ? senderText(only.sources) : `${totalOf(clients)} addresses`,
      destination: destinationText(packets.destination, portOf(packets)),
    }),
    ...namesOfNode(only?.node ?? null),
  };
}

/** Draws the sending of packets, wherever that is. */
export const senderHop = ({ source, destination }: Pick<DrawnHop, 'source' | 'destination'>): DrawnHop => ({
  ...namesOfNode(null),
  kind: 'sends',
  stage: 'sends',
  rule: null,
  target: '',
  source,
  destination,
  certain: true,
});

/** Draws one step. */
export function hopOf(step: TraceStep): DrawnHop {
  const { node, after, kind, certainty } = step;
  const cause = causeOf(step);
  return {
    ...namesOfNode(node),
    kind,
    stage: kind === 'rule' ? `${step.chain.name}:${step.index + 1}` : printStage(step),
    rule: cause && { origin: cause.origin, line: cause.line, text: cause.text },
    target: ruleOf(step)?.target ?? '',
    source: senderText(after.source),
    destination: destinationText(after.destination, portOf(after)),
    certain: certainty !== 'unknown',
  };
}

/** The source that the server sees; '' where each of several clients keeps its own. */
const sourceText = (clientTrace: ClientTrace) =>
  hasOneSource(clientTrace) ? senderText(clientTrace.trace.packets.source) : '';
const hasOneSource = (clientTrace: ClientTrace) => clientTrace.clients.length === 1 || isChanged(clientTrace);

/** Builds the trace that rules see. */
export function toPathTrace({ clientTrace, hops }: ShownTrace): PathTrace {
  const { clients, trace } = clientTrace;
  return {
    clients: clients.slice(0, MOST_NAMES).map(clientName),
    source: sourceText(clientTrace),
    hops: hops.map(toPathHop),
    certain: isCertain(trace),
    doubts: reasonsOf(trace.doubts),
  };
}

function toPathHop({ host, namespace, stage, rule, source, destination, certain }: DrawnHop): PathHop {
  const { text = '', origin = '', line = 0 } = rule ?? {};
  return { host, namespace, stage, rule: text, origin, line, src: source, dst: destination, certain };
}

/** Builds the drawing that a report shows: where clients share an address, or ports, the traces that lead to it. */
export function toDrawing(
  name: string,
  clientTraces: readonly ShownTrace[],
  shared: SeenSource | undefined,
  pooled: SeenSource | undefined,
): PathDrawing {
  const isShown = (clientTrace: ClientTrace) =>
    hasOneSource(clientTrace) && (arrivesFrom(clientTrace, shared) || arrivesFrom(clientTrace, pooled));
  const shown = shared ? clientTraces.filter(({ clientTrace }) => isShown(clientTrace)) : clientTraces;
  const [first] = shown;
  const remark = (clientTrace: ClientTrace) =>
    shared && first && clientTrace !== first.clientTrace && arrivesFrom(clientTrace, shared)
      ? remarkOn(clockOn(first.clientTrace, shared), clockOn(clientTrace, shared))
      : '';
  return {
    name,
    traces: shown.map(({ clientTrace, hops }) => ({
      clients: clientTrace.clients.slice(0, MOST_NAMES).map(clientName),
      remark: remark(clientTrace),
      hops,
    })),
  };
}

/** Names the clock that its packets bear: of several clients, the one that leads in the source. */
function clockOn({ clients }: ClientTrace, { senders }: SeenSource): Sender {
  const lead = senders.find(({ client }) => clients.some(({ node }) => node === client.node));
  // biome-ignore lint/style/noNonNullAssertion: a trace has at least one client
  return lead ?? senderOf(clients[0]!);
}

function remarkOn(one: Sender, other: Sender): string {
  if (one.clock === 'unknown' || other.clock === 'unknown') return 'same address, a clock that is not known';
  // of one client, every connection has its own
  if (one.clock === 'connection' && one.client.node === other.client.node) return '';
  const isShared = one.clock === 'kernel' && other.clock === 'kernel' && hostOf(one) === hostOf(other);
  return isShared ? 'same address, same clock' : 'same address, other clock';
}

const hostOf = ({ client }: Sender) => client.node?.host;
