import { type CounterMeaning, countedIn } from './meaning.ts';

/** UDP's counters, of IPv4 and of IPv6. */
export const UDP_COUNTERS: readonly CounterMeaning[] = [
  ...countedIn('net/ipv4/udp.c', [
    ['Udp.RcvbufErrors', 'loss', 'datagrams dropped since a receive buffer is full'],
    ['Udp.SndbufErrors', 'loss', 'datagrams not sent since a send buffer is full'],
    ['Udp.MemErrors', 'loss', 'datagrams dropped for want of memory (udp_mem)', '>= 5.12'],
    ['Udp.InErrors', 'loss', 'datagrams that came and were not delivered, for whatever reason'],
    ['Udp.InCsumErrors', 'trouble', 'datagrams with a wrong checksum'],
    ['Udp.NoPorts', 'event', 'datagrams for a port where nobody listens'],
    ['Udp.IgnoredMulti', 'traffic', 'broadcasts and multicasts that nobody wants', '>= 3.19'],
    ['Udp.InDatagrams', 'traffic', 'datagrams delivered'],
    ['Udp.OutDatagrams', 'traffic', 'datagrams sent'],
  ]),
  ...countedIn('net/ipv6/udp.c', [
    ['Udp6RcvbufErrors', 'loss', 'datagrams dropped since a receive buffer is full (IPv6)'],
    ['Udp6SndbufErrors', 'loss', 'datagrams not sent since a send buffer is full (IPv6)'],
    ['Udp6MemErrors', 'loss', 'datagrams dropped for want of memory (IPv6)', '>= 5.12'],
    ['Udp6InErrors', 'loss', 'datagrams that came and were not delivered (IPv6)'],
    ['Udp6InCsumErrors', 'trouble', 'datagrams with a wrong checksum (IPv6)'],
    ['Udp6NoPorts', 'event', 'datagrams for a port where nobody listens (IPv6)'],
    ['Udp6IgnoredMulti', 'traffic', 'multicasts that nobody wants (IPv6)'],
    ['Udp6InDatagrams', 'traffic', 'datagrams delivered (IPv6)'],
    ['Udp6OutDatagrams', 'traffic', 'datagrams sent (IPv6)'],
  ]),
];
