import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';

/** Folders of modules-load.d(5), in the order of precedence; Debian's /etc/modules is read through a link there. */
const FOLDERS = [
  '/etc/modules-load.d',
  '/run/modules-load.d',
  '/usr/local/lib/modules-load.d',
  '/usr/lib/modules-load.d',
];

/** Only modules with settings below /proc/sys/net that are not there before them. */
const MODULES = ['br_netfilter', 'bridge', 'ip_vs', 'nf_conntrack'];

const ask = `for folder in ${FOLDERS.join(' ')}; do
  [ -d "$folder" ] || continue
  for path in "$folder"/*.conf; do
    [ -f "$path" ] || continue
    if [ -r "$path" ]; then grep -H "^[^#;]" "$path" | sed "s/^/boot /"; else printf "denied %s\n" "$path"; fi
  done
done
[ ! -f /etc/modules ] || grep -H "^[^#;]" /etc/modules | sed "s/^/boot /"
release=$(uname -r)
builtin=/lib/modules/$release/modules.builtin
if [ -r "$builtin" ]; then
  grep -E "/(${MODULES.join('|')}).ko" "$builtin" | sed "s/^/builtin /"
else
  echo "no builtin"
fi
for name in ${MODULES.join(' ')}; do
  [ ! -d "/sys/module/$name" ] || echo "loaded $name"
done
true`;

export default defineCollector({
  id: 'modules',
  doc: 'Modules that bring settings of their own: those that are there, and those that the next boot loads early.',
  scope: 'host',
  samples: 1,
  probes: { modules: command('/etc/modules-load.d', ask) },
  type: t.object({
    loaded: t.list(
      t.string(),
      'Of br_netfilter, bridge, ip_vs and nf_conntrack those that are in the kernel now',
    ),
    boot: t.list(t.string(), 'Names in modules-load.d and /etc/modules: loaded before settings are made'),
    builtin: t.list(t.string(), 'Of those four, the ones that are part of the kernel'),
  }),
  parse({ modules }) {
    const found = { loaded: [] as string[], boot: [] as string[], builtin: [] as string[] };
    const lines: Line[] = [];
    const denied: string[] = [];
    let listed = true;
    for (const row of modules!.split('\n')) {
      // boot /etc/modules-load.d/k8s.conf:br_netfilter    builtin kernel/net/bridge/bridge.ko    loaded nf_conntrack
      const boot = /^boot ([^:]+):\s*(\S+)/.exec(row);
      const builtin = /^builtin .*\/([^/]+)\.ko/.exec(row);
      const loaded = /^loaded (\S+)$/.exec(row);
      const refused = /^denied (.+)$/.exec(row);
      if (boot) {
        found.boot.push(underscored(boot[2]!));
        lines.push({ origin: boot[1]!, line: 0, text: boot[2]! });
      } else if (builtin) found.builtin.push(underscored(builtin[1]!));
      else if (loaded) found.loaded.push(loaded[1]!);
      else if (refused) denied.push(refused[1]!);
      else if (row === 'no builtin') listed = false;
      else if (row !== '') throw new Error(`"${row.slice(0, 80)}" is not understood`);
    }
    const partial = denied.length > 0 ? { partial: `permission denied: ${denied.join(', ')}` } : {};
    return {
      value: {
        loaded: [...new Set(found.loaded)].sort(),
        boot: [...new Set(found.boot)].sort(),
        builtin: [...new Set(found.builtin)].sort(),
      },
      lines: { boot: lines },
      ...(listed ? {} : { unreadable: { builtin: 'this kernel has no modules.builtin' } }),
      ...partial,
    };
  },
});

/** `br-netfilter` is `br_netfilter`: modprobe(8). */
function underscored(name: string): string {
  return name.replaceAll('-', '_');
}
