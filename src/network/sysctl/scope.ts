/**
 * Sysctls that one value of the host's rules in every network namespace, and which a namespace of its own does not
 * show at all: absent there is not off there.
 */
import { before } from '../kernel-version.ts';

/** A sysctl that is, or was, one for the whole kernel. */
export interface GlobalSysctl {
  key: string;
  /**
   * The first kernel.org version known to give each namespace its own; null: none does. It may have been an earlier
   * one, which does no harm: where a namespace has its own, it shows it, and the value shown is in force.
   */
  globalBefore: string | null;
  /** The place where that was seen. */
  source: string;
}

/** net/ipv4/sysctl_net_ipv4.c: the host alone is given `ipv4_table`, each namespace a copy of `ipv4_net_table`. */
const TABLES = 'net/ipv4/sysctl_net_ipv4.c';
const EL7 = '3.10.0-514.el7: the host has it, a namespace beside it does not';

export const GLOBAL_SYSCTLS: readonly GlobalSysctl[] = [
  ...rows('4.11', `commit 1946e672c173; ${TABLES} of 4.9: ipv4_table`, 'net.ipv4', [
    'tcp_tw_recycle',
    'tcp_max_tw_buckets',
  ]),
  ...rows('4.14', `${TABLES}: ipv4_table in 4.9, ipv4_net_table in 4.14`, 'net.ipv4', [
    'tcp_max_syn_backlog',
    'tcp_sack',
    'tcp_timestamps',
    'tcp_tw_reuse',
    'tcp_window_scaling',
  ]),
  ...rows('4.9', `${EL7}; ${TABLES} of 4.9: ipv4_net_table`, 'net.ipv4', [
    'ip_default_ttl',
    'ip_dynaddr',
    'ip_early_demux',
    'ip_local_reserved_ports',
    'tcp_base_mss',
    'tcp_fin_timeout',
    'tcp_keepalive_intvl',
    'tcp_keepalive_probes',
    'tcp_keepalive_time',
    'tcp_mtu_probing',
    'tcp_notsent_lowat',
    'tcp_orphan_retries',
    'tcp_reordering',
    'tcp_retries1',
    'tcp_retries2',
    'tcp_syn_retries',
    'tcp_synack_retries',
    'tcp_syncookies',
  ]),
  ...rows('4.19', `${TABLES}: ipv4_table in 4.14, ipv4_net_table in 4.19`, 'net.ipv4', [
    'tcp_abort_on_overflow',
    'tcp_adv_win_scale',
    'tcp_app_win',
    'tcp_autocorking',
    'tcp_challenge_ack_limit',
    'tcp_congestion_control',
    'tcp_dsack',
    'tcp_early_retrans',
    'tcp_fack',
    'tcp_fastopen',
    'tcp_frto',
    'tcp_invalid_ratelimit',
    'tcp_limit_output_bytes',
    'tcp_max_reordering',
    'tcp_min_rtt_wlen',
    'tcp_min_tso_segs',
    'tcp_moderate_rcvbuf',
    'tcp_no_metrics_save',
    'tcp_recovery',
    'tcp_retrans_collapse',
    'tcp_rfc1337',
    'tcp_rmem',
    'tcp_slow_start_after_idle',
    'tcp_stdurg',
    'tcp_thin_linear_timeouts',
    'tcp_tso_win_divisor',
    'tcp_wmem',
    'tcp_workaround_signed_windows',
    'udp_rmem_min',
    'udp_wmem_min',
  ]),
  ...rows('6.18', `${EL7}, nor does one of 6.1.0-56-amd64; one of 6.18 does`, 'net.core', [
    'optmem_max',
    'rmem_default',
    'rmem_max',
    'wmem_default',
    'wmem_max',
  ]),
  ...rows('6.1', `${EL7}; a namespace of 6.1.0-56-amd64 does`, 'net.bridge', [
    'bridge-nf-call-arptables',
    'bridge-nf-call-ip6tables',
    'bridge-nf-call-iptables',
    'bridge-nf-filter-pppoe-tagged',
    'bridge-nf-filter-vlan-tagged',
    'bridge-nf-pass-vlan-input-dev',
  ]),
  ...rows(null, `${TABLES} of 4.9, 4.14 and 4.19: ipv4_table; so in 6.18`, 'net.ipv4', [
    'tcp_low_latency',
    'tcp_max_orphans',
    'tcp_mem',
    'udp_mem',
  ]),
  ...rows(null, `${EL7}; so in 6.18`, 'net.core', [
    'busy_poll',
    'busy_read',
    'dev_weight',
    'netdev_budget',
    'netdev_max_backlog',
    'netdev_tstamp_prequeue',
    'rps_sock_flow_entries',
  ]),
];

function rows(globalBefore: string | null, source: string, folder: string, names: string[]): GlobalSysctl[] {
  return names.map((name) => ({ key: `${folder}.${name}`, globalBefore, source }));
}

/** The known sysctls of a namespace: values by name, and the reasons why others could not be read. */
export interface SysctlsKnown {
  values: Readonly<Record<string, unknown>>;
  unreadable: Readonly<Record<string, string>>;
}

/** The same sysctls, with those that the host's own namespace imposes. */
export interface SysctlsInForce extends SysctlsKnown {
  /** The names whose values are the host's, sorted. */
  inherited: string[];
}

/**
 * Returns the sysctls in force in a namespace: its own values and, for a sysctl that is global on the running kernel
 * and that the namespace does not show, the host's. A value that a namespace shows is in force, whatever the release
 * says, since vendors backport. Where the release does not tell whether a sysctl is global, it becomes unreadable.
 *
 * @param init the host's own namespace
 * @param release as `uname -r` prints it
 */
export function inheritGlobals(own: SysctlsKnown, init: SysctlsKnown, release: string): SysctlsInForce {
  const values = { ...own.values };
  const unreadable = { ...own.unreadable };
  const inherited: string[] = [];
  for (const { key, globalBefore } of GLOBAL_SYSCTLS) {
    if (key in own.values || key in own.unreadable) continue;
    if (!(key in init.values) && !(key in init.unreadable)) continue;
    const global =
      globalBefore === null ? ({ ok: true, value: true } as const) : before(release, globalBefore);
    if (!global.ok) unreadable[key] = `not shown in this namespace, and ${global.reason}`;
    else if (global.value && key in init.values) {
      values[key] = init.values[key];
      inherited.push(key);
    } else if (global.value) unreadable[key] = `the host's value holds here: ${init.unreadable[key]}`;
  }
  return { values, unreadable, inherited: inherited.sort() };
}
