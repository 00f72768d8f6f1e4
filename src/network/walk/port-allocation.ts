/**
 * The allocation of source ports by source NAT. linux 6.18: net/netfilter/nf_nat_core.c (get_unique_tuple,
 * nf_nat_l4proto_unique_tuple).
 */
import { difference, NUMBERS, type Ranges, same } from '../ranges.ts';
import type { Randomness } from '../ruleset.ts';

export interface PortAllocation {
  /**
   * Whether ports are drawn at random. `no`: a connection keeps its port where that is one of `ports` and nobody has it.
   * `unknown`: different rules allocate, and which of them does is not known.
   */
  random: Randomness | 'unknown';
  /** The ports to choose from. */
  ports: Ranges<number>;
}

/** The ports that the kernel chooses from where a rule names none, for a connection from port 1024 or above. */
const UNPRIVILEGED: Ranges<number> = [1024, 65535];

/** The ports of outgoing connections by default (net.ipv4.ip_local_port_range). */
const OUTGOING: Ranges<number> = [32768, 60999];

/** @param ports those that the rule names; null: none */
export const allocationBy = (random: Randomness, ports: Ranges<number> | null): PortAllocation => ({
  random,
  ports: ports ?? UNPRIVILEGED,
});

/** Tells whether connections lose their ports even where nobody else has them; null: not known. */
export function losesPorts({ random, ports }: PortAllocation): boolean | null {
  if (random === 'unknown') return null;
  return random !== 'no' || difference(NUMBERS, OUTGOING, ports).length > 0;
}

export const poolSize = ({ ports }: PortAllocation): number =>
  ports.reduce((total, bound, i) => (i % 2 === 0 ? total - bound : total + bound + 1), 0);

/** Returns the allocation by one of two rules: it is not known by which. */
export function allocationByEither(
  a: PortAllocation | null,
  b: PortAllocation | null,
): PortAllocation | null {
  if (a === null || b === null) return a ?? b;
  if (a.random === b.random && same(a.ports, b.ports)) return a;
  return { random: 'unknown', ports: smaller(a, b).ports };
}

/**
 * Returns the allocation that matters of two that packets pass, or of two that share an address: the smaller pool, and
 * chance where one leaves ports to that.
 */
export function narrowest(a: PortAllocation | null, b: PortAllocation | null): PortAllocation | null {
  if (a === null || b === null) return a ?? b;
  const randoms = [a.random, b.random];
  const random = ORDER.find((one) => randoms.includes(one)) ?? 'no';
  return { random, ports: smaller(a, b).ports };
}

const ORDER = ['fully', 'random', 'unknown', 'no'] as const;

const smaller = (a: PortAllocation, b: PortAllocation): PortAllocation => (poolSize(b) < poolSize(a) ? b : a);
