/**
 * The settings that are there only once a module is. linux 6.1: net/bridge/br_netfilter_hooks.c,
 * net/netfilter/ipvs/ip_vs_ctl.c, net/netfilter/nf_conntrack_standalone.c.
 */
const OF_MODULES: readonly [prefix: string, module: string][] = [
  ['net.bridge.bridge-nf-', 'br_netfilter'],
  ['net.ipv4.vs.', 'ip_vs'],
  ['net.netfilter.nf_conntrack_', 'nf_conntrack'],
  ['net.nf_conntrack_max', 'nf_conntrack'],
];

/** Returns the module that a setting comes with; null where it is one of the kernel itself, or of a module not listed. */
export const moduleOfKey = (key: string): string | null =>
  OF_MODULES.find(([prefix]) => key.startsWith(prefix))?.[1] ?? null;
