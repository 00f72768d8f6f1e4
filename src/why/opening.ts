/**
 * The smallest change that opens a way: found by trying, on what was read of the hosts, the commands that would let
 * packets pass the step that ends them, one step after the other, until nothing more is in their way.
 */
import { UserError, UserErrors } from '../errors.ts';
import { topologyIn } from '../fleet/topology.ts';
import type { HostEvidence } from '../model.ts';
import { equals } from '../network/addresses.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { PacketQuestion } from '../network/trace/packet.ts';
import { type TraceStep, toSteps } from '../network/trace/steps.ts';
import { isCertain, type Trace } from '../network/trace/trace.ts';
import { overlaid } from '../plan/overlay.ts';
import { readProposal } from '../plan/proposal.ts';
import { openingsOf } from './openings.ts';
import { type Ways, waysOf } from './ways.ts';

/** A command, and the namespace that it is for. */
export interface OpeningCommand {
  host: string;
  namespace: string;
  command: string;
}

/** The most steps that may be in the way of packets and answers. */
const MOST = 4;

/**
 * Returns the commands that together open the way for certain, there and back; none where it is open, where no command
 * does it, or where it is not certain that it does.
 *
 * @param ways as they are now
 */
export function openingOf(hosts: readonly HostEvidence[], ways: Ways): OpeningCommand[] {
  const commands: OpeningCommand[] = [];
  let [now, at] = [hosts, ways];
  for (let step = stopOf(at); step !== null; step = stopOf(at)) {
    const next = commands.length < MOST ? passing(step, now, at.question) : null;
    if (next === null) return [];
    commands.push(next.command);
    [now, at] = [next.hosts, next.ways];
  }
  return isOpen(at) ? commands : [];
}

/** Returns the step that drops all packets, or else all answers, for certain. */
function stopOf({ there, back }: Ways): TraceStep | null {
  const traces = there.some(({ ending }) => ending === 'dropped') ? there : back.flatMap((one) => one.traces);
  const [first] = traces;
  const isStopped = ({ ending }: Trace) => ending === 'dropped';
  return first && [...there, ...traces].every(isCertain) && traces.every(isStopped)
    ? (toSteps(first).at(-1) ?? null)
    : null;
}

const isOpen = ({ there, back }: Ways): boolean =>
  [there, back.flatMap(({ traces }) => traces)].every((traces) =>
    traces.every(
      (trace) => isCertain(trace) && (trace.ending === 'delivered' || trace.ending === 'exits-fleet'),
    ),
  );

interface Passed {
  command: OpeningCommand;
  hosts: readonly HostEvidence[];
  ways: Ways;
}

/** Returns the first of the step's commands after which packets get further, and what is so then. */
function passing(step: TraceStep, hosts: readonly HostEvidence[], question: PacketQuestion): Passed | null {
  const { host, namespace } = step.node;
  for (const command of openingsOf(step)) {
    const changed = withCommand(command, step.node, hosts);
    const topology = changed && topologyIn(changed);
    const node = question.at && topology?.nodes.find((one) => isSame(one, question.at));
    const ways = topology && waysOf(topology, { ...question, at: node ?? null });
    if (!changed || !ways || 'reason' in ways) continue;
    const later = stopOf(ways);
    if (later === null || !isSameStep(later, step))
      return { command: { host, namespace, command }, hosts: changed, ways };
  }
  return null;
}

const isSame = (one: NetnsNode, other: NetnsNode | null): boolean =>
  one.host === other?.host && one.namespace === other.namespace;

/** Tells whether the same packets still end where they did: a new rule moves those after it on. */
function isSameStep(a: TraceStep, b: TraceStep): boolean {
  if (a.kind !== b.kind || !isSame(a.node, b.node) || !equals(a.before.source, b.before.source)) return false;
  if (a.kind === 'rule' && b.kind === 'rule')
    return a.rule.text === b.rule.text && a.chain.name === b.chain.name;
  if (a.kind === 'policy' && b.kind === 'policy') return a.chain.name === b.chain.name;
  return true;
}

/** Returns the hosts as they would be; null where it is not known what the command would make of them. */
function withCommand(
  command: string,
  node: NetnsNode,
  hosts: readonly HostEvidence[],
): readonly HostEvidence[] | null {
  try {
    const proposals = readProposal(command, 'the command');
    return hosts.map((host) =>
      host.host.name === node.host ? overlaid(host, { name: node.name, inode: node.inode }, proposals) : host,
    );
  } catch (error) {
    if (error instanceof UserError || error instanceof UserErrors) return null;
    throw error;
  }
}
