/**
 * Traces single packets through one ruleset, POSTROUTING alone. Answers without a fleet: before a change, and from a
 * script.
 */
import { type Address, printAddress } from '../address-text.ts';
import { addressSet, onlyAddress, parseAddresses, printAddresses, unionOf } from '../addresses.ts';
import { PORTS, PROTOCOLS } from '../fields.ts';
import { allRules, destinationRules } from '../nat-rules.ts';
import { assertNever, everyAction, everyMatch, type PlainAction } from '../rule-parts.ts';
import type { Rule, Ruleset } from '../ruleset.ts';
import { fullBudget } from '../walk/budget.ts';
import type { EvaluationContext } from '../walk/evaluation-context.ts';
import { type Bits, bits, UNKNOWN, ZERO } from '../walk/marks.ts';
import { decisionOf, type Outcome, type PacketClass, translatedSet } from '../walk/outcomes.ts';
import type { PacketSet } from '../walk/packets.ts';
import type { Translation } from '../walk/step.ts';
import { leave } from '../walk/walk.ts';

/** A packet about to leave. Fields that are null are not known. */
export interface LeavingPacket {
  source: Address;
  destination: Address;
  protocol: number | null;
  sourcePort: number | null;
  destinationPort: number | null;
  mark: number;
  out: string | null;
  /** The address that MASQUERADE gives. */
  outAddress: Address | null;
}

export interface NatAnswer {
  /**
   * The action; `none`: no rule decided. `undecided`: it hangs on facts that neither the packet nor the ruleset gives.
   */
  action: 'masquerade' | 'snat' | 'accept' | 'none' | 'undecided';
  /** The source address it leaves with; null when not known, or when it does not leave. */
  source: string | null;
  rule: { text: string; line: number } | null;
  certain: boolean;
  /** The reasons why it is not certain. */
  doubts: string[];
}

/** Returns a function that answers for one packet after the other. */
export function natTracer(ruleset: Ruleset): (packet: LeavingPacket) => NatAnswer {
  const past = pastOf(ruleset);
  return (packet) => trace(ruleset, past, packet);
}

function trace(ruleset: Ruleset, past: Past, packet: LeavingPacket): NatAnswer {
  const parts = leave({ ruleset, context: evaluationContext(ruleset, packet) }, setOf(packet), {
    out: packet.out,
    mark: bits(packet.mark),
    ...past,
  });
  const answers = parts.flatMap((part) => part.outcomes.map((outcome) => answerOf(part, outcome, packet)));
  const [first, ...others] = answers;
  if (!first) return undecided([]);
  if (others.length === 0) return first;
  if (
    answers.every(
      ({ action, source, certain }) => action === first.action && source === first.source && certain,
    )
  )
    return first;
  const apart = parts.length > 1 ? ["the packet's protocol or ports, where they are not given"] : [];
  return undecided([...apart, ...answers.flatMap(({ doubts }) => doubts)]);
}

const undecided = (doubts: readonly string[]): NatAnswer => ({
  action: 'undecided',
  source: null,
  rule: null,
  certain: false,
  doubts: [...new Set(doubts)],
});

interface Past {
  fromStart: boolean;
  connmark: Bits;
}

/** Returns the possible effects of the hooks before on the packet, as far as the rules show. */
function pastOf(ruleset: Ruleset): Past {
  const rules = [...allRules(ruleset.tables)].map(({ rule }) => rule);
  const ipvs = rules.some((rule) =>
    [...everyMatch(rule)].some(({ kind }) => kind === 'ipvs' || kind === 'virtual'),
  );
  const marksConnections = rules.some((rule) => [...everyAction(rule)].some(marksConnection));
  return {
    fromStart: !ipvs && destinationRules(ruleset).length === 0,
    connmark: marksConnections ? UNKNOWN : ZERO,
  };
}

function marksConnection(action: PlainAction): boolean {
  switch (action.kind) {
    case 'setMark':
      return action.of === 'connection';
    case 'copyMark':
      return action.to === 'connection';
    case 'unknown':
      return true;
    case 'accept':
    case 'drop':
    case 'return':
    case 'jump':
    case 'goto':
    case 'masquerade':
    case 'translate':
    case 'netmap':
    case 'redirect':
    case 'notrack':
    case 'changeSets':
      return false;
    default:
      return assertNever(action);
  }
}

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

// biome-ignore lint/style/noNonNullAssertion: these are addresses
const LOOPBACK = ['127.0.0.0/8', '::1'].map((text) => parseAddresses(text)!);

function evaluationContext({ ipsets }: Ruleset, { outAddress }: LeavingPacket): EvaluationContext {
  const own = outAddress ? [addressSet(outAddress)] : [];
  return {
    ipsets,
    local: { known: unionOf([...LOOPBACK, ...own]), complete: false },
    masquerade: () => own[0] ?? 'the address of the interface that it leaves by',
    redirect: () => 'no address to redirect to',
    budget: fullBudget(),
    written: new Map(),
  };
}

function answerOf({ packets }: PacketClass, outcome: Outcome, packet: LeavingPacket): NatAnswer {
  const { verdict, source, steps } = outcome;
  const doubts = outcome.doubts.map(({ reason }) => reason);
  if (verdict === 'unknown') return undecided(doubts);
  if (verdict === 'dropped') {
    const last = steps.at(-1);
    const rule = last?.kind === 'rule' ? named(last.rule) : null;
    return { action: 'none', source: null, rule, certain: true, doubts };
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
