/**
 * What a kernel adds to the timestamps of its connections: linux net/core/secure_seq.c. From Linux 4.10 on stamps begin
 * with an offset, so that they don't tell for how long a host has been up.
 */
import type { Answer } from '../model.ts';
import { atLeast, parseKernelVersion } from './kernel-version.ts';

/**
 * - `none`: stamps are the kernel's jiffies
 * - `addresses`: an offset for each pair of addresses
 * - `ports`: an offset for each pair of addresses and ports
 */
type TimestampOffset = 'none' | 'addresses' | 'ports';

/** The release from which on kernels have an offset, and where that is read. */
interface OffsetSince {
  /** The first release of kernel.org that has it. */
  from: string;
  /** The stable series that it is of; null: all that are as new. */
  series: string | null;
  offset: TimestampOffset;
  source: string;
}

/** Later rows hold over earlier ones. */
const SINCE: readonly OffsetSince[] = [
  { from: '4.10', series: null, offset: 'ports', source: 'linux commit 95a22caee396, in 4.10' },
  {
    from: '4.10.14',
    series: null,
    offset: 'addresses',
    source: 'linux commit 28ee1b746f49 (4.11), in 4.10.14 as 443fac9f2618',
  },
  {
    from: '6.12.94',
    series: '6.12',
    offset: 'ports',
    source:
      'linux-stable, "tcp: secure_seq: add back ports to TS offset", for review on 2026-06-16 as 259 of 261',
  },
  {
    from: '6.18.17',
    series: '6.18',
    offset: 'ports',
    source: 'linux-stable, commit 165573e41f2f of mainline',
  },
  {
    from: '6.19.7',
    series: '6.19',
    offset: 'ports',
    source: 'linux-stable, commit 165573e41f2f of mainline; for review on 2026-03-10 as 274 of 311',
  },
  { from: '7.0', series: null, offset: 'ports', source: 'linux commit 165573e41f2f (CVE-2026-23247)' },
];

/** Series that were still served when the ports came back, and of which it is not known whether they got them. */
const NOT_KNOWN: readonly string[] = ['5.10', '5.15', '6.1', '6.6'];

/**
 * Returns the offset that kernel.org's release of this version has: the least that a vendor's kernel made of it has.
 * Null where the release can't be read.
 */
export function leastOffset(release: string): TimestampOffset | null {
  if (!parseKernelVersion(release).ok) return null;
  const rows = SINCE.filter(({ from, series }) => isIn(release, series) && isTrue(atLeast(release, from)));
  return rows.at(-1)?.offset ?? 'none';
}

/**
 * Tells whether stamps begin with an offset of their own for each source port. Null where that is not known: vendors
 * count their patches behind kernel.org's number, and the change is one that they take over since it closes a leak.
 */
export function offsetsByPort(release: string): boolean | null {
  const least = leastOffset(release);
  if (least === null) return null;
  if (least !== 'addresses') return least === 'ports';
  const version = parseKernelVersion(release);
  const isPatched = !version.ok || version.value.build.length > 0 || version.value.vendor !== null;
  return isPatched || NOT_KNOWN.some((series) => isIn(release, series)) ? null : false;
}

const isIn = (release: string, series: string | null): boolean =>
  series === null || release.startsWith(`${series}.`);

const isTrue = (fact: Answer<boolean>) => fact.ok && fact.value;
