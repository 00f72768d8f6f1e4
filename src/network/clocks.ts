/**
 * The clocks that the TCP timestamps of a client's SYNs show. A server with tcp_tw_recycle holds one timestamp for each
 * source address, so what matters is how many clocks arrive from one address, not how many addresses there are.
 */
import { onceFor } from '../once-for.ts';
import { leastOffset, offsetsByPort } from './timestamp-offsets.ts';

/** The facts known of the kernel that a client runs on. */
export interface Kernel {
  /** The release as `uname -r` prints it; '' where it is not known. */
  release: string;
  /** The seconds since it booted; null where not known. */
  uptime: number | null;
  /** Between which seconds since 1970 that was read. */
  readAt: { from: number; to: number };
  /** The same for all who share this kernel: its boot id, or the host's name. */
  boot: string;
}

/**
 * - `kernel`: jiffies, the same for every namespace and every connection of the kernel
 * - `peer`: an offset of its own for each pair of addresses
 * - `connection`: an offset of its own for each connection
 * - `none`: no timestamps
 */
export type Clock = 'kernel' | 'peer' | 'connection' | 'none' | 'unknown';

/**
 * `timestamps` is net.ipv4.tcp_timestamps where the client runs; null where it is not known, which is taken for the
 * default. 2 means no offsets (Documentation/networking/ip-sysctl.rst). Where a vendor may have put the ports back
 * in, the result is `peer`: the least that is certain.
 */
export function clockOf(release: string, timestamps: number | null): Clock {
  if (timestamps === 0) return 'none';
  const offset = leastOffset(release);
  if (offset === null) return 'unknown';
  if (timestamps === 2) return 'kernel';
  return CLOCKS_OF_OFFSETS[offset];
}

const CLOCKS_OF_OFFSETS = { none: 'kernel', addresses: 'peer', ports: 'connection' } as const;

/**
 * Tells whether a client's stamps begin anew with each of its source ports: then those that a NAT maps to one port do not
 * follow each other. Null: not known.
 */
export const stampsByPort = (release: string, timestamps: number | null): boolean | null =>
  timestamps === 0 || timestamps === 2 ? false : offsetsByPort(release);

/** CONFIG_HZ of builds in use; Red Hat's for x86 is 1000, other vendors' is any of these. */
const HZ: readonly number[] = [100, 250, 300, 1000];
const RED_HAT_X86 = /\.el\d.*x86_64/;
/** linux include/linux/jiffies.h, INITIAL_JIFFIES: the count starts this many seconds before it wraps. */
const HEAD_START = 300;
/** linux 3.10 include/net/tcp.h, TCP_PAWS_WINDOW. */
const WINDOW = 1;

/**
 * Returns the kernel whose clock is ahead, as a server compares timestamps (modulo 2^32): its clients get in, those of
 * the other are taken for old. Null where uptimes don't tell.
 */
export function ahead(a: Kernel, b: Kernel): Kernel | null {
  if (a.uptime === null || b.uptime === null) return null;
  // the uptime of a when that of b was read, at the earliest and at the latest
  const earliest = a.uptime + b.readAt.from - a.readAt.to - HEAD_START;
  const latest = a.uptime + b.readAt.to - a.readAt.from - HEAD_START;
  const uptime = b.uptime - HEAD_START;
  let sign: number | null = null;
  for (const hzA of frequencies(a)) {
    // equal releases are equal builds
    for (const hzB of a.release === b.release ? [hzA] : frequencies(b)) {
      const first = compare(earliest * hzA, uptime * hzB);
      if (first !== compare(latest * hzA, uptime * hzB) || first !== (sign ?? first)) return null;
      sign = first;
    }
  }
  return sign === 1 ? a : sign === -1 ? b : null;
}

/** Returns the values of CONFIG_HZ that a kernel may have. */
const frequencies = onceFor(({ release }: Kernel) => (RED_HAT_X86.test(release) ? [1000] : HZ));

/** Returns 1, -1, or 0 within the window. */
function compare(ticksA: number, ticksB: number): number {
  const whole = 2 ** 32;
  const difference = (((ticksA - ticksB) % whole) + whole) % whole;
  const signed = difference >= whole / 2 ? difference - whole : difference;
  return Math.abs(signed) <= WINDOW ? 0 : Math.sign(signed);
}
