/** The packets that a few other rules can touch: those that they ask for, where all else in a namespace is the same. */
import { groupBy } from '../../grouped-by.ts';
import { PORTS } from '../fields.ts';
import { everyAction, type PlainAction } from '../rule-parts.ts';
import type { Chain, Rule, Ruleset, Table } from '../ruleset.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { needsConntrack } from '../walk/conntrack-needed.ts';
import { usesMarks } from '../walk/hook-order.ts';
import type { PacketSet } from '../walk/packets.ts';
import { marksOwn } from '../walk/redirects.ts';
import { askedBy, comingTo, EVERYTHING, hullOf } from './asked-for.ts';
import { ledTo, mayRedirect } from './led-to.ts';
import { isSameValue } from './same-value.ts';

/**
 * Returns packets among which are all that the rules which differ ask for, as they come to the namespace: everything where
 * something else differs, too; null where nothing does.
 */
export function packetsOfRules(before: NetnsNode, after: NetnsNode): PacketSet | null {
  if (!isSameValue(restOf(before), restOf(after))) return EVERYTHING;
  const differing = chainsApart(before, after);
  if (differing.length === 0) return null;
  if (!differing.flatMap(({ rules }) => rules).every(actsOnItsPackets)) return EVERYTHING;
  if (concernsOthers(before.net.ruleset, after.net.ruleset, differing)) return EVERYTHING;
  const asked = hullOf(differing.flatMap(askedIn));
  return asked && asTheyCome([before, after], asked);
}

/** Returns packets among which are all that these namespaces may make these of. Nothing makes another protocol of them. */
export const asTheyCome = (nodes: readonly NetnsNode[], packets: PacketSet): PacketSet =>
  nodes.some(mayRedirect)
    ? { ...packets, destination: ledTo(nodes, packets.destination), destinationPort: PORTS }
    : packets;

/** All that decides about packets but the rules in its chains. */
function restOf({ net: { budget, ruleset, settings, ...net }, missing }: NetnsNode) {
  const bases = ruleset.tables.map(({ chains, ...table }) => ({
    ...table,
    chains: [...chains.values()].flatMap(({ name, base, rules }) =>
      // where chains of nat have one priority, it matters which of them has any rule
      base === null ? [] : [[name, base, base.type === 'nat' && rules.length > 0]],
    ),
  }));
  return { ...net, missing, bases, sets: [...ruleset.ipsets], settings: [...settings] };
}

/** The rules of a chain that one side alone has. */
interface ChainApart {
  node: NetnsNode;
  table: Table;
  chain: Chain;
  rules: readonly Rule[];
  /** True where the other side has no such chain. */
  alone: boolean;
}

const chainsApart = (before: NetnsNode, after: NetnsNode): ChainApart[] => [
  ...before.net.ruleset.tables.flatMap((table, i) => {
    const other = after.net.ruleset.tables[i];
    return other === undefined
      ? []
      : [...table.chains.values()].flatMap((chain) => {
          const now = other.chains.get(chain.name);
          const [old, fresh] = rulesApart(chain.rules, now?.rules ?? []);
          return [
            { node: before, table, chain, rules: old, alone: now === undefined },
            ...(now ? [{ node: after, table: other, chain: now, rules: fresh, alone: false }] : []),
          ].filter(({ rules, alone }) => alone || rules.length > 0);
        });
  }),
  ...after.net.ruleset.tables.flatMap((table, i) => {
    const known = before.net.ruleset.tables[i]?.chains;
    return [...table.chains.values()].flatMap((chain) =>
      known?.has(chain.name) ? [] : [{ node: after, table, chain, rules: chain.rules, alone: true }],
    );
  }),
];

function askedIn({ node, table, chain, rules, alone }: ChainApart): PacketSet[] {
  if (alone) return [comingTo(node, table, chain.name) ?? []].flat();
  return rules.flatMap((rule) => askedBy(node, table, chain.name, rule));
}

/** Tells whether a rule does something to the packets that it is asked for alone: sets are a matter of others, too. */
const actsOnItsPackets = (rule: Rule): boolean =>
  [...everyAction(rule)].every(({ kind }) => !ELSEWHERE.has(kind));

const ELSEWHERE: ReadonlySet<PlainAction['kind']> = new Set(['changeSets', 'unknown']);

/** Tells whether the rules make a difference to what no rule of them asks for: conntrack, and the order of tables. */
function concernsOthers(old: Ruleset, fresh: Ruleset, apart: readonly ChainApart[]): boolean {
  const tables = groupBy(apart, ({ table }) => table).map(
    (own): Table => ({
      ...own[0].table,
      chains: new Map(own.map(({ chain, rules }, i) => [`${i}`, { ...chain, rules: [...rules] }])),
    }),
  );
  const alone: Ruleset = { tables, ipsets: new Map() };
  const differs = (of: (ruleset: Ruleset) => unknown) => of(old) !== of(fresh);
  if (
    ([4, 6] as const).some(
      (version) => needsConntrack(alone, version) && differs((one) => needsConntrack(one, version)),
    )
  )
    return true;
  if (tables.some(usesMarks) && differs((one) => one.tables.map(usesMarks).join())) return true;
  return differs(marksOwn);
}

/** Leaves out what both begin and end with: rules of one text share their steps, but those of nft, whose sets may change. */
function rulesApart(before: readonly Rule[], after: readonly Rule[]): [Rule[], Rule[]] {
  const shorter = Math.min(before.length, after.length);
  const isSame = (i: number, j: number) => isSameValue(before[i]?.steps, after[j]?.steps);
  let head = 0;
  while (head < shorter && isSame(head, head)) head++;
  let tail = 0;
  while (tail < shorter - head && isSame(before.length - 1 - tail, after.length - 1 - tail)) tail++;
  return [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
}
