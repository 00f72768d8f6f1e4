/** The meanings of counters: what a person is told of one that grows, and how bad that is. */
import { CONNTRACK_COUNTERS } from './counter-meanings/conntrack.ts';
import { IP_COUNTERS } from './counter-meanings/ip.ts';
import type { CounterMeaning, CounterWeight } from './counter-meanings/meaning.ts';
import { TCP_COUNTERS } from './counter-meanings/tcp.ts';
import { TCP_REFUSALS } from './counter-meanings/tcp-refusals.ts';
import { UDP_COUNTERS } from './counter-meanings/udp.ts';

export type { CounterMeaning, CounterWeight } from './counter-meanings/meaning.ts';

/** All counters whose meaning is known; worst first within each group. */
export const COUNTER_GROUPS: readonly (readonly [title: string, counters: readonly CounterMeaning[]])[] = [
  ['TCP: connections and segments that are refused or lost', TCP_REFUSALS],
  ['TCP: how it goes', TCP_COUNTERS],
  ['UDP', UDP_COUNTERS],
  ['IP and ICMP', IP_COUNTERS],
  ['Connection tracking and packet intake', CONNTRACK_COUNTERS],
];

const byName = new Map(COUNTER_GROUPS.flatMap(([, counters]) => counters).map((one) => [one.counter, one]));

export const meaningOf = (counter: string): CounterMeaning | null => byName.get(counter) ?? null;

/** One that nobody explained is shown among events, so that nothing is hidden for want of a word. */
export const weightOf = (counter: string): CounterWeight =>
  byName.get(counter)?.weight ??
  (/^(?:MPTcpExt|IcmpMsg|Icmp6|Icmp\.|UdpLite|Ip6|sockstat)/.test(counter) ? 'traffic' : 'event');
