/** All that could not be looked at on the way, and so may be the cause. */
import type { Report } from '../model.ts';
import { printAddresses } from '../network/addresses.ts';
import { TCP } from '../network/fields.ts';
import { printReason } from '../network/trace/step-text.ts';
import { toSteps } from '../network/trace/steps.ts';
import type { Trace } from '../network/trace/trace.ts';
import { mayStop } from './findings.ts';
import type { Ways } from './ways.ts';

/** @returns sentences without a full stop, each once */
export function unseenOn(ways: Ways, report: Report): string[] {
  const { there, back, passed, question } = ways;
  const reasons = [
    ...there.flatMap((trace) => openIn(trace, 'the packets')),
    ...back.flatMap(({ traces }) => traces.flatMap((trace) => openIn(trace, 'the answers'))),
    ...report.hosts.flatMap(({ name, reached }) => (reached.ok ? [] : [`${name}: ${reached.reason}`])),
    ...undecidedOn(ways, report),
    ...report.gaps
      .filter(
        ({ host, fact }) => fact !== null && fact !== 'path' && passed.some((node) => node.host === host),
      )
      .map(
        ({ host, namespace, fact, reason }) =>
          `${fact} of ${namespace === null ? host : `${host}/${namespace}`}: ${reason}`,
      ),
    ...(question.protocol === TCP
      ? []
      : ['whether a program waits for these packets: only sockets of TCP are listed']),
  ];
  return [...new Set(reasons)];
}

/** Returns what a trace hangs on, and where it left what was looked at. */
function openIn(trace: Trace, subject: string): string[] {
  const doubts = trace.doubts.map(({ reason }) => reason);
  const last = toSteps(trace).at(-1);
  if (last === undefined) return doubts;
  const to = printAddresses(last.after.destination, 4);
  if (last.kind === 'exits')
    return [
      ...doubts,
      `what is beyond ${last.node.name}: ${subject} to ${to} leave there ${printReason(last)}`,
    ];
  return trace.ending === 'undecided' && doubts.length === 0
    ? [`what becomes of ${subject} to ${to} on ${last.node.name}`]
    : doubts;
}

/** Returns the rules about the way that could not be decided. */
const undecidedOn = (ways: Ways, { findings, rules }: Report): string[] =>
  findings
    .filter((finding) => finding.verdict === 'unknown' && mayStop(finding, ways))
    .map(({ rule, host, namespace, message }) => {
      const title = rules.find(({ id }) => id === rule)?.title ?? rule;
      return `${rule} on ${namespace === null ? host : `${host}/${namespace}`} (${title}): ${message}`;
    });

/** The causes that nothing that hosts tell can show, said once. */
export const NEVER_SEEN = [
  'routers, firewalls and load balancers that are not in the inventory, security groups of a cloud among them',
  'a path MTU that swallows large packets while small ones pass',
  'whether a neighbour answers ARP, and what a link loses',
  'entries of conntrack for this very connection',
  'what the program does with a connection once it has it',
] as const;
