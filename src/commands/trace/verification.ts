/** A trace beside what the kernel made of a real connection request: does it agree? */
import { printEndpoint } from '../../network/address-text.ts';
import { listensAt } from '../../network/paths/server.ts';
import { withoutCounters } from '../../network/rule-parts.ts';
import { countOf, type Rule } from '../../network/ruleset.ts';
import type { NetnsNode } from '../../network/topology/nodes.ts';
import type { PacketTrace } from '../../network/trace/packet.ts';
import { portOf, type TraceStep } from '../../network/trace/steps.ts';

/**
 * The answer of the sender's kernel to its connection request. `refused`: a reset came back. `unreachable`: an error, of its
 * own or by ICMP. `silent`: nothing came back.
 */
export type Reply = 'connected' | 'refused' | 'unreachable' | 'silent';

/** A rule of the trace that counts packets, before the request and after. */
export interface CountedRule {
  node: NetnsNode;
  rule: Rule;
  before: number;
  /** Null: the rule was not found again. */
  after: number | null;
}

export type Agreement = 'agrees' | 'disagrees' | 'not known';

export interface Verification {
  verdict: Agreement;
  /** The reasons of the verdict, in the order of the trace; the reply's is the last. */
  reasons: string[];
  counted: CountedRule[];
}

/** @param after the namespaces of the trace, read again after the request */
export function verificationOf(trace: PacketTrace, reply: Reply, after: readonly NetnsNode[]): Verification {
  const counted = countedRules(trace.steps, after);
  const still = counted.filter((one) => one.after === one.before);
  const expected = expectedReply(trace);
  const reasons = still.map(
    ({ node, rule }) => `no packet was counted by ${rule.text} (${node.name}, ${rule.origin}:${rule.line})`,
  );
  const byReply = judged(expected, reply);
  const seen = still.length > 0 ? 'disagrees' : byReply.verdict;
  const doubt = trace.certain ? [] : ['the trace itself is not certain'];
  return {
    verdict: trace.certain ? seen : 'not known',
    reasons: [...doubt, ...reasons, byReply.reason],
    counted,
  };
}

/** Returns the rules of the steps that count, as they counted before and after. */
function countedRules(steps: readonly TraceStep[], after: readonly NetnsNode[]): CountedRule[] {
  return steps.flatMap((step): CountedRule[] => {
    if (step.kind !== 'rule') return [];
    const { node, rule } = step;
    const before = countOf(rule, node.net.ruleset);
    return before === null ? [] : [{ node, rule, before, after: packetsNow(step, after) }];
  });
}

/** Returns what the same rule counts in a later reading: in its chain, at its place, with its text. */
function packetsNow(step: Extract<TraceStep, { kind: 'rule' }>, after: readonly NetnsNode[]): number | null {
  const node = after.find(({ host, name }) => host === step.node.host && name === step.node.name);
  const table = node?.net.ruleset.tables.find(
    ({ family, name, backend }) =>
      family === step.table.family && name === step.table.name && backend === step.table.backend,
  );
  const rule = table?.chains.get(step.chain.name)?.rules[step.index];
  return node && rule && withoutCounters(rule.text) === withoutCounters(step.rule.text)
    ? countOf(rule, node.net.ruleset)
    : null;
}

/** The reply that a trace lets one expect, and the place that it is expected from. */
interface Expected {
  kind: 'accepted' | 'nobody listens' | 'arrives' | 'dropped' | 'leaves' | 'undecided';
  place: string;
}

function expectedReply({ outcome, final, steps }: PacketTrace): Expected {
  const place = final.node?.name ?? '';
  switch (outcome) {
    case 'dropped':
      return { kind: 'dropped', place };
    case 'exits-fleet':
      return { kind: 'leaves', place };
    case 'undecided':
      return { kind: 'undecided', place };
    case 'delivered': {
      const last = steps.at(-1);
      const port = last ? portOf(last.after) : 0;
      if (!final.node || !final.destination || port === 0) return { kind: 'arrives', place };
      const listens = listensAt(final.node, final.destination, port);
      const at = `${place}, ${printEndpoint(final.destination, port)}`;
      if (listens === 'unknown') return { kind: 'arrives', place: at };
      return { kind: listens === 'yes' ? 'accepted' : 'nobody listens', place: at };
    }
  }
}

const SILENCE = 'nothing came back: the request was dropped, or its answer was';

/** Judges a reply by what was expected: what the answer's way back does to it is not the trace's. */
function judged({ kind, place }: Expected, reply: Reply): { verdict: Agreement; reason: string } {
  const agrees = (reason: string) => ({ verdict: 'agrees', reason }) as const;
  const disagrees = (reason: string) => ({ verdict: 'disagrees', reason }) as const;
  const open = (reason: string) => ({ verdict: 'not known', reason }) as const;
  switch (kind) {
    case 'dropped':
      if (reply === 'connected') return disagrees(`it was to be dropped at ${place}, and was connected`);
      return agrees(`it was to be dropped at ${place}, and was ${WORDS[reply]}`);
    case 'accepted':
      if (reply === 'connected') return agrees(`a socket listens there, and it was connected (${place})`);
      if (reply === 'silent') return open(SILENCE);
      return disagrees(`a socket listens there (${place}), and it was ${WORDS[reply]}`);
    case 'nobody listens':
      if (reply === 'refused') return agrees(`nobody listens there, and it was refused (${place})`);
      if (reply === 'silent') return open(SILENCE);
      return disagrees(`nobody listens there (${place}), and it was ${WORDS[reply]}`);
    case 'arrives':
      if (reply === 'connected' || reply === 'refused')
        return agrees(`it was to arrive (${place}), and was ${WORDS[reply]}`);
      return open(reply === 'silent' ? SILENCE : `it was ${WORDS[reply]}`);
    case 'leaves':
      return open(`it was ${WORDS[reply]}; it leaves the fleet, and what comes then is not seen`);
    case 'undecided':
      return open(`it was ${WORDS[reply]}`);
  }
}

const WORDS: Record<Reply, string> = {
  connected: 'connected',
  refused: 'refused by a reset',
  unreachable: 'answered with an error',
  silent: 'not answered',
};

/** Returns the namespace whose own sockets sent what was traced; null: it came in from elsewhere. */
export function connectingNode({ steps: [first] }: PacketTrace): NetnsNode | null {
  return first !== undefined && 'hook' in first && first.hook === 'output' ? first.node : null;
}
