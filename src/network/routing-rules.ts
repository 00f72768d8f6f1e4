/** Reads `ip rule`, for both families (iproute2 3 to 6, and busybox). */
import { type AddressSet, ALL4, ALL6 } from './addresses.ts';
import { and32, parseMark, parsePortRange, protocolNumber } from './fields.ts';
import type { Ranges } from './ranges.ts';
import { parseDestination } from './routes.ts';

/** One `ip rule`: the packets it matches, and what it does with them. */
export interface RoutingRule {
  family: 4 | 6;
  priority: number;
  not: boolean;
  from: AddressSet;
  to: AddressSet;
  mark: { value: number; mask: number } | null;
  in: string | null;
  out: string | null;
  protocol: number | null;
  ports: { source: Ranges<number> | null; destination: Ranges<number> | null };
  action: RoutingAction;
  /** The prefix length up to which routes do not count (`suppress_prefixlength`); null for none. */
  suppress: number | null;
  /** Conditions that are not understood, as written. */
  unknown: string[];
  text: string;
  line: number;
}

/** The action of a routing rule: linux/fib_rules.h, FR_ACT_*. */
export type RoutingAction =
  | { kind: 'lookup'; table: string }
  /** Looks up the table of the VRF that packets come in by or leave by: for others, the rule does not hold. */
  | { kind: 'vrf' }
  /** Goes on at the first rule of that priority; where there is none (`unresolved`), at the next rule. */
  | { kind: 'goto'; priority: number }
  | { kind: 'nop' }
  | { kind: 'refuse' }
  /** Its action is not understood. */
  | { kind: 'unknown' };

/** `32766:	from all lookup main`, `100:	not from 10.0.0.0/8 fwmark 0x1/0xff iif eth0 lookup 100` */
export function parseRules(text: string, family: 4 | 6, origin: string): RoutingRule[] {
  const rules: RoutingRule[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    if (raw.trim() === '') continue;
    const match = /^(\d+):\s+(.*)$/.exec(raw.trim());
    if (!match) throw new Error(`${origin}:${i + 1}: no routing rule: ${raw.slice(0, 80)}`);
    const [, priority, tokens = ''] = match;
    rules.push(
      readRule(tokens.split(/\s+/), { family, priority: Number(priority), text: raw.trim(), line: i + 1 }),
    );
  }
  return rules;
}

function readRule(
  tokens: readonly string[],
  given: Pick<RoutingRule, 'family' | 'priority' | 'text' | 'line'>,
): RoutingRule {
  const all = given.family === 4 ? ALL4 : ALL6;
  const rule: RoutingRule = {
    ...given,
    not: false,
    from: all,
    to: all,
    mark: null,
    in: null,
    out: null,
    protocol: null,
    ports: { source: null, destination: null },
    action: { kind: 'unknown' },
    suppress: null,
    unknown: [],
  };
  for (let i = 0; i < tokens.length; i++) {
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    const token = tokens[i]!;
    const next = tokens[i + 1] ?? '';
    if (token === 'not') rule.not = true;
    else if (PLAIN_ACTIONS.has(token)) rule.action = PLAIN_ACTIONS.get(token) ?? rule.action;
    else if (NOTES.test(token)) continue;
    else {
      i++;
      if (!readPair(rule, token, next, all)) rule.unknown.push(`${token} ${next}`);
    }
  }
  return rule;
}

/** Reads a word with a value into the rule; false where it is not understood. */
function readPair(rule: RoutingRule, word: string, value: string, all: AddressSet): boolean {
  const set = () => (value === 'all' ? all : parseDestination(value));
  switch (word) {
    case 'from':
    case 'to':
      return given(set(), (one) => {
        rule[word] = one;
      });
    case 'iif':
      rule.in = value;
      return true;
    case 'oif':
      rule.out = value;
      return true;
    case 'fwmark':
      return given(readMark(value), (one) => {
        rule.mark = one;
      });
    case 'ipproto':
      return given(protocolNumber(value), (one) => {
        rule.protocol = one;
      });
    case 'sport':
    case 'dport':
      return given(parsePortRange(value), (one) => {
        rule.ports[word === 'sport' ? 'source' : 'destination'] = one;
      });
    case 'lookup':
    case 'table':
      rule.action = value === '[l3mdev-table]' ? { kind: 'vrf' } : { kind: 'lookup', table: value };
      return true;
    case 'goto':
      rule.action = { kind: 'goto', priority: Number(value) };
      return true;
    case 'suppress_prefixlength':
      rule.suppress = Number(value);
      return true;
    // who made the rule, and what accounting puts its packets down to: neither decides anything
    case 'proto':
    case 'protocol':
    case 'realms':
      return true;
    default:
      return false;
  }
}

function given<T>(value: T | null, set: (value: T) => void): boolean {
  if (value !== null) set(value);
  return value !== null;
}

const PLAIN_ACTIONS: ReadonlyMap<string, RoutingAction> = new Map([
  ['blackhole', { kind: 'refuse' }],
  ['unreachable', { kind: 'refuse' }],
  ['prohibit', { kind: 'refuse' }],
  ['nop', { kind: 'nop' }],
]);
/** The notes that ip adds for people. */
const NOTES = /^\[.*\]$/;

/** The kernel compares the bits of the mask alone: net/core/fib_rules.c, fib_rule_match. */
function readMark(text: string): RoutingRule['mark'] {
  const parsed = parseMark(text);
  return parsed && { value: and32(parsed.value, parsed.mask), mask: parsed.mask };
}

/** Tells whether a rule is none of the three that a kernel begins with. */
export const isCustomRule = ({ text }: RoutingRule): boolean => !DEFAULT_RULES.test(text);
const DEFAULT_RULES =
  /^(0:\s+from all lookup (local|255)|32766:\s+from all lookup (main|254)|32767:\s+from all lookup (default|253))\s*$/;
