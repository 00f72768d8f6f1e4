/** Names outputs by the commands that print them so. */
import type { OutputKind } from '../outputs.ts';

/** The command to run for an output of a kind. */
export const printedBy = (kind: OutputKind): string => {
  switch (kind) {
    case 'sysctl':
      return 'sysctl -a';
    case 'netstat':
      return '/proc/net/netstat (or nstat -az, netstat -s)';
    case 'ip_vs':
      return 'ipvsadm -Ln';
    case 'ip address':
      return kind;
    case 'tcp':
      return '/proc/net/tcp (or ss -tan, netstat -tan)';
    case 'conntrack statistics':
      return 'conntrack -S (or /proc/net/stat/nf_conntrack)';
    default:
      return commandOf(kind, '', null);
  }
};

/** The command that printed a section. */
export function commandOf(kind: OutputKind, form: string, table: string | null): string {
  switch (kind) {
    case 'iptables-save':
    case 'ip6tables-save':
    case 'iptables-nft-save':
    case 'ip6tables-nft-save': {
      const program = kind.replace('-save', '');
      if (form === 'iptables-save') return kind;
      return `${program}${table === null ? '' : ` -t ${table}`} ${form === 'iptables -L' ? '-L' : '-S'}`;
    }
    case 'iptables -L':
    case 'ip6tables -L':
      return table === null ? kind : kind.replace(' ', ` -t ${table} `);
    case 'counters':
      return form === 'nstat' ? 'nstat -az' : form;
    case 'netstat':
    case 'snmp':
    case 'tcp':
    case 'tcp6':
    case 'ip_vs':
      return kind === 'ip_vs' ? 'ipvsadm -Ln' : `/proc/net/${kind}`;
    case 'conntrack statistics':
      return '/proc/net/stat/nf_conntrack';
    case 'arp statistics':
      return '/proc/net/stat/arp_cache';
    case 'ndisc statistics':
      return '/proc/net/stat/ndisc_cache';
    case 'ipvsadm-save':
      return 'ipvsadm -S -n';
    case 'nft':
      return 'nft list ruleset';
    case 'ipset':
      return 'ipset save';
    case 'sockets':
      return 'ss -tan or netstat -tan';
    case 'tcp_metrics':
      return 'ip tcp_metrics';
    case 'uname':
      return 'uname -a';
    case 'processes':
      return 'ps';
    case 'ip address':
      return form;
    case 'ip route':
      return form === 'route' ? 'route -n' : kind;
    case 'sysctl':
    case 'ip -6 route':
    case 'ip rule':
    case 'ip -6 rule':
    case 'conntrack -S':
    case 'uptime':
    case 'date':
    case 'id':
    case 'hostname':
    case 'lsmod':
    case 'ip_tables_names':
    case 'ip6_tables_names':
    case 'nf_tables':
      return kind;
  }
}
