import { command, defineCollector, file, t } from '../define.ts';
import type { Line } from '../model.ts';
import { readConntrackStatistics } from '../network/conntrack-statistics.ts';
import { seenOf } from '../network/unseen.ts';
import { emptyTable } from '../word-table.ts';

const LIMITS = '/proc/sys/net/netfilter';
const STATISTICS = '/proc/net/stat/nf_conntrack';

const LIST = `for limit in count max buckets; do
  limit=${LIMITS}/nf_conntrack_$limit
  [ ! -e "$limit" ] || words="$words $limit"
done`;

const probes = {
  // not there while the module nf_conntrack is not loaded, and looking does not load it
  limits: command(
    LIMITS,
    `cd ${LIMITS} || exit
for name in nf_conntrack_count nf_conntrack_max nf_conntrack_buckets; do
  [ ! -e "$name" ] || set -- "$@" "$name"
done
grep "" "$@" /dev/null`,
    {
      optional: true,
      needed: { path: `${LIMITS}/nf_conntrack_count`, reason: 'nf_conntrack shows no limits' },
      reading: { kind: 'files', folder: `${LIMITS}/`, list: LIST, relative: false },
    },
  ),
  stat: file(STATISTICS, { optional: true }),
};

export default defineCollector({
  id: 'conntrack',
  doc: 'How full the table of tracked connections is, and what became of packets there.',
  scope: 'netns',
  samples: 2,
  takesUnseen: true,
  probes,
  type: t.object({
    loaded: t.bool('Whether the kernel tracks connections at all; if not, all below is 0 or empty'),
    count: t.int('Connections tracked in this namespace'),
    max: t.int('From how many on new connections are dropped; 0 is no limit'),
    buckets: t.int('Size of the hash table, shared by all namespaces'),
    stats: t.map(t.int(), 'Sums over all CPUs: `insert_failed`, `drop`, `early_drop`, `invalid`, ...'),
    delta: t.map(t.int(), 'By how much these grew between two samples; empty without `--interval`'),
    sampled: t.bool('Whether there were two samples'),
  }),
  parse(now, before) {
    const sampled = before !== null;
    const { texts, why } = seenOf(now);
    const { limits, stat } = texts;
    const loaded = limits !== undefined || stat !== undefined;
    const mayBeLoaded = loaded || why.limits !== undefined || why.stat !== undefined;
    const { values, lines, unreadable } = readLimits(mayBeLoaded ? (limits ?? '') : null, why.limits);
    if (!loaded && mayBeLoaded) unreadable.loaded = why.limits ?? why.stat ?? '';
    const { count = 0, max = 0, buckets = 0 } = values;
    const value = { loaded, count, max, buckets, stats: {}, delta: {}, sampled };
    // CONFIG_NF_CONNTRACK_PROCFS
    if (stat === undefined) {
      const none = why.stat ?? `no ${STATISTICS}`;
      const withoutStats = { ...unreadable, stats: none, ...(sampled && { delta: none }) };
      return { value, lines, unreadable: mayBeLoaded ? withoutStats : {} };
    }
    const stats = readConntrackStatistics(STATISTICS, stat);
    // the same number (nf_conntrack_standalone.c, ct_cpu_seq_show), and where both samples are of one file, the newer one
    const { entries } = stats;
    if (sampled && entries !== undefined) {
      value.count = entries;
      delete unreadable.count;
      lines.count = { origin: STATISTICS, line: 2, text: `entries ${entries}` };
    }
    const first = before === null ? null : seenOf(before);
    const earlier =
      first?.texts.stat === undefined
        ? emptyTable<number>()
        : readConntrackStatistics(STATISTICS, first.texts.stat);
    if (first !== null && first.texts.stat === undefined)
      unreadable.delta = first.why.stat ?? `there was no ${STATISTICS} when the first sample was taken`;
    const delta = emptyTable<number>();
    for (const [name, sum] of Object.entries(stats)) {
      const was = earlier[name];
      // `entries` is no counter: it comes and goes
      if (was !== undefined && name !== 'entries') delta[name] = sum - was;
      const text = was === undefined ? `${name} ${sum}` : `${name} ${was} → ${sum}`;
      lines[name] = { origin: STATISTICS, line: 0, text };
    }
    return { value: { ...value, stats, delta }, lines, unreadable };
  },
});

/** Reads the limits. A namespace of a container without root may show none of them. */
function readLimits(text: string | null, why?: string) {
  const values: Record<string, number> = {};
  const lines = emptyTable<Line>();
  const unreadable: Record<string, string> = {};
  const rows = text?.split('\n') ?? [];
  for (const name of text === null ? [] : ['count', 'max', 'buckets']) {
    // nf_conntrack_max:262144, with its folder or without, and as sysctl -a prints it: net.netfilter.nf_conntrack_max = 262144
    const pattern = new RegExp(`^(?:${LIMITS}/)?(net\\.netfilter\\.)?nf_conntrack_${name}(?::| = )(.*)$`);
    const row = rows.findIndex((one) => pattern.test(one));
    const shown = rows[row] ?? '';
    const [, listed, limit] = pattern.exec(shown) ?? [];
    if (limit === undefined) unreadable[name] = why ?? `nf_conntrack_${name} is not shown in this namespace`;
    else if (!/^\d+$/.test(limit)) throw new Error(`nf_conntrack_${name} is "${limit}"`);
    else {
      values[name] = Number(limit);
      lines[name] = listed
        ? { origin: LIMITS, line: row + 1, text: shown }
        : { origin: `${LIMITS}/nf_conntrack_${name}`, line: 1, text: limit };
    }
  }
  return { values, lines, unreadable };
}
