/** Outputs that people paste as well, and that twlint reads nothing from: named, with what would tell it. */

const OTHERS: readonly (readonly [pattern: RegExp, what: string, hint: string])[] = [
  [
    /^Prot +LocalAddress:Port +(?:Conns|CPS)\b/m,
    'ipvsadm -L with --stats or --rate',
    'it shows neither schedulers nor how servers are reached: ipvsadm -Ln does',
  ],
  [/^IPVS connection entries/m, 'ipvsadm -Lc', 'connections are not looked at: ipvsadm -Ln lists services'],
  [/^Timeout \(tcp tcpfin udp\)/m, 'ipvsadm -L --timeout', 'it is not looked at'],
  [
    /^(?:ipv[46] +\d+ +)?(?:tcp|udp|icmp|sctp|dccp|gre) +\d+ +\d+ .*\bsrc=\S+ dst=/m,
    'conntrack -L',
    'connections are not looked at: conntrack -S counts what became of them',
  ],
  [
    /^Name: \S+\nType: (?:hash|bitmap|list):/m,
    'ipset list',
    'its form is for people: ipset save tells the same',
  ],
  [
    /^Linux \d\S* \(\S+\)\s+\S+\s+_\w+_/m,
    'sar, mpstat or another of sysstat',
    'history is not looked at: nstat -az, twice, tells how much counters grow',
  ],
  [/^procs -+memory-+/m, 'vmstat', 'it is not looked at'],
  [/^ +total +used +free /m, 'free', 'it is not looked at'],
  [/^top - \d/m, 'top', 'it is not looked at: uptime is, with date'],
  [/^Filesystem +(?:Size|1K-blocks)/m, 'df', 'it is not looked at'],
  [/^Iface +MTU +(?:Met +)?RX-OK/m, 'netstat -i', 'it is not looked at'],
  [/^NIC statistics:|^Settings for \S+:|^Features for \S+:|^driver: /m, 'ethtool', 'it is not looked at'],
  [/^qdisc \S+ /m, 'tc qdisc', 'it is not looked at'],
  [
    / lladdr [\da-f:]+ .*(?:REACHABLE|STALE|DELAY|PERMANENT)$/m,
    'ip neigh',
    'it is not looked at: /proc/net/stat/arp_cache is',
  ],
  [/^Address +HWtype +HWaddress/m, 'arp', 'it is not looked at: /proc/net/stat/arp_cache is'],
  [
    /^bridge name\tbridge id|^port\s+no\s+mac addr/m,
    'brctl',
    'it is not looked at: ip address tells which bridge an interface is in',
  ],
  [/^\[ *\d+\.\d{6}\] |^\[\w{3} \w{3} +\d+ [\d:]+ \d{4}\] /m, 'dmesg', 'messages are not looked at'],
  [/^\w{3} +\d+ [\d:]{8} \S+ [\w./@-]+(?:\[\d+\])?: /m, 'a log', 'messages are not looked at'],
  [/^\d\d:\d\d:\d\d\.\d{6} (?:IP6?|ARP)\b/m, 'tcpdump', 'packets are not looked at'],
  [/^● \S+ - |^\s+Loaded: loaded \(/m, 'systemctl status', 'it is not looked at'],
  [/^COMMAND +PID +(?:TID +)?.*NODE NAME/m, 'lsof', 'it is not looked at: ss -tan is'],
  [/^Active UNIX domain sockets/m, 'sockets of the unix family', 'they are not looked at'],
  [
    /^NAMESPACE +NAME |^NAME +(?:READY|STATUS|TYPE) +/m,
    'kubectl',
    'objects of Kubernetes are not looked at: iptables-save of a node is',
  ],
  [/^CONTAINER ID +/m, 'docker ps', 'it is not looked at'],
  [/^(?:NAME|PRETTY_NAME|VERSION_ID)="?\w/m, 'os-release', 'copy it to etc/os-release in this folder'],
  [
    /^#kernel\n|^(?:TcpExt|IpExt|Tcp|Ip|Udp|Icmp)[A-Z]\w+\s+\d+\s+\d+\.\d+$/m,
    'nstat',
    'without -a it tells what grew since it was asked before: name it nstat_-az if it had -a',
  ],
  [
    /^-A \S+ .*-j |^-[PN] [A-Z]/m,
    'iptables -S',
    'which table it is of can not be told: name it iptables_-t_nat_-S or iptables_-t_filter_-S',
  ],
  [
    /^Chain \S+ \(/m,
    'iptables -L',
    'which table it is of can not be told: name it iptables_-t_nat_-L or iptables_-t_filter_-L',
  ],
  [/^\d+:\s+from /m, 'ip rule', 'of IPv4 or of IPv6 can not be told: name it ip_rule or ip_-6_rule'],
  [
    /^entries +allocs /m,
    'statistics of neighbours',
    'of ARP or NDP can not be told: name it arp_cache or ndisc_cache',
  ],
  [/^\d+: \S+: <|^\d+: \S+@\S+: </m, 'ip link', 'it tells no addresses: ip address does, and all of this'],
  [/\buid \d+|^\s+cache\b/m, 'ip route get', 'it tells of one packet: ip route lists the routes'],
  [
    /^(?:Netid +)?State +Recv-Q|^Active Internet connections/m,
    'connections',
    'it lists no sockets that wait for them: ss -tan, or netstat -tan',
  ],
];

/** Returns the name of what a text is known to be, and what to do about it; null for any other text. */
export function otherOutput(text: string): { what: string; hint: string } | null {
  const begin = text.slice(0, 100_000);
  const [, what, hint] = OTHERS.find(([pattern]) => pattern.test(begin)) ?? [];
  return what === undefined || hint === undefined ? null : { what, hint };
}
