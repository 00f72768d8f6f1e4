/** The values kernels give to sysctls that no file sets, and the sysctls they no longer have. */

import type { Answer } from '../../model.ts';
import { before } from '../kernel-version.ts';

interface Removed {
  /** A name, or the beginning of names, with a dot or a low line at its end. */
  key: string;
  /** The first kernel.org version known to lack it. It may have gone earlier, which does no harm: what can be read is there. */
  since: string;
  source: string;
}

/** Sysctls that kernels had once, and that files still set. */
const REMOVED: readonly Removed[] = [
  { key: 'net.ipv4.tcp_tw_recycle', since: '4.12', source: 'commit 4396e46187ca' },
  { key: 'net.ipv4.tcp_cookie_size', since: '3.10', source: 'commit 1a2c6181c4a1, of March 2013' },
  { key: 'net.ipv4.tcp_dma_copybreak', since: '3.18', source: 'commit 7bced397510a' },
  {
    key: 'net.ipv4.tcp_thin_dupack',
    since: '4.14',
    source: 'commit 4a7f60094411; net/ipv4/sysctl_net_ipv4.c of 4.14',
  },
  {
    key: 'net.ipv4.netfilter.ip_conntrack_',
    since: '6.1',
    source: '3.10.0-514.el7 has them, 6.1.0-18-amd64 with nf_conntrack does not',
  },
  { key: 'net.ipv4.ip_conntrack_max', since: '6.1', source: 'the same' },
  { key: 'net.decnet.', since: '6.1', source: 'commit 1202cdd66531, of August 2022' },
  { key: 'net.dccp.', since: '6.16', source: 'commit 2a63dd0edf38, of April 2025' },
];

const isPartOf = (key: string, { key: removed }: Removed) =>
  key === removed || (/[._]$/.test(removed) && key.startsWith(removed));

/** Returns the first kernel.org version known to lack a sysctl that kernels had once; null for any other. */
export function removedIn(key: string): string | null {
  return REMOVED.find((removed) => isPartOf(key, removed))?.since ?? null;
}

/** Tells whether a kernel may have a sysctl, as far as its release shows: any that was never removed, it may have. */
export function mayHave(release: string, key: string): Answer<boolean> {
  const gone = removedIn(key);
  return gone === null ? { ok: true, value: true } : before(release, gone);
}

/** The values in force where nobody sets them; of those sysctls alone that facts can't do without. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  // net/ipv4/af_inet.c, inet_init_net(); up to 3.19 net/ipv4/inet_connection_sock.c, with 61000
  'net.ipv4.ip_local_port_range': '32768 60999',
  // Documentation/networking/ip-sysctl.rst: no port is reserved
  'net.ipv4.ip_local_reserved_ports': '',
  // Documentation/networking/ipvs-sysctl.rst
  'net.ipv4.vs.conntrack': '0',
};
