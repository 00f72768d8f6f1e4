/** The values kernels give to sysctls that no file sets, and the sysctls they no longer have. */

import type { Answer } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { before } from '../kernel-version.ts';

/** The first kernel.org version without each sysctl. */
const GONE = wordTable<string>({
  // commit 4396e46187ca
  'net.ipv4.tcp_tw_recycle': '4.12',
});

/** Tells whether a kernel may have a sysctl, as far as its release shows: any that was never removed, it may have. */
export function mayHave(release: string, key: string): Answer<boolean> {
  const gone = GONE[key];
  return gone === undefined ? { ok: true, value: true } : before(release, gone);
}

/** The values in force where nobody sets them; of those sysctls alone that facts can't do without. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  // net/ipv4/af_inet.c, inet_init_net(); up to 3.19 net/ipv4/inet_connection_sock.c, with 61000
  'net.ipv4.ip_local_port_range': '32768 60999',
  // Documentation/networking/ipvs-sysctl.rst
  'net.ipv4.vs.conntrack': '0',
};
