import { emptyTable, wordTable } from '../word-table.ts';

/** Names by which `conntrack -S` differs from the file: conntrack-tools 1.4.7, src/conntrack.c, nfct_stats_attr_max. */
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
 * Sums /proc/net/stat/nf_conntrack over the CPUs: a heading and, for each CPU, a row of hexadecimal numbers
 * (nf_conntrack_standalone.c, ct_cpu_seq_show). Kernels differ in columns, so the heading names them. `entries` is the
 * same total in each row. Throws on another text than that, or than `conntrack -S` prints.
 */
export function readConntrackStatistics(origin: string, text: string): Record<string, number> {
  if (text.startsWith('cpu=')) return readPairs(text);
  const [heading = '', ...rows] = text.trimEnd().split('\n');
  const names = heading.trim().split(/\s+/);
  if (names[0] !== 'entries' || rows.length === 0)
    throw new Error(`"${heading.slice(0, 60)}" heads no statistics`);
  const sums = emptyTable<number>();
  for (const [cpu, row] of rows.entries()) {
    const values = row.trim().split(/\s+/);
    if (values.length !== names.length || !values.every((value) => /^[0-9a-f]+$/.test(value))) {
      throw new Error(`${origin}:${cpu + 2}: "${row.slice(0, 60)}" does not fit its heading`);
    }
    for (const [column, name] of names.entries()) {
      // biome-ignore lint/style/noNonNullAssertion: a row has as many values as the heading has names
      const value = Number.parseInt(values[column]!, 16);
      sums[name] = name === 'entries' ? value : (sums[name] ?? 0) + value;
    }
  }
  return sums;
}
