/**
 * The packets that rules ask for, as they come to the table: by what a rule matches, and by the jumps that lead to its
 * chain. Of any source; no table changes a destination and goes on.
 */
import { onceFor } from '../../once-for.ts';
import { type AddressSet, ALL, intersection, isEmpty, union, unionOf } from '../addresses.ts';
import { PORTS, WITH_PORTS } from '../fields.ts';
import * as ranges from '../ranges.ts';
import { NUMBERS } from '../ranges.ts';
import type { PlainAction } from '../rule-parts.ts';
import type { Match, Rule, Step, Table } from '../ruleset.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { localAddresses } from '../walk/local-addresses.ts';
import { type PacketSet, packets } from '../walk/packets.ts';

export const EVERYTHING = packets(ALL, ALL);

/** Returns packets of any source among which are all of these; null for none. */
export function hullOf(sets: readonly PacketSet[]): PacketSet | null {
  const [first] = sets;
  if (first === undefined) return null;
  const numbers = (field: 'protocol' | 'destinationPort') =>
    sets.map((set) => set[field]).reduce((a, b) => ranges.union(NUMBERS, a, b));
  return packets(ALL, unionOf(sets.map(({ destination }) => destination)), {
    protocol: numbers('protocol'),
    destinationPort: numbers('destinationPort'),
  });
}

/** Returns the packets that come to a chain of the table; null where no rule leads there. */
export function comingTo(node: NetnsNode, table: Table, chain: string): PacketSet | null {
  const known = knownAt(node);
  const reached = known.get(table) ?? new Map<string, PacketSet | null>();
  known.set(table, reached);
  return reachedBy(node, table, chain, reached);
}

const knownAt = onceFor((_: NetnsNode) => new Map<Table, Map<string, PacketSet | null>>());

function reachedBy(
  node: NetnsNode,
  table: Table,
  name: string,
  reached: Map<string, PacketSet | null>,
): PacketSet | null {
  const before = reached.get(name);
  if (before !== undefined) return before;
  if (table.chains.get(name)?.base) return EVERYTHING;
  // of chains that lead to each other in a circle, which the kernel refuses
  reached.set(name, EVERYTHING);
  const ways = (jumpsIn(table).get(name) ?? []).flatMap(({ from, rows }) => {
    const there = reachedBy(node, table, from, reached);
    return (there && rows.reduce((all, row) => narrowed(all, row, node), there)) ?? [];
  });
  const packets = hullOf(ways.filter(isSome));
  reached.set(name, packets);
  return packets;
}

const isSome = ({ destination, protocol }: PacketSet): boolean =>
  !isEmpty(destination) && protocol.length > 0;

/** An action of a rule, and all that it asks for first. */
interface Asking {
  rows: readonly Match[][];
  action: PlainAction;
}

function* askingIn(steps: readonly Step[], before: readonly Match[][] = []): Generator<Asking> {
  let rows = before;
  for (const { when, action } of steps) {
    rows = [...rows, when];
    if (action?.kind === 'choose') for (const one of action.cases) yield* askingIn([one], rows);
    else if (action) yield { rows, action };
  }
}

/** A jump to a chain, and what is asked for before it. */
interface Jump {
  from: string;
  rows: readonly Match[][];
}

/** Returns the jumps to each chain, by its name. */
const jumpsIn = onceFor((table: Table): ReadonlyMap<string, Jump[]> => {
  const jumps = new Map<string, Jump[]>();
  for (const { name, rules } of table.chains.values())
    for (const { steps } of rules)
      for (const { chain, rows } of jumpsOf(steps)) {
        const known = jumps.get(chain);
        const jump = { from: name, rows };
        if (known) known.push(jump);
        else jumps.set(chain, [jump]);
      }
  return jumps;
});

/** Hosts of a cluster share the steps of thousands of rules. */
const jumpsOf = onceFor((steps: Rule['steps']) =>
  [...askingIn(steps)].flatMap(({ action, rows }) =>
    'chain' in action ? [{ chain: action.chain, rows }] : [],
  ),
);

/** Returns the packets for which a rule of that chain does each of its actions. */
export function actedOn(
  node: NetnsNode,
  table: Table,
  chain: string,
  { steps }: Rule,
): { action: PlainAction; packets: PacketSet }[] {
  const come = comingTo(node, table, chain);
  if (come === null) return [];
  return [...askingIn(steps)].map(({ rows, action }) => ({
    action,
    packets: rows.reduce((all, row) => narrowed(all, row, node), come),
  }));
}

/** Returns the packets with which a rule of that chain does anything: those that its first step asks for. */
export function askedBy(node: NetnsNode, table: Table, chain: string, { steps: [first] }: Rule): PacketSet[] {
  const come = comingTo(node, table, chain);
  return come && first ? [narrowed(come, first.when, node)].filter(isSome) : [];
}

/** Leaves out the packets for which some of these matches surely do not hold. */
function narrowed(all: PacketSet, row: readonly Match[], node: NetnsNode): PacketSet {
  const fewer = row.reduce((asked, match) => narrowedBy(asked, match, node), all);
  // what has no ports has something else where they would be
  const hasPorts = ranges.difference(NUMBERS, fewer.protocol, WITH_PORTS).length === 0;
  return hasPorts ? fewer : { ...fewer, destinationPort: PORTS };
}

function narrowedBy(all: PacketSet, match: Match, node: NetnsNode): PacketSet {
  if ('not' in match && match.not) return all;
  const within = (destination: AddressSet) => ({
    ...all,
    destination: intersection(all.destination, destination),
  });
  switch (match.kind) {
    case 'address':
      return match.side === 'destination' ? within(match.set) : all;
    case 'local':
      return match.side === 'destination' && node.missing.length === 0 ? within(mayBeLocal(node)) : all;
    case 'protocol':
      return { ...all, protocol: ranges.intersection(all.protocol, match.protocols) };
    case 'port':
      return match.side === 'destination'
        ? { ...all, destinationPort: ranges.intersection(all.destinationPort, match.ports) }
        : all;
    case 'any': {
      const rows = match.rows.map((row) => narrowed(all, row, node)).filter(isSome);
      return hullOf(rows) ?? { ...all, destination: { v4: [], v6: [] } };
    }
    default:
      return all;
  }
}

function mayBeLocal({ net }: NetnsNode): AddressSet {
  const { known, doubtful } = localAddresses(net);
  return union(known, doubtful);
}
