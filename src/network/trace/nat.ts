/**
 * Traces single packets through one ruleset: the hooks that they pass before POSTROUTING, as far as it has rules there,
 * and POSTROUTING. Answers without a fleet: before a change, and from a script.
 */
import { printAddress } from '../address-text.ts';
import { ALL, addressSet, difference, onlyAddress, printAddresses, unionOf } from '../addresses.ts';
import { PORTS, PROTOCOLS } from '../fields.ts';
import type { Rule, Ruleset } from '../ruleset.ts';
import { fullBudget } from '../walk/budget.ts';
import type { EvaluationContext } from '../walk/evaluation-context.ts';
import { type History, leave } from '../walk/leave.ts';
import { LOOPBACK } from '../walk/local-addresses.ts';
import { decisionOf, type Outcome, type PacketClass, translatedSet } from '../walk/outcomes.ts';
import type { PacketSet } from '../walk/packets.ts';
import type { Translation } from '../walk/step.ts';
import { hasOtherHooks, historiesOf, type LeavingPacket, natAloneOf, pastOf } from './histories.ts';

export interface NatAnswer {
  /**
   * The action; `none`: no rule decided. `undecided`: it hangs on facts that neither the packet nor the ruleset gives.
   */
  action: 'masquerade' | 'snat' | 'accept' | 'none' | 'undecided';
  /** The source address it leaves with; null when not known, or when it does not leave. */
  source: string | null;
  rule: { text: string; line: number } | null;
  certain: boolean;
  /** True when it does not leave at all. */
  dropped: boolean;
  /** True where the ruleset is nat alone: what other tables do to the packet is not known. */
  natAlone: boolean;
  /** The reasons why it is not certain. */
  doubts: string[];
}

/** Returns a function that answers for one packet after the other. */
export function natTracer(ruleset: Ruleset): (packet: LeavingPacket) => NatAnswer {
  const past = pastOf(ruleset);
  const natAlone = !hasOtherHooks(ruleset);
  return (packet) => {
    const histories = natAlone ? [natAloneOf(past, packet)] : historiesOf(ruleset, past, packet);
    return { ...trace(ruleset, histories, packet), natAlone };
  };
}

type NatOutcome = Omit<NatAnswer, 'natAlone'>;

function trace(ruleset: Ruleset, histories: readonly History[], packet: LeavingPacket): NatOutcome {
  const context = evaluationContext(ruleset, packet);
  const parts = leave({ ruleset, context }, setOf(packet), histories);
  const answers = parts.flatMap((part) => part.outcomes.map((outcome) => answerOf(part, outcome, packet)));
  const [first, ...others] = answers;
  if (!first) return undecided([]);
  if (others.length === 0) return first;
  if (
    answers.every(
      ({ action, source, certain, dropped }) =>
        action === first.action && source === first.source && dropped === first.dropped && certain,
    )
  )
    return first;
  const apart = parts.length > 1 ? ["the packet's protocol or ports, where they are not given"] : [];
  return undecided([...apart, ...answers.flatMap(({ doubts }) => doubts)]);
}

const undecided = (doubts: readonly string[]): NatOutcome => ({
  action: 'undecided',
  source: null,
  rule: null,
  certain: false,
  dropped: false,
  doubts: [...new Set(doubts)],
});

function setOf(packet: LeavingPacket): PacketSet {
  const port = (number: number | null) => (number === null ? PORTS : [number, number]);
  return {
    source: addressSet(packet.source),
    destination: addressSet(packet.destination),
    protocol: packet.protocol === null ? PROTOCOLS : [packet.protocol, packet.protocol],
    sourcePort: port(packet.sourcePort),
    destinationPort: port(packet.destinationPort),
  };
}

function evaluationContext({ ipsets }: Ruleset, { outAddress }: LeavingPacket): EvaluationContext {
  const own = outAddress ? [addressSet(outAddress)] : [];
  const known = unionOf([LOOPBACK, ...own]);
  return {
    ipsets,
    local: { known, doubtful: difference(ALL, known) },
    masquerade: () => own[0] ?? 'the address of the interface that it leaves by',
    redirect: () => 'no address to redirect to',
    budget: fullBudget(),
  };
}

function answerOf({ packets }: PacketClass, outcome: Outcome, packet: LeavingPacket): NatOutcome {
  const { verdict, source, steps } = outcome;
  const doubts = outcome.doubts.map(({ reason }) => reason);
  if (verdict === 'unknown') return undecided(doubts);
  if (verdict === 'dropped') {
    const last = steps.at(-1);
    const rule = last?.kind === 'rule' ? named(last.rule) : null;
    return { action: 'none', source: null, rule, certain: true, dropped: true, doubts };
  }
  const last = decisionOf(outcome);
  const address = onlyAddress(translatedSet(packets.source, source));
  const action = last?.action ?? 'none';
  // without its address given, it is MASQUERADE all the same
  const certain = address !== null || (action === 'masquerade' && packet.outAddress === null);
  const chosen = certain || source === null ? [] : [whyOpen(source)];
  return {
    action,
    source: address && printAddress(address),
    rule: named(last?.rule),
    certain,
    dropped: false,
    doubts: [...doubts, ...chosen],
  };
}

function whyOpen(source: Translation): string {
  switch (source.kind) {
    case 'pool':
      return `which of ${printAddresses(source.set)} the kernel draws`;
    case 'unknown':
      return source.reason;
    case 'address':
    case 'netmap':
      return 'which address of the network';
  }
}

const named = (rule: Rule | undefined) => (rule ? { text: rule.text, line: rule.line } : null);
