import { defineCollector, file, t } from '../define.ts';
import type { Line } from '../model.ts';
import { uptimeSeconds } from './kernel.ts';

const probes = {
  netstat: file('/proc/net/netstat'),
  snmp: file('/proc/net/snmp'),
  // the same in every namespace
  uptime: { ...file('/proc/uptime'), inside: false },
};

/** Not counters: RFC 4293 and RFC 4022 make them settings or gauges, which may fall. */
const GAUGES = new Set([
  'Ip.Forwarding',
  'Ip.DefaultTTL',
  'Tcp.RtoAlgorithm',
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'Tcp.MaxConn',
  'Tcp.CurrEstab',
]);

interface Counter {
  name: string;
  total: bigint;
  origin: string;
  line: number;
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
  }),
  parse(now, before) {
    const after = countersOf(now.netstat!, now.snmp!);
    const earlier = before
      ? new Map(countersOf(before.netstat!, before.snmp!).map((c) => [c.name, c.total]))
      : null;
    const seconds = before ? uptimeSeconds(now.uptime!) - uptimeSeconds(before.uptime!) : 0;
    if (seconds < 0) throw new Error('the host was restarted between the two samples');

    const total: Record<string, number> = {};
    const delta: Record<string, number> = {};
    const lines: Record<string, Line> = {};
    const fallen: string[] = [];
    for (const { name, total: value, origin, line } of after) {
      total[name] = Number(value);
      const was = earlier?.get(name);
      lines[name] = { origin, line, text: described(name, was, value, seconds) };
      if (was === undefined) continue;
      if (value < was && !GAUGES.has(name)) fallen.push(`${name} from ${was} to ${value}`);
      else delta[name] = Number(value - was);
    }
    const partial = fallen.length > 0 ? { partial: fell(fallen) } : {};
    return {
      value: { total, delta, sampled: before !== null, seconds: rounded(seconds) },
      lines,
      ...partial,
    };
  },
});

function countersOf(netstat: string, snmp: string): Counter[] {
  return [...readCounters('/proc/net/netstat', netstat), ...readCounters('/proc/net/snmp', snmp)];
}

/**
 * Pairs of lines, names above values, both after the name of their group (net/ipv4/proc.c):
 *   TcpExt: SyncookiesSent SyncookiesRecv ...
 *   TcpExt: 0 0 ...
 */
function readCounters(origin: string, text: string): Counter[] {
  const rows = text.trimEnd().split('\n');
  const counters: Counter[] = [];
  for (let i = 0; i < rows.length; i += 2) {
    const [group, ...names] = words(rows[i]!);
    const [sameGroup, ...values] = words(rows[i + 1] ?? '');
    if (!group?.endsWith(':'))
      throw new Error(`${origin}:${i + 1}: "${rows[i]!.slice(0, 40)}" names no group`);
    if (sameGroup !== group || values.length !== names.length) {
      throw new Error(`${origin}:${i + 2}: ${names.length} names but ${values.length} values for ${group}`);
    }
    const prefix = group === 'TcpExt:' ? '' : `${group.slice(0, -1)}.`;
    for (const [column, name] of names.entries()) {
      const value = values[column]!;
      if (!/^-?\d+$/.test(value)) throw new Error(`${origin}:${i + 2}: ${name} is "${value}"`);
      counters.push({ name: prefix + name, total: BigInt(value), origin, line: i + 2 });
    }
  }
  if (counters.length === 0) throw new Error(`${origin} has no counters`);
  return counters;
}

/** `PAWSPassive 3565 → 3858 (+293 in 10 s)` */
function described(name: string, was: bigint | undefined, is: bigint, seconds: number): string {
  if (was === undefined) return `${name} ${is}`;
  const growth = is - was;
  return `${name} ${was} → ${is} (${growth < 0n ? '' : '+'}${growth} in ${Math.round(seconds)} s)`;
}

/** A counter that falls was begun anew (or wrapped at 32 bits), so by how much it grew is not known. */
function fell(fallen: string[]): string {
  const more = fallen.length > 1 ? ` and ${fallen.length - 1} more` : '';
  return `counters went down between the samples (${fallen[0]}${more}): their growth is not known`;
}

function words(line: string): string[] {
  return line.trim().split(/\s+/).filter(Boolean);
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
