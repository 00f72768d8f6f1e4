/** Causes that lie on the way: where packets that are followed, or the answers to them, end. */
import type { Line } from '../model.ts';
import { printAddresses } from '../network/addresses.ts';
import { TCP } from '../network/fields.ts';
import { assertNever } from '../network/rule-parts.ts';
import { printReason } from '../network/trace/step-text.ts';
import { causeOf, type TraceStep, toSteps } from '../network/trace/steps.ts';
import { isCertain, type Trace } from '../network/trace/trace.ts';
import type { Certainty, LikelyCause, Ranked } from './cause.ts';
import { openingsOf } from './openings.ts';
import type { Ways } from './ways.ts';

/**
 * Returns where the packets are dropped, and else where the answers are.
 *
 * @param isCause tells of a step that drops packets whether it is to blame
 */
export function dropsOn({ there, back, question }: Ways, isCause: (step: TraceStep) => boolean): Ranked[] {
  const blamed = there.filter((trace) => {
    const last = toSteps(trace).at(-1);
    return trace.ending !== 'dropped' || last === undefined || isCause(last);
  });
  const lost = dropsOf(blamed, 'packets', true);
  if (lost.length > 0) return lost;
  // of TCP alone is it known that nothing goes on without an answer
  const isSure =
    question.protocol === TCP && there.every((trace) => isCertain(trace) && trace.ending === 'delivered');
  return back.flatMap((replies) => {
    const causes = dropsOf(replies.traces, 'answers', isSure && replies.isSure);
    return replies.isSure ? causes : causes.map(ifThere);
  });
}

/** Says of answers from outside that nobody has seen them come. */
const ifThere = ({ rank, cause }: Ranked): Ranked => ({
  rank,
  cause: {
    ...cause,
    message: `${cause.message}. So it is where answers come in by the interface that the packets leave by`,
  },
});

/** The packets of the question, or the answers to them. */
type Subject = 'packets' | 'answers';

/** @param isSure false: it is not sure that they are on this way at all */
function dropsOf(traces: readonly Trace[], subject: Subject, isSure: boolean): Ranked[] {
  const dropped = traces.filter(({ ending }) => ending === 'dropped');
  const certain = isSure && dropped.length === traces.length && traces.every(isCertain);
  const causes = dropped.flatMap((trace) => dropOf(trace, subject, certain ? 'certain' : 'possible', traces));
  return [...new Map(causes.map((cause) => [keyOf(cause), cause])).values()].map((cause) => ({
    rank: certain ? 'way' : 'open',
    cause,
  }));
}

const keyOf = ({ title, host, namespace, evidence }: LikelyCause) =>
  JSON.stringify([title, host, namespace, evidence]);

function dropOf(trace: Trace, subject: Subject, certainty: Certainty, all: readonly Trace[]): LikelyCause[] {
  const step = toSteps(trace).at(-1);
  if (step === undefined) return [];
  const { node } = step;
  const cause = causeOf(step);
  const evidence: Line[] = cause ? [{ origin: cause.origin, line: cause.line, text: cause.text }] : [];
  return [
    {
      certainty,
      title: `${titleOf(step)} the ${subject}`,
      host: node.host,
      namespace: node.namespace,
      message: [messageOf(step), ...conditions(trace, all)].join('. '),
      evidence,
      remedy: remedyOf(step),
      rule: null,
    },
  ];
}

/** Says on what it hangs, where not all packets come to this end. */
function conditions(trace: Trace, all: readonly Trace[]): string[] {
  const reasons = [...new Set(trace.doubts.map(({ reason }) => reason))];
  if (reasons.length > 0) return [`It hangs on this: ${reasons.join('; ')}`];
  return all.length > 1 ? ['So it is with some of their ports; others pass'] : [];
}

function titleOf(step: TraceStep): string {
  switch (step.kind) {
    case 'rule':
      return `A rule of ${step.chain.name} drops`;
    case 'policy':
      return `The policy of ${step.chain.name} drops`;
    case 'forwarding':
      return 'A host that does not forward drops';
    case 'martian':
      return 'The kernel takes the addresses for forged and drops';
    case 'reverse-path':
      return 'Reverse path filtering drops';
    case 'ipvs':
      return 'A virtual service without a real server refuses';
    case 'routing':
      return 'There is no route for';
    case 'entry':
    case 'delivered':
    case 'exits':
    case 'undecided':
    case 'unread':
      return 'It is not known what drops';
    default:
      return assertNever(step);
  }
}

function messageOf(step: TraceStep): string {
  const { before, node } = step;
  const ends = `from ${printAddresses(before.source, 4)} to ${printAddresses(before.destination, 4)}`;
  switch (step.kind) {
    case 'rule': {
      const { table, chain, index } = step;
      const where = `rule ${index + 1} of ${chain.name}, table ${table.family} ${table.name}`;
      return `Packets ${ends} come to ${where}, at ${step.hook.toUpperCase()} of ${node.name}`;
    }
    case 'policy':
      return `No rule accepts packets ${ends}: they are dropped ${printReason(step)} of ${node.name}`;
    case 'routing':
      return `${node.name} has no route for packets ${ends}, or one that refuses them`;
    default:
      return `Packets ${ends} end on ${node.name}: ${printReason(step)}`;
  }
}

function remedyOf(step: TraceStep): LikelyCause['remedy'] {
  return { text: adviceOn(step), commands: openingsOf(step) };
}

function adviceOn(step: TraceStep): string {
  switch (step.kind) {
    case 'rule':
      return 'If they are to pass, a rule before this one has to accept them, where the rules of this host are kept';
    case 'policy':
      return 'If they are to pass, a rule of this chain has to accept them, where the rules of this host are kept';
    case 'forwarding':
      return 'If this host is a router, turn forwarding on';
    case 'martian':
      return step.what === 'loopback'
        ? 'Let the program listen on another address than 127.0.0.1, or allow route_localnet on this interface'
        : 'Find out who sends from this address, or which rule or route leads them here';
    case 'reverse-path':
      return step.back === 'nowhere'
        ? 'Add a route back to the source'
        : 'Let the way back leave by the interface that they come in by, or filter loosely (2) on it';
    case 'ipvs':
      return 'Bring a real server of this service back: ipvsadm -L -n shows them';
    case 'routing':
      return 'Add a route to the destination: ip route get shows what the kernel finds';
    case 'entry':
    case 'delivered':
    case 'exits':
    case 'undecided':
    case 'unread':
      return '';
    default:
      return assertNever(step);
  }
}
