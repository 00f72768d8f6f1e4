import { type CounterMeaning, countedIn } from './meaning.ts';

/** Counters of connection tracking (/proc/net/stat/nf_conntrack) and of packet intake (/proc/net/softnet_stat). */
export const CONNTRACK_COUNTERS: readonly CounterMeaning[] = [
  ...countedIn('net/netfilter/nf_conntrack_core.c', [
    [
      'conntrack.drop',
      'loss',
      'packets dropped: no entry is left (nf_conntrack_max), or two raced to begin a connection',
    ],
    ['conntrack.insert_failed', 'loss', 'new connections that could not be entered: two packets raced'],
    ['conntrack.early_drop', 'trouble', 'entries thrown away for new ones: the table is full'],
    ['conntrack.chaintoolong', 'loss', 'new connections refused: too many in one bucket', '>= 5.16'],
    ['conntrack.chainlength', 'loss', 'new connections refused: too many in one bucket', '>= 5.16'],
    ['conntrack.invalid', 'trouble', 'packets of no connection: many firewalls drop them'],
    ['conntrack.icmp_error', 'event', 'packets that could not be tracked for an error'],
    ['conntrack.search_restart', 'event', 'lookups that began again, as the table changed'],
    [
      'conntrack.clashres',
      'event',
      'two packets that raced to begin a connection, and both got through',
      '>= 5.10',
    ],
    ['conntrack.ignore', 'traffic', 'packets that are not tracked', '< 5.10'],
    ['conntrack.found', 'traffic', 'lookups that found an entry'],
    ['conntrack.searched', 'traffic', 'entries compared in lookups', '< 4.9'],
    ['conntrack.new', 'traffic', 'entries made', '< 4.9'],
    ['conntrack.insert', 'traffic', 'entries made'],
    ['conntrack.delete', 'traffic', 'entries ended', '< 4.9'],
    ['conntrack.delete_list', 'traffic', 'entries ended', '< 4.9'],
    ['conntrack.expect_new', 'traffic', 'connections that a helper expects'],
    ['conntrack.expect_create', 'traffic', 'connections that a helper expects'],
    ['conntrack.expect_delete', 'traffic', 'connections that a helper expected'],
    ['conntrack.entries', 'traffic', 'entries in the table'],
  ]),
  ...countedIn('net/core/dev.c', [
    ['softnet.dropped', 'loss', 'packets dropped since a CPU has too many waiting (netdev_max_backlog)'],
    ['softnet.flow_limit_count', 'loss', 'packets dropped of flows that take too much of a CPU'],
    [
      'softnet.time_squeeze',
      'trouble',
      'times a CPU had more packets than it may take at once (netdev_budget)',
    ],
    ['softnet.received_rps', 'traffic', 'times another CPU was asked to take packets'],
    ['softnet.processed', 'traffic', 'packets taken from interfaces'],
  ]),
];
