import sysctl from '../collectors/sysctl.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import type { Line } from '../model.ts';

const RETRIES = 'net.ipv4.tcp_retries2';
const LONGEST = 'net.ipv4.tcp_rto_max_ms';

/** include/net/tcp.h: TCP_RTO_MIN and TCP_RTO_MAX, in milliseconds. The latter stands where there is no setting of it. */
const SHORTEST_MS = 200;
const LONGEST_MS = 120_000;

export default defineDerivedFact({
  id: 'tcp_patience',
  doc: 'For how long a TCP connection waits for a peer that no longer answers.',
  scope: 'netns',
  entries: {
    established: entry({
      type: t.double(
        'Seconds until data that nobody acknowledges ends it: what retransmission after retransmission add up to, at least',
      ),
      from: { sysctl },
      derive({ sysctl: { value, lines, unreadable = {}, partial } }): Derivation<number> {
        const number = (key: string, otherwise: number | null): number => {
          const one = value[key];
          if (typeof one === 'number') return one;
          if (otherwise !== null && unreadable[key] === undefined && partial === undefined) return otherwise;
          throw new Error(`${key}: ${unreadable[key] ?? 'it is not shown'}`);
        };
        const shown = [RETRIES, LONGEST].flatMap((key): Line[] => [lines?.[key] ?? []].flat());
        const seconds = untilGivenUp(number(RETRIES, null), number(LONGEST, LONGEST_MS)) / 1000;
        return { value: seconds, lines: shown, despite: 'all' };
      },
    }),
  },
});

/**
 * net/ipv4/tcp_timer.c (v6.1), tcp_model_timeout: the timeout doubles with each retransmission, from the shortest to the
 * longest.
 */
function untilGivenUp(retries: number, longest: number): number {
  const doublings = Math.floor(Math.log2(Math.max(longest, SHORTEST_MS) / SHORTEST_MS));
  const doubled = (2 ** (Math.min(retries, doublings) + 1) - 1) * SHORTEST_MS;
  return doubled + Math.max(0, retries - doublings) * longest;
}
