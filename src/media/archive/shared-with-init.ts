import type { OutputKind, Outputs } from './outputs.ts';

/** The kinds that one kernel has for all its namespaces. */
const SHARED: ReadonlySet<OutputKind> = new Set(['uname', 'uptime', 'nf_tables']);

/**
 * The kinds that the kernel shows in the host's own namespace alone: net/core/neighbour.c, neigh_table_init,
 * `init_net`.
 */
const OF_INIT: ReadonlySet<OutputKind> = new Set(['arp statistics', 'ndisc statistics']);

/** Returns the outputs that hold for a namespace beside the host's own. */
export function sharedWithInit(own: Outputs, init: Outputs): Outputs {
  return (kind) => {
    if (SHARED.has(kind)) return init(kind);
    if (OF_INIT.has(kind))
      return { ok: false, problem: 'absent', reason: "only the host's own namespace shows them" };
    return own(kind);
  };
}
