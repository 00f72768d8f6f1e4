import { defineCollector, file, t } from '../define.ts';
import type { Line } from '../model.ts';
import { type CounterListing, FALLEN_OF_ANOTHER, GAUGES, readCounters } from '../network/counter-listings.ts';
import { seenOf } from '../network/unseen.ts';
import { emptyTable } from '../word-table.ts';
import { noUptime, uptimeSeconds } from './kernel.ts';

const probes = {
  netstat: file('/proc/net/netstat', { optional: true }),
  snmp: file('/proc/net/snmp', { optional: true }),
  // the same in every namespace
  uptime: { ...file('/proc/uptime', { optional: true }), inside: false },
};

type Texts = Record<keyof typeof probes, string | undefined>;

export default defineCollector({
  id: 'counters',
  doc: 'Counters of a namespace since it began, and by how much each grew between two samples (`--interval`).',
  scope: 'netns',
  samples: 2,
  takesUnseen: true,
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
    const earlier = before ? totalsIn(countersOf(before)) : null;
    const uptime = uptimeIn(now);
    const first = before === null ? uptime : uptimeIn(before);
    const untimed = before !== null && (uptime.seconds === null || first.seconds === null);
    const seconds = untimed ? 0 : (uptime.seconds ?? 0) - (first.seconds ?? 0);
    if (seconds < 0) throw new Error('the host was restarted between the two samples');

    const total = emptyTable<number>();
    const delta = emptyTable<number>();
    const lines = emptyTable<Line>();
    const fallen: string[] = [];
    const appeared: string[] = [];
    for (const { name, total: value, origin, line } of after.counters) {
      total[name] = Number(value);
      const was = earlier?.(name);
      lines[name] = { origin, line, text: described(name, was, value, untimed ? null : seconds) };
      if (was === undefined) appeared.push(name);
      else if (value < was && !GAUGES.has(name)) fallen.push(`${name} from ${was} to ${value}`);
      else delta[name] = Number(value - was);
    }
    const untold = after.partial ?? '';
    const ungrown = before ? [untold, fell(fallen), notThereBefore(appeared)].filter(Boolean).join('; ') : '';
    return {
      value: {
        total,
        delta: fallen.length >= FALLEN_OF_ANOTHER ? emptyTable<number>() : delta,
        sampled: before !== null,
        seconds: rounded(seconds),
        uptime: uptime.seconds ?? 0,
      },
      lines,
      unreadable: untimed ? { seconds: uptime.why ?? first.why ?? '' } : {},
      within: {
        ...(untold !== '' && { total: { partial: untold } }),
        ...(ungrown !== '' && { delta: { partial: ungrown } }),
      },
    };
  },
});

/** Returns the counters of both of the kernel's files, as nstat and `netstat -s` print them. */
function countersOf(outputs: Texts): CounterListing {
  const { texts, why } = seenOf(outputs);
  const files = (['netstat', 'snmp'] as const).map((name) => {
    const { origin } = probes[name];
    const text = texts[name];
    return text === undefined ? (why[name] ?? `${origin} is not known`) : readCounters(origin, text);
  });
  const read = files.filter((one) => typeof one !== 'string');
  if (read.length === 0) throw new Error(files.join('; '));
  const whole = read.some((one) => one.whole);
  const reasons = files.flatMap((one) => {
    if (typeof one === 'string') return whole ? [] : one;
    return one.partial ?? [];
  });
  return {
    counters: read.flatMap(({ counters }) => counters),
    whole,
    partial: reasons.length === 0 ? undefined : reasons.join('; '),
  };
}

/**
 * Returns what a listing says of a name; undefined: nothing. Of each type of ICMP the kernel prints a counter only once
 * it has counted one, so that a type which a whole listing lacks is at 0 (icmpmsg_put in net/ipv4/proc.c, Linux 2.6.38 to 6.12).
 */
function totalsIn({ counters, partial }: CounterListing): (name: string) => bigint | undefined {
  const totals = new Map(counters.map(({ name, total }) => [name, total]));
  const none = partial === undefined && totals.has('Icmp.InMsgs') ? 0n : undefined;
  return (name) => totals.get(name) ?? (name.startsWith('IcmpMsg.') ? none : undefined);
}

/** Returns the seconds since boot; null, with the reason, where they are not known. */
function uptimeIn(outputs: Texts): { seconds: number | null; why: string | null } {
  const { texts, why } = seenOf(outputs);
  if (texts.uptime === undefined)
    return { seconds: null, why: why.uptime ?? `there is no ${probes.uptime.origin}` };
  const seconds = uptimeSeconds(texts.uptime);
  return { seconds, why: seconds === null ? noUptime(texts.uptime) : null };
}

/**
 * `PAWSPassive 3565 → 3858 (+293 in 10 s)`
 *
 * @param seconds between the samples; null: not known
 */
function described(name: string, was: bigint | undefined, is: bigint, seconds: number | null): string {
  if (was === undefined) return `${name} ${is}`;
  const growth = is - was;
  const time = seconds === null ? '' : ` in ${Math.round(seconds)} s`;
  return `${name} ${was} → ${is} (${growth < 0n ? '' : '+'}${growth}${time})`;
}

/** Reports a counter that falls: it was restarted (or wrapped at 32 bits), so by how much it grew is not known. */
function fell(fallen: string[]): string {
  if (fallen.length === 0) return '';
  const more = fallen.length > 1 ? ` and ${fallen.length - 1} more` : '';
  const what = `counters went down between the samples (${fallen[0]}${more})`;
  return fallen.length >= FALLEN_OF_ANOTHER
    ? `${what}, as in another network namespace that has the number of the first: no growth is known`
    : `${what}: their growth is not known`;
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
