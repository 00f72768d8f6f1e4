/** The address that nat changes at a hook, and its priority there (linux 6.1, nf_nat_core.c: HOOK2MANIP). */
import type { Hook, Side } from './ruleset.ts';

/** The side that nat changes at each hook; null: nat has no chains there. */
const SIDES: Readonly<Record<Hook, Side | null>> = {
  prerouting: 'destination',
  input: 'source',
  forward: null,
  output: 'destination',
  postrouting: 'source',
};

export const natSideAt = (hook: Hook): Side | null => SIDES[hook];

export const natHooks = (side?: Side): Hook[] =>
  (Object.keys(SIDES) as Hook[]).filter(
    (hook) => SIDES[hook] !== null && SIDES[hook] === (side ?? SIDES[hook]),
  );

/** linux/netfilter_ipv4.h: NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC. */
export const NAT_PRIORITIES: Readonly<Record<Side, number>> = { destination: -100, source: 100 };
