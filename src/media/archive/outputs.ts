/** The contents of an archive for one host: outputs that were collected earlier, and copies of its files. */
import type { FileTree, Found } from '../../define.ts';
import type { Answer, MediumFile } from '../../model.ts';

/** The kind of an output's content, whichever command or file it is of. */
export type OutputKind =
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
  | 'conntrack -S'
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
  | 'iptables-nft-save'
  | 'ip6tables-nft-save'
  | 'iptables -L'
  | 'ip6tables -L'
  | 'ip_tables_names'
  | 'ip6_tables_names'
  | 'nft'
  | 'ipset'
  | 'nf_tables'
  | 'lsmod'
  | 'processes';

export interface Output extends Found {
  /** The path in the archive: `sos_commands/kernel/sysctl_-a`. */
  origin: string;
}

/** The outputs of one namespace. An `absent` Answer is knowledge: it was looked for on the host, and was not there. */
export type Outputs = (kind: OutputKind) => Answer<Output>;

interface ArchivedNamespace {
  /** The name: `init`, or the one that `ip netns` has. */
  name: string;
  outputs: Outputs;
}

export interface ArchivedHost {
  /** The host's own name, and where it stands; its path where no file has one. */
  name: Output;
  /** The time of collection, ISO 8601, UTC; null where it is unknown. */
  takenAt: string | null;
  /** The namespaces, the host's own first. */
  namespaces: [ArchivedNamespace, ...ArchivedNamespace[]];
  /** The host's copied files: `/etc/sysctl.d` and the like. */
  files: FileTree;
  /** True when the host was looked at as root; null where that is unknown. */
  root: boolean | null;
  /** The reason why there may be namespaces that it does not show. */
  otherNamespaces: string;
  /** Reasons why copied files may lack something, by their paths. */
  cutFiles?: ReadonlyMap<string, string>;
  /** The kinds that each file of a paste was taken for. */
  read?: MediumFile[];
}
