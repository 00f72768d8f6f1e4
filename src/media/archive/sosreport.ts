/** The layouts of sosreport 3 and 4: the file for each output of a host and its namespaces. */
import type { FileTree } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { timeIn } from './date.ts';
import type { ArchivedHost, Output, OutputKind, Outputs } from './outputs.ts';
import { sharedWithInit } from './shared-with-init.ts';

type Paths = Partial<Record<OutputKind, readonly string[]>>;

const NETWORKING = 'sos_commands/networking';
const FIREWALL = 'sos_commands/firewall_tables';

/** The copies of /proc/net, which sosreport takes whole: what is not among them the host did not have. */
const OF_PROC_NET: Paths = {
  netstat: ['proc/net/netstat'],
  snmp: ['proc/net/snmp'],
  'conntrack statistics': ['proc/net/stat/nf_conntrack'],
  'arp statistics': ['proc/net/stat/arp_cache'],
  'ndisc statistics': ['proc/net/stat/ndisc_cache'],
  ip_vs: ['proc/net/ip_vs'],
  tcp: ['proc/net/tcp'],
  tcp6: ['proc/net/tcp6'],
  ip_tables_names: ['proc/net/ip_tables_names'],
  ip6_tables_names: ['proc/net/ip6_tables_names'],
};

/** The files of the host itself. Where versions differ, the newer stands first. */
const OF_THE_HOST: Paths = {
  uname: ['sos_commands/kernel/uname_-a'],
  hostname: ['sos_commands/host/hostname', 'sos_commands/general/hostname', 'etc/hostname'],
  uptime: ['sos_commands/host/uptime', 'sos_commands/general/uptime'],
  date: ['sos_commands/date/date_--utc', 'sos_commands/date/date', 'sos_commands/general/date'],
  sysctl: ['sos_commands/kernel/sysctl_-a'],
  'ip address': [`${NETWORKING}/ip_-d_address`, `${NETWORKING}/ip_address`],
  'ip route': [`${NETWORKING}/ip_route_show_table_all`],
  'ip -6 route': [`${NETWORKING}/ip_-6_route_show_table_all`],
  'ip rule': [`${NETWORKING}/ip_-4_rule_list`, `${NETWORKING}/ip_-4_rule`],
  'ip -6 rule': [`${NETWORKING}/ip_-6_rule_list`, `${NETWORKING}/ip_-6_rule`],
  'iptables -L': [`${FIREWALL}/iptables_-t_nat_-nvL`, `${NETWORKING}/iptables_-t_nat_-nvL`],
  'ip6tables -L': [`${FIREWALL}/ip6tables_-t_nat_-nvL`, `${NETWORKING}/ip6tables_-t_nat_-nvL`],
  nft: [`${FIREWALL}/nft_list_ruleset`, `${NETWORKING}/nft_list_ruleset`],
  processes: ['sos_commands/process/ps_auxwww', 'sos_commands/process/ps_auxwwwm'],
};

/** The outputs of the commands that it runs in each namespace that `ip netns` names. */
const OF_A_NAMESPACE: Paths = {
  sysctl: ['sysctl_-a'],
  counters: ['nstat_-zas', 'netstat_-s'],
  'ip address': ['ip_-d_address_show', 'ip_address_show'],
  'ip route': ['ip_route_show_table_all'],
  'ip rule': ['ip_-4_rule_list'],
  'ip -6 rule': ['ip_-6_rule_list'],
  sockets: ['netstat_-W_-neopa', 'netstat_-T_-neopa', 'ss_-peaonmi'],
  'iptables-save': ['iptables-save'],
  'ip6tables-save': ['ip6tables-save'],
};

export const isSosreport = (tree: FileTree) => tree.list('/sos_commands').ok;

export function readSosreport(tree: FileTree, path: string): ArchivedHost {
  const init = ofTheHost(tree);
  const name = init('hostname');
  const named = namesOfNamespaces(tree);
  return {
    name: name.ok ? name.value : { text: path, origin: path },
    takenAt: timeIn(init('date')),
    namespaces: [
      { name: 'init', outputs: init },
      ...named.map((one) => ({ name: one, outputs: sharedWithInit(ofNamespace(tree, one), init) })),
    ],
    files: tree,
    root: true,
    otherNamespaces: 'only namespaces that ip netns names are in a sosreport',
  };
}

function ofTheHost(tree: FileTree): Outputs {
  const procNet = tree.list('/proc/net');
  const isWhole = procNet.ok && procNet.value.includes('netstat');
  return (kind) => {
    if (kind === 'nf_tables') return nfTables(tree);
    const copied = OF_PROC_NET[kind];
    const answer = firstIn(tree, copied ?? OF_THE_HOST[kind] ?? [], kind);
    if (answer.ok || answer.problem !== 'unsupported' || copied === undefined || !isWhole) return answer;
    return { ok: false, problem: 'absent', reason: `/${copied[0]} was not there` };
  };
}

function ofNamespace(tree: FileTree, name: string): Outputs {
  const prefix = `ip_netns_exec_${mangled(name)}_`;
  const folders = [`${NETWORKING}/namespaces/${name}`, NETWORKING];
  return (kind) => {
    const files = OF_A_NAMESPACE[kind] ?? [];
    const paths = files.flatMap((file) => folders.map((folder) => `${folder}/${prefix}${file}`));
    return firstIn(tree, paths, kind);
  };
}

/** Turns a command into a file name, as sos does. */
const mangled = (text: string) => text.replace(/[^\w\-./]+/g, '_').replaceAll('/', '.');

function firstIn(tree: FileTree, paths: readonly string[], kind: OutputKind): Answer<Output> {
  for (const path of paths) {
    const text = tree.read(`/${path}`);
    if (text.ok) return { ok: true, value: { text: text.value, origin: path } };
    if (text.problem !== 'absent') return text;
  }
  return { ok: false, problem: 'unsupported', reason: `${paths[0] ?? kind} is not in the archive` };
}

/** Tells whether the kernel had nf_tables, as a module or of its own: /proc/kallsyms has the symbols of both. */
function nfTables(tree: FileTree): Answer<Output> {
  const origin = 'proc/kallsyms';
  const symbols = tree.read(`/${origin}`);
  if (!symbols.ok) return { ok: false, problem: 'unsupported', reason: `${origin} is not in the archive` };
  return /\bnft_do_chain\b/.test(symbols.value)
    ? { ok: true, value: { text: '', origin } }
    : { ok: false, problem: 'absent', reason: `${origin} has no nft_do_chain` };
}

/** Lists the namespaces: `blue (id: 0)`, or just `blue`; an old ip reports that it knows no namespaces. */
function namesOfNamespaces(tree: FileTree): string[] {
  const list = tree.read(`/${NETWORKING}/ip_netns`);
  if (!list.ok) return [];
  return list.value.split('\n').flatMap((line) => /^([^\s/]+)(?: \(id: \d+\))?\s*$/.exec(line)?.[1] ?? []);
}
