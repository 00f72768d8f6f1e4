/**
 * The order in which settings are safe to be made: one that disarms comes before those it could hurt, and those that
 * open the host come last. tcp_timestamps arms tcp_tw_recycle. With vs.conntrack, real servers see one address, which
 * arms it there, and conn_reuse_mode begins to cost SYNs (net/netfilter/ipvs/ip_vs_core.c before 5.9).
 */
const EARLY = [/^net\.ipv4\.tcp_tw_recycle$/, /^net\.ipv4\.vs\.conn_reuse_mode$/];
const LATE = [
  /^net\.ipv4\.(tcp_timestamps|vs\.conntrack)$/,
  /^net\.ipv[46]\.(ip_forward|conf\..+\.forwarding)$/,
];

/** Returns a negative number where `a` is to be set before `b`. */
export function inSafeOrder(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : Number(a > b));
}

function rank(key: string): number {
  const early = EARLY.findIndex((pattern) => pattern.test(key));
  return early >= 0 ? early - EARLY.length : LATE.findIndex((pattern) => pattern.test(key)) + 1;
}
