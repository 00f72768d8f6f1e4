/**
 * Reads counters of a namespace from /proc/net/netstat and /proc/net/snmp, and from nstat and `netstat -s`, which print
 * both.
 */

interface Counter {
  /** The counter's name: alone for those of TcpExt (`PAWSPassive`), with its group for others (`Tcp.CurrEstab`). */
  name: string;
  total: bigint;
  origin: string;
  line: number;
}

export interface CounterListing {
  counters: Counter[];
  /** True when one text covers all groups. */
  whole: boolean;
  /** The reason why some that the kernel counts may be missing from it. */
  partial?: string | undefined;
}

/**
 * The counters that have to fall together to be those of another network namespace: those of TCP and IP are never reset,
 * and the kernel gives a namespace the number of one that is gone (proc_alloc_inum in fs/proc/generic.c takes the lowest).
 */
export const FALLEN_OF_ANOTHER = 3;

/** Entries that are not counters: RFC 4293 and RFC 4022 make them settings or gauges, which may fall. */
export const GAUGES: ReadonlySet<string> = new Set([
  'Ip.Forwarding',
  'Ip.DefaultTTL',
  'Tcp.RtoAlgorithm',
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'Tcp.MaxConn',
  'Tcp.CurrEstab',
]);

/** Throws on a text without counters. */
export function readCounters(origin: string, text: string): CounterListing {
  const listing = /^#\w|^[A-Z]\w+\s+\d+\s+\d+\.\d+\s*$/m.test(text)
    ? readNstat(origin, text)
    : /^\w+:$|^\s*\d+ [a-zA-Z]|^TCP\w+: \d+\s*$/m.test(text)
      ? readNetstat(origin, text)
      : readProc(origin, text);
  if (listing.counters.length === 0) throw new Error(`${origin} has no counters`);
  return listing;
}

const nameOf = (group: string, name: string) => (group === 'TcpExt' ? name : `${group}.${name}`);

/**
 * Pairs of lines, names above values, both after the name of their group (net/ipv4/proc.c):
 *   TcpExt: SyncookiesSent SyncookiesRecv ...
 *   TcpExt: 0 0 ...
 */
function readProc(origin: string, text: string): CounterListing {
  const rows = text.trimEnd().split('\n');
  const counters: Counter[] = [];
  for (let i = 0; i < rows.length; i += 2) {
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    const row = rows[i]!;
    const [group, ...names] = tokens(row);
    const [sameGroup, ...values] = tokens(rows[i + 1] ?? '');
    if (!group?.endsWith(':')) throw new Error(`${origin}:${i + 1}: "${row.slice(0, 40)}" names no group`);
    if (sameGroup !== group || values.length !== names.length) {
      throw new Error(`${origin}:${i + 2}: ${names.length} names but ${values.length} values for ${group}`);
    }
    for (const [column, name] of names.entries()) {
      // biome-ignore lint/style/noNonNullAssertion: there are as many values as names
      const value = values[column]!;
      if (!/^-?\d+$/.test(value)) throw new Error(`${origin}:${i + 2}: ${name} is "${value}"`);
      counters.push({ name: nameOf(group.slice(0, -1), name), total: BigInt(value), origin, line: i + 2 });
    }
  }
  return { counters, whole: false };
}

/** The groups that nstat writes in one word with a name. Those of IPv6 are in another file of the kernel. */
const NSTAT = /^(?:TcpExt|IpExt|MPTcpExt|(?:Icmp|Ip|UdpLite|Udp)6|IcmpMsg|Icmp|UdpLite|Udp|Tcp|Ip)/;

/** `TcpExtPAWSPassive               12                 0.0`: iproute2 6.1, misc/nstat.c, dump_kern_db. */
function readNstat(origin: string, text: string): CounterListing {
  const counters: Counter[] = [];
  let zeros = false;
  for (const [i, row] of text.split('\n').entries()) {
    if (row.trim() === '' || row.startsWith('#')) continue;
    const [name = '', value = ''] = tokens(row);
    const group = NSTAT.exec(name)?.[0];
    if (!/^\d+$/.test(value))
      throw new Error(`${origin}:${i + 1}: "${row.slice(0, 60)}" is no counter of nstat`);
    if (value === '0') zeros = true;
    if (group !== undefined && !group.endsWith('6'))
      counters.push({
        name: nameOf(group, name.slice(group.length)),
        total: BigInt(value),
        origin,
        line: i + 1,
      });
  }
  const partial = 'nstat leaves out counters that are 0, unless it is asked for them (-z)';
  return { counters, whole: true, ...(zeros ? {} : { partial }) };
}

/** The sentences of net-tools 2.10 (and of older versions, where they differ) for counters that rules read. */
const SENTENCES: readonly (readonly [group: string, pattern: RegExp, name: string])[] = [
  ['TcpExt', /^(\d+) passive connections rejected because of time stamp$/, 'PAWSPassive'],
  ['TcpExt', /^(\d+) active connections rejected because of time stamp$/, 'PAWSActive'],
  ['TcpExt', /^(\d+) packets reject(?:ed|s) in established connections because of timestamp$/, 'PAWSEstab'],
  ['TcpExt', /^(\d+) SYNs to LISTEN sockets (?:dropped|ignored)$/, 'ListenDrops'],
  ['TcpExt', /^(\d+) times the listen queue of a socket overflowed$/, 'ListenOverflows'],
  ['TcpExt', /^(\d+) TCP sockets finished time wait in fast timer$/, 'TW'],
  ['TcpExt', /^(\d+) TCP sockets finished time wait in slow timer$/, 'TWKilled'],
  ['TcpExt', /^(\d+) time wait sockets recycled by time stamp$/, 'TWRecycled'],
  ['TcpExt', /^(\d+) connections aborted due to memory pressure$/, 'TCPAbortOnMemory'],
  ['Udp', /^(\d+) receive buffer errors$/, 'RcvbufErrors'],
  ['Tcp', /^(\d+) connections established$/, 'CurrEstab'],
];

/** Reads sentences under the name of their group, and `Name: 5` where it has none. */
function readNetstat(origin: string, text: string): CounterListing {
  const counters: Counter[] = [];
  let group = '';
  for (const [i, row] of text.split('\n').entries()) {
    const content = row.trim();
    group = /^(\w+):$/.exec(row)?.[1] ?? group;
    const plain = /^([A-Z]\w+): (\d+)$/.exec(content);
    // a grep leaves no heading: each sentence is of one group, and bare names are of TcpExt
    const [of = group || 'TcpExt', pattern, worded] =
      SENTENCES.find(([one, sentence]) => (group === '' || one === group) && sentence.test(content)) ?? [];
    const name = plain?.[1] ?? worded;
    const value = plain?.[2] ?? pattern?.exec(content)?.[1];
    if (name !== undefined && value !== undefined)
      counters.push({ name: nameOf(of, name), total: BigInt(value), origin, line: i + 1 });
  }
  const partial = 'netstat -s leaves out counters that are 0, and words others for people';
  return { counters, whole: true, partial };
}

function tokens(line: string): string[] {
  return line.trim().split(/\s+/).filter(Boolean);
}
