/**
 * ICMP redirects: a packet that is to leave by the interface that it came in by makes the kernel send one to its sender,
 * before FORWARD (linux 6.1, net/ipv4/ip_forward.c, ip_forward; net/ipv6/ip6_output.c, ip6_forward). It bears the
 * connection of the packet (net/ipv4/icmp.c, icmp_send: nf_ct_attach), so that OUTPUT and POSTROUTING may change the
 * mark of that. It is sent now and then: how often is limited.
 */
import { onceFor } from '../../once-for.ts';
import { chainsReached, everyAction, marksConnection } from '../rule-parts.ts';
import type { Ruleset } from '../ruleset.ts';
import type { Flow } from './flow.ts';
import { UNKNOWN } from './marks.ts';

/** Returns the flow as FORWARD gets it, where it is routed back by the interface that it came in by. */
export function afterRedirect(flow: Flow, ruleset: Ruleset): Flow {
  return flow.in === flow.out && marksOwn(ruleset) ? { ...flow, connmark: UNKNOWN } : flow;
}

/** Tells whether a rule changes the marks of connections of locally generated packets. */
export const marksOwn = onceFor(({ tables }: Ruleset): boolean =>
  tables.some((table) => {
    const reached = chainsReached(table, ({ hook }) => hook === 'output' || hook === 'postrouting');
    return [...reached].some((name) =>
      table.chains.get(name)?.rules.some((rule) => [...everyAction(rule)].some(marksConnection)),
    );
  }),
);
