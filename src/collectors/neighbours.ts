import { defineCollector, file, type Lacks, t } from '../define.ts';
import type { Line } from '../model.ts';
import { seenOf } from '../network/unseen.ts';

const probes = {
  arp: file('/proc/net/stat/arp_cache', { optional: true }),
  ndisc: file('/proc/net/stat/ndisc_cache', { optional: true }),
};

const table = (doc: string) =>
  t.object(
    {
      entries: t.int('Neighbours that are known'),
      table_fulls: t.int('How often there was no place for one more, since boot'),
      more_fulls: t.int('How often between the two samples; 0 without `--interval`'),
    },
    doc,
  );

export default defineCollector({
  id: 'neighbours',
  doc: "How full the tables of neighbours (ARP, NDP) are. The kernel has one of each for all namespaces, and only the host's own shows them.",
  scope: 'netns',
  samples: 2,
  takesUnseen: true,
  probes,
  type: t.object({
    shown: t.bool('Whether this namespace shows them; if not, all else is 0'),
    ipv4: table('ARP'),
    ipv6: table('NDP'),
    sampled: t.bool('Whether there were two samples'),
  }),
  parse(now, before) {
    const ipv4 = grown('arp', now, before);
    const ipv6 = grown('ndisc', now, before);
    return {
      value: {
        shown: ipv4.isShown || ipv6.isShown,
        ipv4: ipv4.table,
        ipv6: ipv6.table,
        sampled: before !== null,
      },
      lines: { ipv4: ipv4.lines, ipv6: ipv6.lines },
      unreadable: {
        ...(ipv4.unread !== null && { ipv4: ipv4.unread }),
        ...(ipv6.unread !== null && { ipv6: ipv6.unread }),
      },
      within: {
        ...(ipv4.lacks === null ? {} : { ipv4: ipv4.lacks }),
        ...(ipv6.lacks === null ? {} : { ipv6: ipv6.lacks }),
      },
    };
  },
});

type Texts = Record<keyof typeof probes, string | undefined>;

/** Reads a table, and by how much it grew since the first sample; that is not known where the first does not show it. */
function grown(name: keyof typeof probes, now: Texts, before: Texts | null) {
  const { origin } = probes[name];
  const { texts, why } = seenOf(now);
  const earlier = before && seenOf(before);
  const text = texts[name];
  const { table, lines } = read(text, origin);
  const first = earlier?.texts[name];
  const isNew = earlier !== null && first === undefined && text !== undefined;
  const reason = earlier?.why[name] ?? `the first sample has no ${origin}`;
  const lacks: Lacks = { unreadable: { more_fulls: reason } };
  const more =
    first === undefined || text === undefined ? 0 : table.table_fulls - read(first, origin).table.table_fulls;
  return {
    table: { ...table, more_fulls: more },
    lines,
    isShown: text !== undefined,
    unread: why[name] ?? null,
    lacks: isNew ? lacks : null,
  };
}

interface Table {
  entries: number;
  table_fulls: number;
}

/**
 * Reads a heading and, for each CPU, a row of hexadecimal numbers (net/core/neighbour.c, neigh_stat_seq_show).
 * `entries` is the same total in each row; old kernels have no `table_fulls`.
 */
function read(text: string | undefined, origin: string): { table: Table; lines: Line[] } {
  if (text === undefined) return { table: { entries: 0, table_fulls: 0 }, lines: [] };
  const [heading = '', ...rows] = text.trimEnd().split('\n');
  const names = heading.trim().split(/\s+/);
  if (names[0] !== 'entries' || rows.length === 0)
    throw new Error(`${origin}: "${heading.slice(0, 60)}" heads no statistics`);
  const cells = rows.map((row, cpu) => {
    const values = row.trim().split(/\s+/);
    if (values.length !== names.length || !values.every((value) => /^[0-9a-f]{1,8}$/.test(value)))
      throw new Error(`${origin}:${cpu + 2}: "${row.slice(0, 60)}" does not fit its heading`);
    return values.map((value) => Number.parseInt(value, 16));
  });
  const full = names.indexOf('table_fulls');
  const table = {
    entries: cells[0]?.[0] ?? 0,
    table_fulls: cells.reduce((sum, row) => sum + (row[full] ?? 0), 0),
  };
  return {
    table,
    lines: [{ origin, line: 2, text: `entries ${table.entries}, table_fulls ${table.table_fulls}` }],
  };
}
