/** The counters of one tick, made of the files that were read at it. Pure. */
import { parsing } from '../host/reading.ts';
import { readConntrackStatistics } from '../network/conntrack-statistics.ts';
import { GAUGES, readCounters } from '../network/counter-listings.ts';
import { CONNTRACK_MAX, TICK_FILES } from '../transports/script/tick-loop.ts';
import type { WatchedNamespace } from './targets.ts';

type TickFile = (typeof TICK_FILES)[number];

/** The files read of a namespace at one tick, verbatim. */
export type NamespaceTexts = ReadonlyMap<TickFile, string>;

/** A host's answer at one tick. */
export interface HostSample {
  /** `/proc/uptime`, `/proc/net/softnet_stat` and the limit of conntrack, verbatim; empty where they could not be read. */
  uptime: string;
  softnet: string;
  conntrackMax: string;
  /** By the inode of the namespace. */
  namespaces: Map<string, NamespaceTexts>;
}

/**
 * Sorts the files of a tick by namespace.
 *
 * @param began when each process began that a namespace is read through, by its number: where another has taken its
 * place, what was read is not of that namespace. What is learned is added.
 */
export function sampleOf(
  files: ReadonlyMap<string, string>,
  watched: readonly WatchedNamespace[],
  began: Map<number, string>,
): { sample: HostSample; replaced: WatchedNamespace[] } {
  const namespaces = new Map<string, NamespaceTexts>();
  const replaced: WatchedNamespace[] = [];
  for (const one of watched) {
    if (one.pid === null) continue;
    const process = one.pid === 'own' ? '/proc' : `/proc/${one.pid}`;
    if (one.pid !== 'own') {
      const start = startOf(files.get(`${process}/stat`) ?? '');
      const known = began.get(one.pid) ?? start;
      if (start === null || known !== start) {
        replaced.push(one);
        continue;
      }
      began.set(one.pid, start);
    }
    const texts = TICK_FILES.flatMap((name) => {
      const text = files.get(`${process}/net/${name}`);
      return text === undefined ? [] : [[name, text] as const];
    });
    if (texts.length > 0) namespaces.set(one.inode, new Map(texts));
  }
  const textOf = (path: string) => files.get(path) ?? '';
  const [uptime, softnet] = [textOf('/proc/uptime'), textOf('/proc/net/softnet_stat')];
  return { sample: { uptime, softnet, conntrackMax: textOf(CONNTRACK_MAX), namespaces }, replaced };
}

/** Returns the 22nd entry of /proc/PID/stat, in ticks since boot; a program's name in it may have any characters. */
function startOf(stat: string): string | null {
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return start !== undefined && /^\d+$/.test(start) ? start : null;
}

/** A number that the kernel shows. A gauge may fall; a counter only where it was restarted, or has wrapped. */
export interface CounterReading {
  value: bigint;
  kind: 'counter' | 'gauge';
}

/** The most numbers of one namespace: kernels have 500. */
const MOST_READINGS = 4000;

/**
 * Returns the numbers in a namespace's files by name: `PAWSPassive`, `Tcp.RetransSegs`, `Ip6InDiscards`,
 * `conntrack.drop`, `sockstat.TCP.tw`. A file that is not understood has none.
 */
export function readingsIn(texts: NamespaceTexts): Map<string, CounterReading> {
  const readings = new Map<string, CounterReading>();
  const add = (name: string, value: bigint, kind: CounterReading['kind']) => {
    if (readings.size < MOST_READINGS) readings.set(name, { value, kind });
  };
  for (const [file, text] of texts) {
    parsing(() => {
      switch (file) {
        case 'netstat':
        case 'snmp':
          for (const { name, total } of readCounters(file, text).counters)
            if (!SETTINGS.has(name)) add(name, total, GAUGES.has(name) ? 'gauge' : 'counter');
          break;
        case 'snmp6':
          for (const [, name = '', value = ''] of text.matchAll(/^(\w{1,64})\s+(\d{1,20})$/gm))
            add(name, BigInt(value), 'counter');
          break;
        case 'sockstat':
        case 'sockstat6':
          for (const [, table = '', row = ''] of text.matchAll(/^(\w{1,32}): (.*)$/gm))
            for (const [, name = '', value = ''] of row.matchAll(/(\w{1,32}) (\d{1,20})(?= |$)/g))
              add(`sockstat.${table}.${name}`, BigInt(value), 'gauge');
          break;
        case 'stat/nf_conntrack':
          for (const [name, value] of Object.entries(readConntrackStatistics(file, text)))
            add(`conntrack.${name}`, BigInt(value), name === 'entries' ? 'gauge' : 'counter');
          break;
      }
    });
  }
  return readings;
}

/** Entries that never move: RFC 4293 and RFC 4022 have settings among the counters. */
const SETTINGS = new Set([
  'Ip.Forwarding',
  'Ip.DefaultTTL',
  'Tcp.RtoAlgorithm',
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'Tcp.MaxConn',
]);

/** The columns of /proc/net/softnet_stat that count: net/core/net-procfs.c, softnet_seq_show. */
const SOFTNET: readonly (readonly [column: number, name: string])[] = [
  [0, 'processed'],
  [1, 'dropped'],
  [2, 'time_squeeze'],
  [9, 'received_rps'],
  [10, 'flow_limit_count'],
];

/** Returns the sums over all CPUs, which are of the host as a whole. */
export function softnetReadings(text: string): Map<string, CounterReading> {
  const rows = text
    .split('\n')
    .filter((row) => /^[0-9a-f]{8}( [0-9a-f]{8})+$/.test(row))
    .map((row) => row.split(' '));
  const readings = new Map<string, CounterReading>();
  for (const [column, name] of SOFTNET) {
    const values = rows.flatMap((row) => row[column] ?? []);
    const value = values.reduce((sum, hex) => sum + BigInt(`0x${hex}`), 0n);
    if (values.length > 0) readings.set(`softnet.${name}`, { value, kind: 'counter' });
  }
  return readings;
}
