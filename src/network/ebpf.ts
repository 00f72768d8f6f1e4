/**
 * Programs that move packets by eBPF, past routes and rules, of which no listing of those shows anything. Their
 * interfaces give them away.
 */
import type { Interface } from './interfaces.ts';

/** https://docs.cilium.io/en/stable/network/concepts/routing/; felix/dataplane/linux/dataplane_defs of Calico. */
const OWN_DEVICES: readonly [RegExp, string][] = [
  [/^cilium_(host|net|vxlan|geneve|wg0)$/, 'Cilium'],
  [/^bpf(in|out|natin|natout)(\.cali)?$/, 'Calico'],
];

/** Returns the reason why rules and routes do not tell what becomes of packets here; null where they do. */
export function whyNotByRules(interfaces: readonly Interface[]): string | null {
  for (const { name } of interfaces) {
    const [, program] = OWN_DEVICES.find(([pattern]) => pattern.test(name)) ?? [];
    if (program)
      return `${program} moves and translates packets by eBPF here (${name}), which no rule or route shows`;
  }
  return null;
}

/** Returns the reasons for doubt: an XDP program may do anything with what comes in. */
export const xdpDoubts = (interfaces: readonly Interface[]): string[] =>
  interfaces.flatMap(({ name, xdp }) => (xdp ? [`an XDP program sees what comes in by ${name} first`] : []));
