/**
 * The base chains of a hook, in the order the kernel asks them. Priorities: linux/netfilter_ipv4.h. Every chain of type
 * nat, whatever its priority, is asked by the nat core at the core's own priority, and among themselves in the order of
 * theirs, until one has translated (linux 6.1, net/netfilter/nf_nat_core.c: nf_nat_inet_fn, nf_nat_register_fn).
 */
import { type Ended, walkBaseChain } from './chain-walk.ts';
import { doubted, type Flow, unknown } from './flow.ts';
import type { Chain, Family, Hook, Ruleset, Table } from './ruleset.ts';
import { sideAt } from './translate.ts';
import type { World } from './world.ts';

const CONNTRACK = -200;
const NAT_DESTINATION = -100;
const NAT_SOURCE = 100;

interface Base {
  table: Table;
  chain: Chain;
  priority: number;
}

/** What became of flows at a hook. */
export interface Passed {
  on: Flow[];
  dropped: Flow[];
  /** After a rule of which nobody here knows what it does. */
  unknown: Flow[];
}

/** Stages of a hook: chains one after the other; those of nat together. */
interface Stage {
  priority: number;
  /** More than one where the order is not known. */
  chains: Base[];
  nat: boolean;
}

export interface HookOptions {
  ruleset: Ruleset;
  world: World;
  /** Only chains with priorities in between: [from, to). */
  between?: [number, number];
}

export function passHook(hook: Hook, flows: Flow[], { ruleset, world, between }: HookOptions): Passed {
  const passed: Passed = { on: [], dropped: [], unknown: [] };
  for (const version of [4, 6] as const) {
    let going = flows.filter(({ source }) => (version === 4 ? source.now.v4 : source.now.v6).length > 0);
    for (const stage of stages(ruleset, hook, version)) {
      if (between && (stage.priority < between[0] || stage.priority >= between[1])) continue;
      const ended = stage.nat
        ? natStage(hook, stage.chains, going, world)
        : plainStage(hook, stage, going, world);
      going = ended.flatMap(({ flow, verdict }) => (verdict === 'accept' ? [flow] : []));
      passed.dropped.push(...ended.flatMap(({ flow, verdict }) => (verdict === 'drop' ? [flow] : [])));
      passed.unknown.push(...ended.flatMap(({ flow, verdict }) => (verdict === 'unknown' ? [flow] : [])));
    }
    passed.on.push(...going);
  }
  return passed;
}

function stages(ruleset: Ruleset, hook: Hook, version: 4 | 6): Stage[] {
  const bases = basesAt(ruleset, hook, version);
  const nat = bases.filter(({ chain }) => chain.base!.type === 'nat');
  const plain = bases.filter(({ chain }) => chain.base!.type !== 'nat');
  const at = sideAt(hook) === 'destination' ? NAT_DESTINATION : NAT_SOURCE;
  const result: Stage[] = plain.map((base) => ({ priority: base.priority, chains: [base], nat: false }));
  // the core asks nat even where no chain is left to ask: that settles that nothing is translated
  if (hook !== 'forward') result.push({ priority: at, chains: nat, nat: true });
  return result.sort((a, b) => a.priority - b.priority);
}

function basesAt({ tables }: Ruleset, hook: Hook, version: 4 | 6): Base[] {
  const result: Base[] = [];
  for (const table of tables) {
    if (!isFor(table.family, version)) continue;
    for (const chain of table.chains.values()) {
      if (chain.base?.hook === hook) result.push({ table, chain, priority: chain.base.priority });
    }
  }
  return result.sort((a, b) => a.priority - b.priority);
}

const isFor = (family: Family, version: 4 | 6) =>
  family === 'inet' || family === (version === 4 ? 'ip' : 'ip6');

function plainStage(hook: Hook, { chains, priority }: Stage, flows: Flow[], world: World): Ended[] {
  const { table, chain } = chains[0]!;
  return walkBaseChain(chain, flows, { table, hook, beforeConntrack: priority < CONNTRACK, world });
}

/** Only what conntrack sees is asked, and only once for each side. */
function natStage(hook: Hook, chains: Base[], flows: Flow[], world: World): Ended[] {
  const side = sideAt(hook);
  const asked = flows.filter((flow) => flow.tracked && !flow.asked[side]);
  const others = flows.filter((flow) => !flow.tracked || flow.asked[side]);
  let ended: Ended[] = accepted(asked);
  for (const equals of grouped(chains.filter(({ chain }) => chain.rules.length > 0))) {
    ended = ended.flatMap((one) => (isOpen(one, side) ? inSomeOrder(hook, equals, one.flow, world) : [one]));
  }
  const settled = ended.map(({ flow, verdict }) => ({
    flow: { ...flow, asked: { ...flow.asked, [side]: true } },
    verdict,
  }));
  return [...settled, ...accepted(others)];
}

const accepted = (flows: readonly Flow[]) => flows.map((flow): Ended => ({ flow, verdict: 'accept' }));
const isOpen = ({ flow, verdict }: Ended, side: 'source' | 'destination') =>
  verdict === 'accept' && !flow.asked[side];

/** Chains of one priority: which was registered last is asked first, and no listing tells. */
function grouped(chains: Base[]): Base[][] {
  const groups: Base[][] = [];
  for (const base of chains) {
    const last = groups.at(-1);
    if (last?.[0]?.priority === base.priority) last.push(base);
    else groups.push([base]);
  }
  return groups;
}

/** More than this many chains of one priority are asked in their printed order and its reverse only. */
const MAX_ORDERS = 3;

function inSomeOrder(hook: Hook, equals: Base[], flow: Flow, world: World): Ended[] {
  const orders = equals.length <= MAX_ORDERS ? permutations(equals) : [equals, [...equals].reverse()];
  if (orders.length === 1) return inOrder(hook, equals, flow, world);
  const names = equals.map(
    ({ table, chain }) => `${table.backend} ${table.family} ${table.name} ${chain.name}`,
  );
  const doubt = unknown(`which is asked first: ${names.join(', or ')}`);
  return orders.flatMap((order) => inOrder(hook, order, doubted(flow, doubt), world));
}

function inOrder(hook: Hook, chains: Base[], flow: Flow, world: World): Ended[] {
  const side = sideAt(hook);
  let ended: Ended[] = accepted([flow]);
  for (const { table, chain } of chains) {
    const about = { table, hook, beforeConntrack: false, world };
    ended = ended.flatMap((one) => (isOpen(one, side) ? walkBaseChain(chain, [one.flow], about) : [one]));
  }
  return ended;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
