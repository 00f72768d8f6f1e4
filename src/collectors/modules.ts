import { command, defineCollector, type FileTree, type Found, t } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import { confFiles, linesOf } from './at-rest/conf-files.ts';
import { kernelRelease } from './at-rest/kernel-release.ts';

/** Folders of modules-load.d(5), in the order of precedence; Debian's /etc/modules is read through a link there. */
const FOLDERS = [
  '/etc/modules-load.d',
  '/run/modules-load.d',
  '/usr/local/lib/modules-load.d',
  '/usr/lib/modules-load.d',
];

/** Modules with settings below /proc/sys that are not there before them, and one of these. */
const MODULES = {
  br_netfilter: '/proc/sys/net/bridge/bridge-nf-call-iptables',
  ip_vs: '/proc/sys/net/ipv4/vs/conntrack',
  nf_conntrack: '/proc/sys/net/netfilter/nf_conntrack_max',
};

// what has its settings, and is not in the list of modules, is part of the kernel
const ask = `for folder in ${FOLDERS.join(' ')}; do
  [ -d "$folder" ] || continue
  for path in "$folder"/*.conf; do
    [ -f "$path" ] || continue
    if [ -r "$path" ]; then grep -H "^[^#;]" "$path" | sed "s/^/boot /"; else printf "denied %s\\n" "$path"; fi
  done
done
[ ! -f /etc/modules ] || grep -H "^[^#;]" /etc/modules | sed "s/^/boot /"
look() {
  if grep -qs "^$1 " /proc/modules; then echo "loaded $1"; elif [ -e "$2" ]; then echo "builtin $1"; fi
}
${Object.entries(MODULES)
  .map(([name, setting]) => `look ${name} ${setting}`)
  .join('\n')}`;

/** What is loaded nobody can tell before a boot; what is part of the kernel a list beside its modules says. */
function atRest(tree: FileTree): Answer<Found> {
  const kernel = kernelRelease(tree);
  const list = kernel.ok ? tree.read(`${kernel.value.origin}/modules.builtin`) : kernel;
  const files = confFiles(tree, FOLDERS, ['/etc/modules']);
  if (!files.ok) return files;
  const boot = files.value.flatMap(({ path, lines }) =>
    lines === null
      ? [`denied ${path}`]
      : lines.filter((line) => /^[^#;]/.test(line)).map((line) => `boot ${path}:${line}`),
  );
  // kernel/net/netfilter/nf_conntrack.ko
  const names = list.ok ? linesOf(list.value).map((line) => /([^/]+)\.ko$/.exec(line)?.[1] ?? '') : [];
  const builtin = Object.keys(MODULES).filter((name) => names.map(underscored).includes(name));
  const untold = [
    `unknown loaded only a running kernel knows it`,
    ...(list.ok ? [] : [`unknown builtin ${list.reason}`]),
  ];
  const text = [...boot, ...builtin.map((name) => `builtin ${name}`), ...untold, ''];
  return { ok: true, value: { text: text.join('\n') } };
}

export default defineCollector({
  id: 'modules',
  doc: 'Modules that bring settings of their own: those that are there, and those that the next boot loads early.',
  scope: 'host',
  samples: 1,
  probes: { modules: command('/etc/modules-load.d', ask, { atRest }) },
  type: t.object({
    loaded: t.list(t.string(), 'Of br_netfilter, ip_vs and nf_conntrack those that were loaded'),
    boot: t.list(t.string(), 'Names in modules-load.d and /etc/modules: loaded before settings are made'),
    builtin: t.list(t.string(), 'Of these three, the ones that are part of the kernel'),
  }),
  parse({ modules }) {
    const found = { loaded: [] as string[], boot: [] as string[], builtin: [] as string[] };
    const lines: Line[] = [];
    const denied: string[] = [];
    const unsupported: Record<string, string> = {};
    for (const row of modules!.split('\n')) {
      // boot /etc/modules-load.d/k8s.conf:br_netfilter    builtin ip_vs    loaded nf_conntrack
      const boot = /^boot ([^:]+):\s*(\S+)/.exec(row);
      const [, state, name] = /^(loaded|builtin) (\w+)$/.exec(row) ?? [];
      const refused = /^denied (.+)$/.exec(row);
      const untold = /^unknown (loaded|builtin|boot) (.+)$/.exec(row);
      if (boot) {
        found.boot.push(underscored(boot[2]!));
        lines.push({ origin: boot[1]!, line: 0, text: boot[2]! });
      } else if (state !== undefined) found[state as 'loaded' | 'builtin'].push(name!);
      else if (refused) denied.push(refused[1]!);
      else if (untold) unsupported[untold[1]!] = untold[2]!;
      else if (row !== '') throw new Error(`"${row.slice(0, 80)}" is not understood`);
    }
    const partial = denied.length > 0 ? { partial: `permission denied: ${denied.join(', ')}` } : {};
    return {
      value: {
        loaded: found.loaded.sort(),
        boot: [...new Set(found.boot)].sort(),
        builtin: found.builtin.sort(),
      },
      lines: { boot: lines },
      unsupported,
      ...partial,
    };
  },
});

/** `br-netfilter` is `br_netfilter`: modprobe(8). */
function underscored(name: string): string {
  return name.replaceAll('-', '_');
}
