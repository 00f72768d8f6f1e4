/** Counters that grow together: what that says of the cause. Pure. */
import { groupBy } from '../grouped-by.ts';
import type { Growth, Window } from './growth.ts';

/** Counters of one namespace that grew by the same amounts in each window that is kept. */
export interface Lockstep {
  counters: string[];
  /** The windows in which they grew. */
  windows: number;
  /** The growth of each in those windows. */
  growth: number;
}

/** A counter whose growth is a part of another's. */
export interface Subset {
  part: string;
  whole: string;
  windows: number;
  partGrowth: number;
  wholeGrowth: number;
}

/**
 * Pairs of which the kernel counts the second wherever it counts the first. net/ipv4/tcp_ipv4.c of 3.10
 * (tcp_v4_conn_request: PAWSPassive, then drop), tcp_input.c of 6.12 (tcp_conn_request: TCPReqQFullDrop, then
 * tcp_listendrop), tcp_ipv4.c of 6.12 (tcp_v4_syn_recv_sock: ListenOverflows, then tcp_listendrop), tcp_output.c of
 * 6.12 (__tcp_retransmit_skb), udp.c of 6.12 (__udp_queue_rcv_skb).
 */
const PARTS: readonly (readonly [part: string, whole: string])[] = [
  ['PAWSPassive', 'ListenDrops'],
  ['ListenOverflows', 'ListenDrops'],
  ['TCPReqQFullDrop', 'ListenDrops'],
  ['TCPSynRetrans', 'Tcp.RetransSegs'],
  ['TCPFastRetrans', 'Tcp.RetransSegs'],
  ['TCPSlowStartRetrans', 'Tcp.RetransSegs'],
  ['Udp.RcvbufErrors', 'Udp.InErrors'],
  ['Udp.InCsumErrors', 'Udp.InErrors'],
  ['Udp.MemErrors', 'Udp.InErrors'],
  ['Udp6RcvbufErrors', 'Udp6InErrors'],
  ['Udp6InCsumErrors', 'Udp6InErrors'],
  ['Udp6MemErrors', 'Udp6InErrors'],
  ['Tcp.InCsumErrors', 'Tcp.InErrs'],
];

const PAIRED: ReadonlySet<string> = new Set(PARTS.flat());

const isKnownPair = (one: string, other: string): boolean =>
  PARTS.some(([part, whole]) => (part === one && whole === other) || (part === other && whole === one));

/** The windows that equal growth has to be seen in, at the least. */
const LEAST_WINDOWS = 3;

/**
 * The improbability of equal growth that is enough to speak of it, in bits: with 150 counters there are 11,000 pairs,
 * and each has a chance to be equal in every window. Where the kernel's source joins two, little is needed.
 */
const ENOUGH_BITS = 24;
const ENOUGH_BITS_FOR_KNOWN = 4.5;

/**
 * Returns how improbable it is that two independent counters grow by these amounts both. Two counts of independent
 * events with the mean n are equal with a probability of 1/sqrt(4 pi n) at the most; an amount that was seen before says
 * little more.
 *
 * @param again the bits of an amount that was seen before
 */
function improbability(amounts: readonly number[], again = 0.75): number {
  const seen = new Set<number>();
  let bits = 0;
  for (const amount of amounts) {
    if (amount === 0) continue;
    bits += seen.has(amount) ? again : Math.log2(4 * Math.PI * amount) / 2;
    seen.add(amount);
  }
  return bits;
}

/** The same, of amounts that differ alone: for counters that nothing but their growth joins. */
const improbabilityOfDifferent = (amounts: readonly number[]): number => improbability([...new Set(amounts)]);

/** @param isCompared tells which counters are compared: of traffic much is equal, and says nothing */
export function locksteps({ windows }: Growth, isCompared: (counter: string) => boolean): Lockstep[] {
  const sums = new Map<string, number>();
  for (const { growth } of windows)
    for (const [counter, amount] of growth)
      if (isCompared(counter)) sums.set(counter, (sums.get(counter) ?? 0) + amount);
  const bySum = groupBy([...sums], ([, total]) => total).filter((same) => same.length > 1);
  const candidates = new Set(bySum.flat().map(([counter]) => counter));
  const alike = new Map<string, string[]>();
  for (const [counter, amounts] of seriesByCounter(windows, candidates)) {
    const key = amounts.join(' ');
    alike.set(key, [...(alike.get(key) ?? []), counter]);
  }
  return [...alike].flatMap(([key, counters]): Lockstep[] => {
    if (counters.length < 2) return [];
    const amounts = key.split(' ').map(Number);
    const grown = amounts.filter((amount) => amount > 0);
    if (grown.length < LEAST_WINDOWS) return [];
    const isEnough = new Set(grown).size >= LEAST_WINDOWS && improbabilityOfDifferent(amounts) >= ENOUGH_BITS;
    const known = counters.filter((one) => counters.some((other) => isKnownPair(one, other)));
    const told = isEnough ? counters : improbability(amounts) >= ENOUGH_BITS_FOR_KNOWN ? known : [];
    if (told.length < 2) return [];
    return [{ counters: told.sort(), windows: grown.length, growth: sum(grown) }];
  });
}

/** Returns the known parts of others that grew in enough windows, and never by more than the whole. */
export function subsets({ windows }: Growth): Subset[] {
  const series = seriesByCounter(windows, PAIRED);
  return PARTS.flatMap(([part, whole]): Subset[] => {
    const parts = series.get(part);
    const wholes = series.get(whole);
    if (parts === undefined || wholes === undefined) return [];
    if (parts.some((amount, i) => amount > (wholes[i] ?? 0))) return [];
    const [partGrowth, wholeGrowth] = [sum(parts), sum(wholes)];
    const grown = parts.filter((amount) => amount > 0).length;
    if (grown < LEAST_WINDOWS || partGrowth === wholeGrowth) return [];
    return [{ part, whole, windows: grown, partGrowth, wholeGrowth }];
  });
}

/** Returns the growth of these counters, of those that grew at all, window by window. */
function seriesByCounter(windows: readonly Window[], counters: ReadonlySet<string>): Map<string, number[]> {
  const series = new Map<string, number[]>();
  for (const [i, { growth }] of windows.entries())
    for (const [counter, amount] of growth) {
      if (!counters.has(counter)) continue;
      const amounts = series.get(counter) ?? new Array<number>(windows.length).fill(0);
      amounts[i] = amount;
      series.set(counter, amounts);
    }
  return series;
}

/** Two counters of hosts that a path joins. */
export interface JoinedLockstep {
  server: string;
  client: string;
  windows: number;
  serverGrowth: number;
  clientGrowth: number;
}

/** Counters of a server that does not take a SYN: the client counts that it sends it again, a second later or more. */
const REFUSALS = ['PAWSTimewait', 'PAWSPassive', 'ListenDrops'] as const;
const RESENT = 'TCPSynRetrans';

/** Windows by which a client's counter may come after the server's: it sends again after 1 s, and after 2. */
const LAG = 4;

/**
 * The share of a sum by which the other may differ: a server counts late segments as well, which nobody sends again as a
 * SYN, and a client sends SYNs again that were lost on the way or went elsewhere.
 */
const STRAY_SHARE = 1 / 20;

/**
 * Returns what a server refused that its clients sent again: sums that go along with each other, at all times.
 *
 * @param clients the namespaces whose packets a path leads to the server
 */
export function joinedLocksteps(server: Growth, clients: readonly Growth[]): JoinedLockstep[] {
  const length = Math.min(server.windows.length, ...clients.map(({ windows }) => windows.length));
  if (clients.length === 0 || length < LEAST_WINDOWS) return [];
  const amounts = (growth: Growth, counter: string) =>
    growth.windows.slice(-length).map((window) => window.growth.get(counter) ?? 0);
  const resent = clients
    .map((client) => amounts(client, RESENT))
    .reduce((total, one) => total.map((amount, i) => amount + (one[i] ?? 0)));
  const sent = running(resent);
  return REFUSALS.flatMap((counter): JoinedLockstep[] => {
    const refused = amounts(server, counter);
    const refusedBy = running(refused);
    const at = (i: number) => refusedBy[Math.min(i, length - 1)] ?? 0;
    const strays = Math.floor(sum(refused) * STRAY_SHARE);
    const isAlong = sent.every((total, i) => total >= at(i - LAG) - strays && total <= at(i + 1) + strays);
    const windows = refused.filter((amount) => amount > 0).length;
    if (windows < LEAST_WINDOWS || sum(resent) === 0 || !isAlong) return [];
    return [
      { server: counter, client: RESENT, windows, serverGrowth: sum(refused), clientGrowth: sum(resent) },
    ];
  });
}

/** Growth that no path joins has to be less probable by far: each server is compared with each client of the fleet. */
const ENOUGH_BITS_WITHOUT_PATH = 26;

/** The weight of a window in which two differ, in bits against them: two hosts are not looked at in the same instant. */
const BITS_AGAINST = 4;

/**
 * Returns what servers refused that others sent again in the same windows, by amounts that are no coincidence: for where
 * the fleet does not show the path between them.
 */
export function unjoinedLocksteps<P extends { growth: Growth }>(
  places: readonly P[],
): { at: P; client: P; step: JoinedLockstep }[] {
  const counting = (counter: string) =>
    places.filter(({ growth }) => growth.windows.some((window) => window.growth.has(counter)));
  const clients = counting(RESENT);
  return REFUSALS.flatMap((counter) =>
    counting(counter).flatMap((at) =>
      clients.flatMap((client) => {
        const step = client === at ? null : unjoinedStep(at.growth, counter, client.growth);
        return step === null ? [] : [{ at, client, step }];
      }),
    ),
  );
}

function unjoinedStep(server: Growth, counter: string, client: Growth): JoinedLockstep | null {
  const length = Math.min(server.windows.length, client.windows.length);
  const amounts = ({ windows }: Growth, name: string) =>
    windows.slice(-length).map(({ growth }) => growth.get(name) ?? 0);
  const [refused, resent] = [amounts(server, counter), amounts(client, RESENT)];
  const equal = refused.filter((amount, i) => amount > 0 && amount === resent[i]);
  const unequal = refused.filter((amount, i) => amount !== resent[i]).length;
  const isEnough =
    new Set(equal).size >= LEAST_WINDOWS &&
    improbability(equal, 1.5) - BITS_AGAINST * unequal >= ENOUGH_BITS_WITHOUT_PATH;
  if (!isEnough) return null;
  const windows = equal.length;
  return { server: counter, client: RESENT, windows, serverGrowth: sum(refused), clientGrowth: sum(resent) };
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

function running(amounts: readonly number[]): number[] {
  let total = 0;
  return amounts.map((amount) => {
    total += amount;
    return total;
  });
}
