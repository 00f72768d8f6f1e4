/** Intents as checks of a report: what each is called, and its findings. */
import { plainLine } from '../evaluate/facts/evidence.ts';
import { fingerprintOf } from '../evaluate/fingerprint.ts';
import type { HostResult } from '../evaluate/host.ts';
import type { FleetChecks } from '../evaluate/report.ts';
import { sendersText } from '../fleet/path-text.ts';
import { drawnTrace } from '../fleet/path-traces.ts';
import { groupedBy } from '../grouped-by.ts';
import type { DrawnTrace, Finding, Line, RuleInfo } from '../model.ts';
import { type AddressSet, ALL4, ALL6, difference, toCidrs } from '../network/addresses.ts';
import { PORTS } from '../network/fields.ts';
import type { ClientTrace } from '../network/paths/client-traces.ts';
import { type Sender, senderOf } from '../network/paths/sources.ts';
import { printDestination, printPackets, smallestPacket } from '../network/reach/print-packets.ts';
import { withBudget } from '../network/topology/nodes.ts';
import { ownersOf, topologyOf } from '../network/topology/topology.ts';
import type { PacketSet } from '../network/walk/packets.ts';
import type { FleetOfRun } from './fleet-names.ts';
import type { Intent } from './intent.ts';
import { type IntentPart, type TriedIntent, tryIntent } from './try-intent.ts';

/** Returns the checks that intents are; null where there are none. */
export const intentChecks = (intents: readonly Intent[]): FleetChecks | null =>
  intents.length === 0
    ? null
    : {
        rules: intents.map(intentInfo),
        findings(hosts) {
          const fleet = fleetIn(hosts);
          return intents.flatMap((intent) => findingsOfIntent(tryIntent(intent, fleet), fleet));
        },
      };

/** Returns the fleet of a run, as packets meet it. */
export const fleetIn = (hosts: readonly HostResult[]): FleetOfRun => ({
  topology: topologyOf(hosts.flatMap(({ part }) => withBudget(part.nodes))),
  hosts: hosts.map(({ host, summary: { reached } }) => ({ host, reached })),
});

/** Returns an intent as a report has a rule. */
export function intentInfo({ id, name, severity, why, text, source }: Intent): RuleInfo {
  return {
    id,
    name: id,
    title: name,
    severity,
    scope: 'path',
    why: why || `It is written that it must hold: ${text}`,
    fix: {
      text: 'Change the rules, routes or services on the way, so that it holds again. Where it need not hold any more, change the intent.',
    },
    references: [],
    source,
  };
}

/** Returns a finding for each namespace where the intent is violated, or not known to hold; one where it holds. */
export function findingsOfIntent(tried: TriedIntent, fleet: FleetOfRun): Finding[] {
  const { intent, broken, undecided } = tried;
  const places = groupedBy([...broken, ...undecided], ({ node }) => node);
  if (places.size === 0) return [{ ...findingAt(subjectOf(intent, fleet), intent), verdict: 'pass' }];
  return [...places].map(([node, parts]): Finding => {
    const violating = parts.filter((part) => broken.includes(part));
    const shown = violating.length > 0 ? violating : parts;
    const subject = node === null ? subjectOf(intent, fleet) : { host: node.host, namespace: node.namespace };
    const traces = shown
      .flatMap(({ clientTraces }) => clientTraces)
      .slice(0, MOST_TRACES)
      .map(drawnTrace);
    return {
      ...findingAt(subject, intent),
      verdict: violating.length > 0 ? 'fail' : 'unknown',
      message: messageOf(shown, parts.length - shown.length),
      evidence: evidenceOf(intent, shown, traces),
      path: traces.length === 0 ? null : { name: `${intent.name}: ${intent.to.text}`, traces },
    };
  });
}

/** The most traces that show a violation: others are alike, or told by their packets. */
const MOST_TRACES = 4;
const MOST_PARTS = 4;

type Subject = Pick<Finding, 'host' | 'namespace'>;

/** Returns who has the address; where nobody of the fleet does, its first host stands for it. */
function subjectOf({ to }: Intent, { topology, hosts }: FleetOfRun): Subject {
  const [owner] = ownersOf(topology, to.address);
  if (owner) return { host: owner.node.host, namespace: owner.node.namespace };
  return { host: hosts[0]?.host.name ?? '', namespace: null };
}

const findingAt = ({ host, namespace }: Subject, { id, severity }: Intent): Omit<Finding, 'verdict'> => ({
  rule: id,
  host,
  namespace,
  severity,
  message: '',
  evidence: [],
  fingerprint: fingerprintOf(id, host, namespace),
  path: null,
  foldedInto: null,
});

function messageOf(parts: readonly IntentPart[], undecided: number): string {
  const texts = parts.slice(0, MOST_PARTS).map(partText);
  const more = parts.length - texts.length;
  return [
    ...texts,
    ...(more > 0 ? [`and ${more} more such sets of packets`] : []),
    ...(undecided > 0 ? ['of other packets it is not known'] : []),
  ].join('; ');
}

/** More networks than these say less than the names of those who send from them. */
const FEW_NETWORKS = 4;

function partText({ packets, why, clientTraces }: IntentPart): string {
  const [first, ...more] = packets;
  if (first === undefined) return why;
  const isFew = toCidrs(first.source).length <= FEW_NETWORKS;
  const set = isFew ? printPackets(first) : `${sendersOf(clientTraces)} → ${printDestination(first)}`;
  const one = printPackets(oneOf(clientTraces[0]?.trace.origin ?? first));
  const others = more.length > 0 ? ` and ${more.length} more sets` : '';
  return `${set}${others}: ${why}${one === set ? '' : `; one of them: ${one}`}`;
}

const sendersOf = (clientTraces: readonly ClientTrace[]): string =>
  sendersText(distinctSenders(clientTraces.flatMap(({ clients }) => clients).map(senderOf)));

const distinctSenders = (senders: readonly Sender[]): Sender[] => [
  ...new Map(senders.map((sender) => [sender.client.node, sender])).values(),
];

/** Returns the smallest packet; any source port is as good as another. */
const oneOf = (set: PacketSet): PacketSet => {
  const smallest = smallestPacket(set);
  return set.sourcePort.join() === PORTS.join() ? { ...smallest, sourcePort: PORTS } : smallest;
};

function evidenceOf(
  { text, source }: Intent,
  parts: readonly IntentPart[],
  traces: readonly DrawnTrace[],
): Line[] {
  const said = { origin: source.file, line: source.line, text };
  const sets = parts.flatMap(({ packets }) =>
    packets.map(({ source }) => ({ origin: 'sources of these packets', line: 0, text: exactly(source) })),
  );
  const rules = traces.flatMap(({ hops }) =>
    hops.flatMap(({ host, namespace, rule }) =>
      rule === null ? [] : [{ ...rule, origin: `${host}/${namespace} ${rule.origin}` }],
    ),
  );
  const all = [said, ...sets, ...rules].map(plainLine);
  return [...new Map(all.map((line) => [JSON.stringify(line), line])).values()];
}

/** Prints all of a set: by what is not in it, where that is less. */
function exactly(set: AddressSet): string {
  const networks = toCidrs(set);
  const all = set.v4.length > 0 ? ALL4 : ALL6;
  const others = toCidrs(difference(all, set));
  if (others.length >= networks.length) return networks.join(', ');
  return `all of ${set.v4.length > 0 ? 'IPv4' : 'IPv6'} but ${others.join(', ')}`;
}
