/**
 * Walks the base chains of a hook in the kernel's order. Priorities: linux/netfilter_ipv4.h. Every chain of type nat,
 * whatever its priority, is evaluated by the nat core at the core's own priority, and among themselves in the order of
 * theirs, until one has translated (linux 6.1, net/netfilter/nf_nat_core.c: nf_nat_inet_fn, nf_nat_register_fn).
 */

import { onceFor } from '../../once-for.ts';
import { NAT_PRIORITIES, natSideAt } from '../nat-hooks.ts';
import { type Hook, isForVersion, type Ruleset, type Side } from '../ruleset.ts';
import { type Ended, walkBaseChain } from './chain-walk.ts';
import { needsConntrack } from './conntrack-needed.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { doubted, type Flow, unknown } from './flow.ts';
import { type Base, chainName, inEveryOrder, touchEachOther } from './hook-order.ts';
import { reroutedByChain, reroutedByNat } from './output-rerouting.ts';

const CONNTRACK = -200;

/** The result of a hook for flows. */
export interface Passed {
  on: Flow[];
  dropped: Flow[];
  /** The flows after a rule whose effect is not understood. */
  unknown: Flow[];
}

/** A chain, or all of nat. */
interface Unit {
  chains: Base[];
  /** The side whose address it may change, where it is nat; null for a chain. */
  nat: Side | null;
}

/** The units of one priority. */
interface Stage {
  priority: number;
  units: Unit[];
}

export interface HookOptions {
  ruleset: Ruleset;
  context: EvaluationContext;
  /** The range of priorities to walk: [from, to). */
  between?: [number, number];
  /** False to leave nat out. */
  nat?: boolean;
  /** Routes a flow that a stage of OUTPUT has changed, there and then; returns what has a route. */
  routeAgain?(flow: Flow): Flow[];
}

export function passHook(hook: Hook, flows: Flow[], options: HookOptions): Passed {
  const { ruleset, context, between, nat = true, routeAgain } = options;
  const passed: Passed = { on: [], dropped: [], unknown: [] };
  for (const version of [4, 6] as const) {
    let going = flows.filter(
      ({ source }) => (version === 4 ? source.translated.v4 : source.translated.v6).length > 0,
    );
    if (going.length === 0) continue;
    for (const stage of stagesAt(ruleset, hook, version, nat)) {
      if (between && (stage.priority < between[0] || stage.priority >= between[1])) continue;
      if (stage.priority >= CONNTRACK) going = going.map(tracking);
      const ended = passStage(hook, stage, going, { ruleset, context });
      going = of('accept', ended);
      if (routeAgain) going = going.flatMap((flow) => (flow.reroute === 'due' ? routeAgain(flow) : [flow]));
      passed.dropped = passed.dropped.concat(of('drop', ended));
      passed.unknown = passed.unknown.concat(of('unknown', ended));
    }
    passed.on = passed.on.concat(going);
  }
  return passed;
}

const tracking = (flow: Flow): Flow => (flow.passedConntrack ? flow : { ...flow, passedConntrack: true });

const of = (wanted: Ended['verdict'], ended: readonly Ended[]) =>
  ended.flatMap(({ flow, verdict }) => (verdict === wanted ? [flow] : []));

const stagesOf = onceFor((_: Ruleset) => new Map<string, readonly Stage[]>());

/** Returns the stages of a hook, which are made out once for a ruleset. */
function stagesAt(ruleset: Ruleset, hook: Hook, version: 4 | 6, withNat: boolean): readonly Stage[] {
  const known = stagesOf(ruleset);
  const key = `${hook} ${version} ${withNat}`;
  const found = known.get(key) ?? makeStages(ruleset, hook, version, withNat);
  known.set(key, found);
  return found;
}

function makeStages(ruleset: Ruleset, hook: Hook, version: 4 | 6, withNat: boolean): Stage[] {
  const bases = basesAt(ruleset, hook, version);
  const side = withNat ? natSideAt(hook) : null;
  const units = bases
    .filter(({ chain }) => chain.base?.type !== 'nat')
    .map((base): { priority: number; unit: Unit } => ({
      priority: base.priority,
      unit: { chains: [base], nat: null },
    }));
  // the core evaluates nat even where no chain is left: that resolves that nothing is translated
  const nat = bases.filter(({ chain }) => chain.base?.type === 'nat');
  if (side) units.push({ priority: NAT_PRIORITIES[side], unit: { chains: nat, nat: side } });
  const priorities = [...new Set(units.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.map((priority) => ({
    priority,
    units: units.flatMap((one) => (one.priority === priority ? [one.unit] : [])),
  }));
}

function basesAt({ tables }: Ruleset, hook: Hook, version: 4 | 6): Base[] {
  const result: Base[] = [];
  for (const table of tables) {
    if (!isForVersion(table.family, version)) continue;
    for (const chain of table.chains.values()) {
      if (chain.base?.hook === hook) result.push({ table, chain, priority: chain.base.priority });
    }
  }
  return result;
}

function passStage(hook: Hook, { units, priority }: Stage, flows: Flow[], about: HookOptions): Ended[] {
  const { context } = about;
  const beforeConntrack = priority < CONNTRACK;
  const pass = (unit: Unit, flow: Flow): Ended[] => {
    const { table, chain } = unit.chains[0] ?? {};
    const ended =
      unit.nat !== null
        ? passNat(hook, unit.nat, unit.chains, flow, about)
        : // biome-ignore lint/style/noNonNullAssertion: a unit that is not nat is a chain
          walkBaseChain(chain!, [flow], { table: table!, hook, beforeConntrack, context });
    if (hook !== 'output') return ended;
    return unit.nat === null
      ? reroutedByChain(ended, flow, chain?.base?.type)
      : reroutedByNat(ended, flow, about.ruleset);
  };
  const inOrder = (order: readonly Unit[], flow: Flow) => oneAfterAnother(order, flow, pass);
  const certain = units.length === 1 || !touchEachOther(units.map(({ chains }) => chains));
  if (certain) return flows.flatMap((flow) => inOrder(units, flow));
  // biome-ignore lint/style/noNonNullAssertion: a unit that is not nat is a chain
  const names = units.map(({ chains, nat }) => (nat ? 'nat' : chainName(chains[0]!)));
  return flows.flatMap((flow) => inEveryOrder(units, names, flow, inOrder));
}

/** Passes a flow through units in order: each is evaluated for the flows that the one before accepted. */
function oneAfterAnother<T>(order: readonly T[], flow: Flow, pass: (one: T, flow: Flow) => Ended[]): Ended[] {
  let ended: Ended[] = [{ flow, verdict: 'accept' }];
  for (const one of order) {
    ended = ended.flatMap((end) => (end.verdict === 'accept' ? pass(one, end.flow) : [end]));
  }
  return ended;
}

/** Evaluates nat, only for packets that conntrack sees, and only once for each side. */
function passNat(
  hook: Hook,
  side: Side,
  chains: readonly Base[],
  flow: Flow,
  { ruleset, context }: HookOptions,
): Ended[] {
  if (!flow.tracked || flow.natDone[side]) return [{ flow, verdict: 'accept' }];
  const pass = ({ table, chain }: Base, open: Flow): Ended[] =>
    open.natDone[side]
      ? [{ flow: open, verdict: 'accept' }]
      : walkBaseChain(chain, [open], { table, hook, beforeConntrack: false, context });
  const inOrder = (order: readonly Base[], open: Flow) => oneAfterAnother(order, open, pass);
  const asked = oneAfterAnother(grouped(chains), flow, (equals, open) =>
    inEveryOrder(equals, equals.map(chainName), open, inOrder),
  );
  const ended = asked.some((end) => isChanged(end, flow)) ? ifTracked(asked, flow, ruleset) : asked;
  return ended.map(({ flow: last, verdict }) => ({
    flow: { ...last, natDone: { ...last.natDone, [side]: true } },
    verdict,
  }));
}

const UNTRACKED = unknown('whether conntrack sees packets here, as no rule needs it');

const isChanged = ({ flow: { mark }, verdict }: Ended, before: Flow): boolean =>
  verdict === 'drop' || (verdict === 'accept' && mark !== before.mark);

/** Resolves what chains of nat do without translating: without conntrack, they would not have been asked. */
function ifTracked(ended: Ended[], flow: Flow, ruleset: Ruleset): Ended[] {
  const version = flow.source.translated.v4.length > 0 ? 4 : 6;
  if (needsConntrack(ruleset, version)) return ended;
  const doubtful = ended.map((end) => ({ ...end, flow: doubted(end.flow, UNTRACKED) }));
  return [...doubtful, { flow: doubted(flow, UNTRACKED), verdict: 'accept' }];
}

/** Groups the chains of one priority that do anything. */
function grouped(chains: readonly Base[]): Base[][] {
  const full = chains
    .filter(({ chain }) => chain.rules.length > 0 || chain.base?.policy !== 'accept')
    .sort((a, b) => a.priority - b.priority);
  const groups: Base[][] = [];
  for (const base of full) {
    const last = groups.at(-1);
    if (last?.[0]?.priority === base.priority) last.push(base);
    else groups.push([base]);
  }
  return groups;
}
