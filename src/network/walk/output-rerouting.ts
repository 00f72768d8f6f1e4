/**
 * Tells whether OUTPUT makes the kernel route packets again, which were routed before they came there: where nat has given
 * them another destination, or a chain of type route (as iptables' mangle) another destination or mark. A mark that another
 * chain sets comes too late (linux 6.1, iptable_mangle.c, nft_chain_route.c, nf_nat_proto.c).
 */
import { onceFor } from '../../once-for.ts';
import { type AddressSet, intersects, onlyAddress } from '../addresses.ts';
import { type BaseChain, isForVersion, type Ruleset } from '../ruleset.ts';
import type { Ended } from './chain-walk.ts';
import { doubted, type Flow, unknown } from './flow.ts';
import { sameMark } from './marks.ts';

/** @param before the packets as they came to the chain */
export const reroutedByChain = (
  ended: readonly Ended[],
  before: Flow,
  type: BaseChain['type'] | undefined,
): Ended[] =>
  ended.flatMap((end) => {
    const remarked = type === 'route' ? not(sameMark(before.mark, end.flow.mark)) : false;
    return rerouted(end, either(redirectedHere(end.flow, before), remarked));
  });

/**
 * nat goes by the connection: what IPVS sends may have got another destination before (nf_nat_ipv4_local_fn,
 * nf_nat_ipv6_local_fn).
 *
 * @param before the packets as they came to nat
 */
export const reroutedByNat = (ended: readonly Ended[], before: Flow, ruleset: Ruleset): Ended[] =>
  ended.flatMap((end) =>
    rerouted(
      end,
      end.flow.ipvs === null ? redirectedHere(end.flow, before) : redirectedBefore(end.flow, ruleset),
    ),
  );

/** @param isRouted null: not known */
function rerouted(end: Ended, isRouted: boolean | null): Ended[] {
  const { flow } = end;
  const again = { ...end, flow: { ...flow, reroute: 'due' as const, routedBy: flow.mark } };
  if (isRouted !== null) return [isRouted ? again : end];
  // by the same mark, who keeps the destination takes the way that was found before; IPVS finds ways of its own
  if (flow.ipvs === null && sameMark(flow.mark, flow.routedBy) === true) return [again];
  return [again, end].map((one) => ({ ...one, flow: doubted(one.flow, REROUTED) }));
}

const REROUTED = unknown('whether OUTPUT changes what packets are routed by');

const not = (told: boolean | null): boolean | null => (told === null ? null : !told);

const either = (a: boolean | null, b: boolean | null): boolean | null =>
  a === true || b === true ? true : a === null || b === null ? null : false;

/** Tells whether the packets got another destination; null where only some of them may have. */
function redirectedHere(flow: Flow, before: Flow): boolean | null {
  if (flow.translations.destination === before.translations.destination) return false;
  return differs(flow.destination.translated, before.destination.translated);
}

/** Tells whether the connection has another destination than it was opened to, and nat is there to see it. */
function redirectedBefore({ destination, tracked, translations }: Flow, ruleset: Ruleset): boolean | null {
  const { original, translated } = destination;
  const version = original.v4.length > 0 ? 4 : 6;
  if (!natVersions(ruleset).has(version) || !tracked || translations.destination === null) return false;
  return differs(original, translated);
}

/** The versions of IP that any chain of nat is for: one of them makes nat look at every hook (nf_nat_register_fn). */
const natVersions = onceFor(({ tables }: Ruleset): ReadonlySet<4 | 6> => {
  const withNat = tables.filter(({ chains }) =>
    [...chains.values()].some(({ base }) => base?.type === 'nat'),
  );
  const isFor = (version: 4 | 6) => withNat.some(({ family }) => isForVersion(family, version));
  return new Set(([4, 6] as const).filter(isFor));
});

function differs(now: AddressSet, then: AddressSet): boolean | null {
  if (!intersects(now, then)) return true;
  return onlyAddress(now) !== null && onlyAddress(then) !== null ? false : null;
}
