/** What an archive holds of a host: outputs that were collected earlier, and copies of its files. */
import type { FileTree } from '../../define.ts';
import type { Answer } from '../../model.ts';

/** What an output tells, whichever command or file it is of. */
export type Kind =
  | 'uname'
  | 'hostname'
  | 'uptime'
  | 'date'
  | 'id'
  | 'sysctl'
  | 'counters'
  | 'netstat'
  | 'snmp'
  | 'conntrack statistics'
  | 'arp statistics'
  | 'ndisc statistics'
  | 'ip_vs'
  | 'ipvsadm-save'
  | 'ip address'
  | 'ip route'
  | 'ip -6 route'
  | 'ip rule'
  | 'ip -6 rule'
  | 'tcp'
  | 'tcp6'
  | 'sockets'
  | 'tcp_metrics'
  | 'iptables-save'
  | 'ip6tables-save'
  | 'iptables -L'
  | 'ip6tables -L'
  | 'ip_tables_names'
  | 'ip6_tables_names'
  | 'nft'
  | 'ipset'
  | 'nf_tables'
  | 'processes';

export interface Output {
  text: string;
  /** Where it stands in the archive: `sos_commands/kernel/sysctl_-a`. */
  origin: string;
}

/** Of one namespace. An Answer that is `absent` is knowledge: it was looked for on the host, and was not there. */
export type Outputs = (kind: Kind) => Answer<Output>;

interface ArchivedNamespace {
  /** `init`, or as `ip netns` calls it. */
  name: string;
  outputs: Outputs;
}

export interface ArchivedHost {
  /** What it calls itself, and where; by its path where it says nothing. */
  name: Output;
  /** ISO 8601, UTC; null where nothing says. */
  takenAt: string | null;
  /** The host's own namespace first. */
  namespaces: ArchivedNamespace[];
  /** Its copied files: `/etc/sysctl.d` and the like. */
  files: FileTree;
  /** Whether it was looked at as root; null where nothing says. */
  root: boolean | null;
  /** Why there may be namespaces that it does not tell of. */
  otherNamespaces: string;
}
