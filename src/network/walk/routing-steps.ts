/** The routing rules of a namespace as steps in the kernel's order, found by the addresses that they are about. */

import { onceFor } from '../../once-for.ts';
import { type AddressIndex, addressIndex } from '../address-index.ts';
import { type AddressSet, ALL, size } from '../addresses.ts';
import { type Interface, vrfMembers } from '../interfaces.ts';
import { before } from '../kernel-version.ts';
import { isCustomRule, type RoutingAction, type RoutingRule } from '../routing-rules.ts';
import type { Match } from '../ruleset.ts';
import type { Flow } from './flow.ts';
import type { Namespace } from './namespace.ts';

export interface RoutingStep {
  /** Its index among the rules of its family. */
  index: number;
  when: Match[];
  action: Exclude<RoutingAction, { kind: 'lookup' }> | { kind: 'lookup'; tables: readonly string[] };
  suppress: number | null;
  /** The rule as printed. */
  text: string;
}

/** Steps by the narrower of their two address conditions. */
interface Steps {
  bySource: AddressIndex<Placed>;
  byDestination: AddressIndex<Placed>;
  /** The index of the first rule of each priority. */
  firstOfPriority: ReadonlyMap<number, number>;
}

interface Placed {
  set: AddressSet;
  step: RoutingStep;
}

/** The tables in which a kernel without policy routing looks, one after the other. */
const DEFAULT_TABLES = [['local'], ['main'], ['default']];
/**
 * Since 4.1, as long as nobody has made a rule, `local` and `main` are one table of IPv4, in which the longest prefix
 * wins (commit 0ddcf43d5d4a; net/ipv4/fib_trie.c, fib_trie_table).
 */
const MERGED_TABLES = [['local', 'main'], ['default']];

/** The parts of a namespace that its routing rules depend on. */
type RulesTables = Pick<Namespace, 'rules' | 'interfaces' | 'release'>;

const stepsOf = onceFor(
  (tables: RulesTables): Readonly<Record<4 | 6, Steps>> => ({
    4: sharedSteps(tables, 4),
    6: sharedSteps(tables, 6),
  }),
);

/** Rules that many namespaces have alike are sorted once for all whose kernel and interfaces take them alike. */
function sharedSteps(tables: RulesTables, family: 4 | 6): Steps {
  const known = sorted(tables.rules);
  const key = JSON.stringify([family, isMerging(tables, family), vrfMembers(tables.interfaces)]);
  const steps = known.get(key) ?? sortedSteps(tables, family);
  known.set(key, steps);
  return steps;
}

const sorted = onceFor((_: readonly RoutingRule[]) => new Map<string, Steps>());

/** Returns the rules that can affect the routing of a flow, in order: those that can match its addresses. */
export function stepsFor(
  flow: Flow,
  tables: RulesTables,
  family: 4 | 6,
): { steps: RoutingStep[]; firstOfPriority: Steps['firstOfPriority'] } {
  const { bySource, byDestination, firstOfPriority } = stepsOf(tables)[family];
  const from = bySource.meeting(flow.source.translated);
  const to = byDestination.meeting(flow.destination.translated);
  const found = from.length === 0 ? to : [...from, ...to].sort((a, b) => a.step.index - b.step.index);
  return { steps: found.map(({ step }) => step), firstOfPriority };
}

/** Tells whether `local` and `main` are one table; where the kernel's version is not known, they are. */
function isMerging({ rules, release }: RulesTables, family: 4 | 6): boolean {
  const older = before(release, '4.1');
  const isCustom = rules.some((rule) => rule.family === family && isCustomRule(rule));
  return family === 4 && !isCustom && !(older.ok && older.value);
}

function sortedSteps(namespace: RulesTables, family: 4 | 6): Steps {
  const { rules, interfaces } = namespace;
  const own = rules.filter((rule) => rule.family === family).sort((a, b) => a.priority - b.priority);
  const bySource: Placed[] = [];
  const merged = isMerging(namespace, family);
  const tables = merged ? MERGED_TABLES : own.length > 0 ? [] : DEFAULT_TABLES;
  const byDestination: Placed[] = tables.map(defaultStep);
  const firstOfPriority = new Map<number, number>();
  for (const [index, rule] of merged ? [] : own.entries()) {
    if (!firstOfPriority.has(rule.priority)) firstOfPriority.set(rule.priority, index);
    const bySide = size(rule.from) < size(rule.to) ? bySource : byDestination;
    // a rule with `not` can hold for any address
    const set = rule.not ? ALL : bySide === bySource ? rule.from : rule.to;
    const { suppress, text } = rule;
    const action =
      rule.action.kind === 'lookup' ? { ...rule.action, tables: [rule.action.table] } : rule.action;
    bySide.push({ set, step: { index, when: conditions(rule, interfaces), action, suppress, text } });
  }
  return {
    bySource: addressIndex(bySource, ({ set }) => set),
    byDestination: addressIndex(byDestination, ({ set }) => set),
    firstOfPriority,
  };
}

const defaultStep = (tables: readonly string[], index: number): Placed => ({
  set: ALL,
  step: {
    index,
    when: [],
    action: { kind: 'lookup', tables },
    suppress: null,
    text: `lookup ${tables.join()}`,
  },
});

function conditions(rule: RoutingRule, interfaces: readonly Interface[]): Match[] {
  const { from, to, mark, in: input, out, protocol, ports, unknown, not, action } = rule;
  const when: Match[] = [
    { kind: 'address', side: 'source', set: from, not: false },
    { kind: 'address', side: 'destination', set: to, not: false },
  ];
  if (protocol !== null) when.push({ kind: 'protocol', protocols: [protocol, protocol], not: false });
  for (const side of ['source', 'destination'] as const)
    if (ports[side]) when.push({ kind: 'port', side, ports: ports[side], not: false });
  if (mark) when.push({ kind: 'mark', of: 'packet', ...mark, not: false });
  // locally generated packets come in by lo, as far as routing rules are concerned
  if (input) when.push(comesIn([input === 'lo' ? '' : input]));
  // packets that come in have no such interface yet; a socket may be bound to one
  if (out) when.push(comesIn(['']), { kind: 'undecided', text: `oif ${out}` });
  if (action.kind === 'vrf') when.push(comesIn(vrfMembers(interfaces)));
  when.push(...unknown.map((text): Match => ({ kind: 'undecided', text })));
  return not ? [{ kind: 'any', rows: [when], not: true }] : when;
}

const comesIn = (names: readonly string[]): Match => ({
  kind: 'interface',
  side: 'in',
  patterns: names.map((name) => ({ name, prefix: false })),
  not: false,
});
