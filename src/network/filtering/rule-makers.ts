/** Programs that keep rules of their own, known by the names of their tables and chains. */
import type { Backend, Table } from '../ruleset.ts';

export interface RuleMaker {
  program: string;
  backend: Backend;
  /** The first version of it whose rules look like that; '' where they do not tell. */
  since: string;
}

interface Mark {
  program: string;
  /** The tables of nftables that are the program's alone. */
  tables?: RegExp;
  chains?: RegExp;
  /** A chain that it has only since a version, newest first. */
  newer?: readonly { chain: string; since: string }[];
}

const MARKS: readonly Mark[] = [
  {
    program: 'Docker',
    tables: /^docker-bridges$/,
    chains: /^DOCKER(-[A-Z0-9-]+)?$/,
    // https://github.com/moby/moby/pull/49518
    newer: [{ chain: 'DOCKER-FORWARD', since: '28.0.1' }],
  },
  {
    program: 'kube-proxy',
    tables: /^kube-proxy$/,
    chains: /^KUBE-(SERVICES|NODEPORTS|POSTROUTING|SVC-\w+|SEP-\w+)$/,
  },
  { program: 'CNI portmap', tables: /^cni_hostport$/, chains: /^CNI-(HOSTPORT-[A-Z]+|DN-\w+)$/ },
  { program: 'netavark', tables: /^netavark$/, chains: /^NETAVARK[_-]/ },
  { program: 'flannel', tables: /^flannel-ipv[46]$/, chains: /^FLANNEL-/ },
  { program: 'Calico', chains: /^cali-/ },
  { program: 'Cilium', chains: /^(OLD_)?CILIUM_/ },
  { program: 'libvirt', tables: /^libvirt_network$/, chains: /^LIBVIRT_/ },
  { program: 'Incus', tables: /^incus$/ },
  { program: 'LXD', tables: /^lxd$/ },
  { program: 'firewalld', tables: /^firewalld$/, chains: /^(INPUT|FORWARD)_ZONES$/ },
  { program: 'ufw', chains: /^ufw6?-/ },
];

/** Returns each program once for each back end that it has rules in. */
export function ruleMakers(tables: readonly Table[]): RuleMaker[] {
  return MARKS.flatMap((mark) => {
    const marked = tables.filter((table) => isMadeBy(mark, table));
    return [...new Set(marked.map(({ backend }) => backend))].map((backend) => ({
      program: mark.program,
      backend,
      since: sinceOf(
        mark,
        marked.filter((table) => table.backend === backend),
      ),
    }));
  });
}

const sinceOf = ({ newer = [] }: Mark, tables: readonly Table[]): string =>
  newer.find(({ chain }) => tables.some(({ chains }) => chains.has(chain)))?.since ?? '';

function isMadeBy({ tables, chains }: Mark, table: Table): boolean {
  if (table.backend === 'nftables' && tables?.test(table.name)) return true;
  return chains !== undefined && [...table.chains.keys()].some((name) => chains.test(name));
}
