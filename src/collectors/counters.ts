import { defineCollector, file, t } from '../define.ts';
import type { Line } from '../model.ts';
import { type CounterListing, GAUGES, readCounters } from '../network/counter-listings.ts';
import { emptyTable } from '../word-table.ts';
import { uptimeSeconds } from './kernel.ts';

const probes = {
  netstat: file('/proc/net/netstat'),
  snmp: file('/proc/net/snmp', { optional: true }),
  // the same in every namespace
  uptime: { ...file('/proc/uptime', { optional: true }), inside: false },
};

interface Texts {
  netstat: string;
  snmp: string | undefined;
}

export default defineCollector({
  id: 'counters',
  doc: 'Counters of a namespace since it began, and by how much each grew between two samples (`--interval`).',
  scope: 'netns',
  samples: 2,
  probes,
  type: t.object({
    total: t.map(
      t.int(),
      'By name: those of TcpExt as they are (`PAWSPassive`), others with their group (`Tcp.CurrEstab`)',
    ),
    delta: t.map(t.int(), 'Growth between the samples; empty without `--interval`'),
    sampled: t.bool('Whether there were two samples'),
    seconds: t.double('Between the samples; 0 without'),
    uptime: t.double('Seconds since the host was started: no counter is older; 0 where not known'),
  }),
  parse(now, before) {
    const after = countersOf(now);
    const earlier = before ? new Map(countersOf(before).counters.map((c) => [c.name, c.total])) : null;
    const seconds = before ? uptimeSeconds(now.uptime ?? '') - uptimeSeconds(before.uptime ?? '') : 0;
    if (seconds < 0) throw new Error('the host was restarted between the two samples');

    const total = emptyTable<number>();
    const delta = emptyTable<number>();
    const lines = emptyTable<Line>();
    const fallen: string[] = [];
    const appeared: string[] = [];
    for (const { name, total: value, origin, line } of after.counters) {
      total[name] = Number(value);
      const was = earlier?.get(name);
      lines[name] = { origin, line, text: described(name, was, value, seconds) };
      if (was === undefined) appeared.push(name);
      else if (value < was && !GAUGES.has(name)) fallen.push(`${name} from ${was} to ${value}`);
      else delta[name] = Number(value - was);
    }
    const untold = after.partial ?? '';
    const ungrown = before ? [untold, fell(fallen), notThereBefore(appeared)].filter(Boolean).join('; ') : '';
    return {
      value: {
        total,
        delta,
        sampled: before !== null,
        seconds: rounded(seconds),
        uptime: now.uptime === undefined ? 0 : uptimeSeconds(now.uptime),
      },
      lines,
      within: {
        ...(untold !== '' && { total: { partial: untold } }),
        ...(ungrown !== '' && { delta: { partial: ungrown } }),
      },
    };
  },
});

/** Returns the counters of both of the kernel's files, as nstat and `netstat -s` print them. */
function countersOf({ netstat, snmp }: Texts): CounterListing {
  const first = readCounters(probes.netstat.origin, netstat);
  if (snmp === undefined) {
    const missing = first.whole ? undefined : `${probes.snmp.origin} is not known`;
    return { ...first, partial: first.partial ?? missing };
  }
  const second = readCounters(probes.snmp.origin, snmp);
  return { ...first, counters: [...first.counters, ...second.counters] };
}

/** `PAWSPassive 3565 → 3858 (+293 in 10 s)` */
function described(name: string, was: bigint | undefined, is: bigint, seconds: number): string {
  if (was === undefined) return `${name} ${is}`;
  const growth = is - was;
  return `${name} ${was} → ${is} (${growth < 0n ? '' : '+'}${growth} in ${Math.round(seconds)} s)`;
}

/** Reports a counter that falls: it was restarted (or wrapped at 32 bits), so by how much it grew is not known. */
function fell(fallen: string[]): string {
  if (fallen.length === 0) return '';
  const more = fallen.length > 1 ? ` and ${fallen.length - 1} more` : '';
  return `counters went down between the samples (${fallen[0]}${more}): their growth is not known`;
}

/** Reports what the first sample lacks, as one of the kernel's files. */
function notThereBefore(appeared: string[]): string {
  if (appeared.length === 0) return '';
  const more = appeared.length > 1 ? ` and ${appeared.length - 1} more` : '';
  return `the first sample does not tell ${appeared[0]}${more}: their growth is not known`;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
