import { command, defineCollector, type FileTree, type Found, t } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import { splitLines } from './at-rest/conf-files.ts';
import { kernelRelease } from './at-rest/kernel-release.ts';

/**
 * The tables of legacy iptables, each a module of the kernel or a part of it (Linux 6.18, net/ipv4/netfilter/Makefile:
 * iptable_nat.o and the others). All of them depend on NETFILTER_XTABLES_LEGACY since 6.17.
 */
const TABLES = ['filter', 'mangle', 'nat', 'raw', 'security'];
const OPTIONS = TABLES.map((name) => name.toUpperCase()).join('|');

/** Where a shell of root's looks for programs: the PATH that the script sets. */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const NONE = 'there is no iptables';

// what modprobe(8) can load stands in these lists; a kernel without any has its configuration
const ask = `program=$(command -v iptables) || {
  for folder in ${FOLDERS.join(' ')}; do
    there "$folder/iptables"
    [ "$?" != 2 ] || denied "$doubt"
  done
  absent "${NONE}"
}
program=$(readlink -f "$program") || exit
printf "program %s\\n" "$program"
[ ! -r /proc/net/ip_tables_names ] || while read -r table; do echo "registered $table"; done </proc/net/ip_tables_names
release=
read -r release </proc/sys/kernel/osrelease
known=/lib/modules/$release
if [ -s "$known/modules.dep" ] && [ -s "$known/modules.builtin" ]; then
  echo "modules $known"
  grep -hoE "^[^:]*/iptable_[a-z]+\\.ko" "$known/modules.dep" "$known/modules.builtin" | sed -n "s/.*iptable_\\([a-z]*\\)\\.ko\\$/has \\1/p"
elif [ -r "/boot/config-$release" ]; then
  echo "config /boot/config-$release"
  sed -nE "s/^CONFIG_IP_NF_(${OPTIONS})=[ym]\\$/has \\1/p" "/boot/config-$release"
elif [ -r /proc/config.gz ] && command -v zcat >/dev/null 2>&1; then
  echo "config /proc/config.gz"
  zcat /proc/config.gz | sed -nE "s/^CONFIG_IP_NF_(${OPTIONS})=[ym]\\$/has \\1/p"
else
  echo "untold there is neither $known/modules.dep nor /boot/config-$release nor /proc/config.gz"
fi`;

function atRest(tree: FileTree): Answer<Found> {
  const program = programIn(tree);
  if (!program.ok) return program;
  const text = [`program ${program.value}`, ...tablesIn(tree), ''].join('\n');
  return { ok: true, value: { text } };
}

function programIn(tree: FileTree): Answer<string> {
  for (const folder of FOLDERS) {
    const names = tree.list(folder);
    if (!names.ok && names.problem !== 'absent') return names;
    if (names.ok && names.value.includes('iptables')) return tree.place(`${folder}/iptables`);
  }
  return { ok: false, problem: 'absent', reason: NONE };
}

function tablesIn(tree: FileTree): string[] {
  const kernel = kernelRelease(tree);
  if (!kernel.ok) return [`untold ${kernel.reason}`];
  const { origin, release } = kernel.value;
  const lists = ['modules.dep', 'modules.builtin'].map((name) => tree.read(`${origin}/${name}`));
  const texts = lists.flatMap((list) => (list.ok && list.value.trim() !== '' ? list.value : []));
  if (texts.length === lists.length)
    return [`modules ${origin}`, ...texts.flatMap(splitLines).flatMap((line) => has(MODULE, line))];
  const config = tree.read(`/boot/config-${release}`);
  if (config.ok)
    return [
      `config /boot/config-${release}`,
      ...splitLines(config.value).flatMap((line) => has(OPTION, line)),
    ];
  return [`untold there is neither ${origin}/modules.dep nor /boot/config-${release}`];
}

/** `kernel/net/ipv4/netfilter/iptable_nat.ko.xz: ...` */
const MODULE = /^[^:]*\/iptable_([a-z]+)\.ko/;
const OPTION = new RegExp(`^CONFIG_IP_NF_(${OPTIONS})=[ym]$`);

function has(pattern: RegExp, line: string): string[] {
  const name = pattern.exec(line)?.[1];
  return name === undefined ? [] : [`has ${name}`];
}

/** What the command is by its file's name, all links resolved; null: that does not tell. */
export function commandKind(path: string): 'legacy' | 'nft' | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'xtables-nft-multi') return 'nft';
  // xtables-multi before iptables 1.8, iptables-multi-1.4.7 before 1.4.11
  return /^(xtables-legacy-multi|xtables-multi|iptables-multi(-[\d.]+)?)$/.test(name) ? 'legacy' : null;
}

const probes = { command: command('/usr/sbin/iptables', ask, { optional: true, atRest }) };

export default defineCollector({
  id: 'iptables',
  doc: 'What the command iptables is, and the tables that the kernel has for a legacy one.',
  scope: 'host',
  samples: 1,
  probes,
  type: t.object({
    program: t.string('`legacy`, `nft` (it makes rules of nf_tables), or empty where there is none'),
    tables: t.list(
      t.string(),
      `Tables that the kernel has for legacy iptables, of IPv4, loaded or not: ${TABLES.map((name) => `\`${name}\``).join(', ')}`,
    ),
  }),
  parse({ command: text }) {
    if (text === undefined) return { value: { program: '', tables: [] } };
    const tables = new Set<string>();
    const lines: { program: Line[]; tables: Line[] } = { program: [], tables: [] };
    const unreadable: Record<string, string> = {};
    let program: string | null = null;
    let isRead = false;
    for (const row of text.split('\n')) {
      const [, word = '', rest = ''] =
        /^(program|registered|modules|config|has|untold) ?(.*)$/.exec(row) ?? [];
      switch (word) {
        case 'program': {
          const kind = commandKind(rest);
          program = kind ?? '';
          if (kind === null) unreadable.program = `its name does not tell whether ${rest} is the legacy one`;
          lines.program.push({ origin: rest, line: 0, text: 'iptables' });
          break;
        }
        case 'registered':
        case 'has':
          if (TABLES.includes(rest.toLowerCase())) tables.add(rest.toLowerCase());
          break;
        case 'modules':
        case 'config':
          isRead = true;
          lines.tables.push({ origin: rest, line: 0, text: 'read for the tables that this kernel has' });
          break;
        case 'untold':
          isRead = true;
          unreadable.tables = rest;
          break;
        default:
          if (row !== '') throw new Error(`"${row.slice(0, 80)}" is not understood`);
      }
    }
    if (program === null || !isRead) throw new Error('the answer ends too early');
    const { tables: untold, ...others } = unreadable;
    return {
      value: { program, tables: [...tables].sort() },
      lines,
      unreadable: others,
      within: untold === undefined ? {} : { tables: { partial: untold } },
    };
  },
});
