import { command, defineCollector, file, t } from '../define.ts';
import type { Line } from '../model.ts';
import { emptyTable, wordTable } from '../word-table.ts';

const LIMITS = '/proc/sys/net/netfilter';
const STATISTICS = '/proc/net/stat/nf_conntrack';

const probes = {
  // not there while the module nf_conntrack is not loaded, and looking does not load it
  limits: command(
    LIMITS,
    `need ${LIMITS}/nf_conntrack_count "nf_conntrack shows no limits"
cd ${LIMITS} || exit
for name in nf_conntrack_count nf_conntrack_max nf_conntrack_buckets; do
  [ ! -e "$name" ] || set -- "$@" "$name"
done
grep "" "$@" /dev/null`,
    { optional: true },
  ),
  stat: file(STATISTICS, { optional: true }),
};

export default defineCollector({
  id: 'conntrack',
  doc: 'How full the table of tracked connections is, and what became of packets there.',
  scope: 'netns',
  samples: 2,
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
  parse({ limits, stat }, before) {
    const sampled = before !== null;
    const loaded = limits !== undefined || stat !== undefined;
    const { values, lines, unreadable } = readLimits(loaded ? (limits ?? '') : null);
    const { count = 0, max = 0, buckets = 0 } = values;
    const value = { loaded, count, max, buckets, stats: {}, delta: {}, sampled };
    // CONFIG_NF_CONNTRACK_PROCFS
    if (stat === undefined) {
      const none = `no ${STATISTICS}`;
      const withoutStats = { ...unreadable, stats: none, ...(sampled && { delta: none }) };
      return { value, lines, unreadable: loaded ? withoutStats : {} };
    }
    const stats = readStatistics(stat);
    const earlier = before?.stat === undefined ? emptyTable<number>() : readStatistics(before.stat);
    if (sampled && before.stat === undefined)
      unreadable.delta = `there was no ${STATISTICS} when the first sample was taken`;
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
function readLimits(text: string | null) {
  const values: Record<string, number> = {};
  const lines = emptyTable<Line>();
  const unreadable: Record<string, string> = {};
  const rows = text?.split('\n') ?? [];
  for (const name of text === null ? [] : ['count', 'max', 'buckets']) {
    // nf_conntrack_max:262144, and as sysctl -a prints it: net.netfilter.nf_conntrack_max = 262144
    const pattern = new RegExp(`^(net\\.netfilter\\.)?nf_conntrack_${name}(?::| = )(.*)$`);
    const row = rows.findIndex((one) => pattern.test(one));
    const shown = rows[row] ?? '';
    const [, listed, limit] = pattern.exec(shown) ?? [];
    if (limit === undefined) unreadable[name] = `nf_conntrack_${name} is not shown in this namespace`;
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

/** What `conntrack -S` calls otherwise than the file: conntrack-tools 1.4.7, src/conntrack.c, nfct_stats_attr_max. */
const OF_PROGRAM = wordTable<string>({
  error: 'icmp_error',
  clash_resolve: 'clashres',
  chaintoolong: 'chainlength',
});

/** Reads `cpu=0 found=15093196 invalid=34 insert_failed=92 drop=0`, a line for each CPU, in decimal. */
function readPairs(text: string): Record<string, number> {
  const sums = emptyTable<number>();
  for (const row of text.trimEnd().split('\n')) {
    const pairs = [...row.matchAll(/(\w+)=(\d+)/g)];
    if (!/^cpu=\d+(?:\s+\w+=\d+)+\s*$/.test(row))
      throw new Error(`"${row.slice(0, 60)}" is no line of conntrack -S`);
    for (const [, printed = '', value] of pairs) {
      const name = OF_PROGRAM[printed] ?? printed;
      if (name !== 'cpu') sums[name] = (sums[name] ?? 0) + Number(value);
    }
  }
  return sums;
}

/**
 * Reads a heading and, for each CPU, a row of hexadecimal numbers (nf_conntrack_standalone.c, ct_cpu_seq_show). Kernels
 * differ in columns, so the heading names them. `entries` is the same total in each row.
 */
function readStatistics(text: string): Record<string, number> {
  if (text.startsWith('cpu=')) return readPairs(text);
  const [heading = '', ...rows] = text.trimEnd().split('\n');
  const names = heading.trim().split(/\s+/);
  if (names[0] !== 'entries' || rows.length === 0)
    throw new Error(`"${heading.slice(0, 60)}" heads no statistics`);
  const sums = emptyTable<number>();
  for (const [cpu, row] of rows.entries()) {
    const values = row.trim().split(/\s+/);
    if (values.length !== names.length || !values.every((value) => /^[0-9a-f]+$/.test(value))) {
      throw new Error(`${STATISTICS}:${cpu + 2}: "${row.slice(0, 60)}" does not fit its heading`);
    }
    for (const [column, name] of names.entries()) {
      // biome-ignore lint/style/noNonNullAssertion: a row has as many values as the heading has names
      const value = Number.parseInt(values[column]!, 16);
      sums[name] = name === 'entries' ? value : (sums[name] ?? 0) + value;
    }
  }
  return sums;
}
