import { command, defineCollector, type FileTree, type Found, t } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import { confFiles, splitLines } from './at-rest/conf-files.ts';
import { kernelRelease } from './at-rest/kernel-release.ts';
import { confFilesProbe, whyUnread } from './boot-files/probe.ts';

/** Folders of modules-load.d(5), in the order of precedence; Debian's /etc/modules is read through a link there. */
const CONF = {
  folders: [
    '/etc/modules-load.d',
    '/run/modules-load.d',
    '/usr/local/lib/modules-load.d',
    '/usr/lib/modules-load.d',
  ],
  files: ['/etc/modules'],
};

/** Modules with settings below /proc/sys that are not there before them, and one of these. */
const MODULES = {
  br_netfilter: '/proc/sys/net/bridge/bridge-nf-call-iptables',
  ip_vs: '/proc/sys/net/ipv4/vs/conntrack',
  nf_conntrack: '/proc/sys/net/netfilter/nf_conntrack_max',
} as const;
const NAMES = Object.keys(MODULES).join('|');

// one module may need several of them
const brings = Object.keys(MODULES)
  .flatMap((name) => [
    `;g;s|^[^: ]*/\\([A-Za-z0-9_-]*\\)\\.ko[^: ]*:.*/${name}\\.ko.*|brings ${name} \\1|p`,
    `;g;s/^alias \\([A-Za-z0-9_-]*\\) ${name}$/brings ${name} \\1/p`,
  ])
  .join('');

// what has its settings, and is not in the list of modules, is part of the kernel: where there is such a list
const ask = `named() { :; }
rows() {
  sed -n "s/^\\([^:]*:\\)[0-9]*:[[:blank:]]*\\([A-Za-z0-9_-]\\{1,55\\}\\)\\([[:blank:]].*\\)\\{0,1\\}$/boot \\1\\2/p"
}
${confFilesProbe(CONF, '^[[:blank:]]*[A-Za-z0-9_-]')}
look() {
  in_kernel "$1"
  if [ "$said" = listed ] || [ -e "/sys/module/$1/initstate" ]; then
    echo "loaded $1" && return
  fi
  [ ! -e "$2" ] || said=yes
  case $said in
    yes) if [ -r /proc/modules ] || [ -d "/sys/module/$1" ] || has_no_modules; then echo "builtin $1"; else echo "untold $1"; fi ;;
    no) ;;
    *) has_no_modules || echo "untold $1" ;;
  esac
}
${Object.entries(MODULES)
  .map(([name, setting]) => `look ${name} ${setting}`)
  .join('\n')}
known=/lib/modules/\${RELEASE:-$(uname -r)}
if [ -s "$known/modules.dep" ]; then
  grep -hE "^[^: ]*/[A-Za-z0-9_-]*\\.ko[^: ]*:.*/(${NAMES})\\.ko|^alias [A-Za-z0-9_-]* (${NAMES})$" \\
    "$known/modules.dep" "$known/modules.alias" 2>/dev/null | sed -n -e "h${brings}"
else
  echo "unknown needs there is no $known/modules.dep"
fi`;

/** Reads an image: its loaded modules nobody knows before a boot; built-in ones stand in a list beside its modules. */
function atRest(tree: FileTree): Answer<Found> {
  const kernel = kernelRelease(tree);
  const list = kernel.ok ? tree.read(`${kernel.value.origin}/modules.builtin`) : kernel;
  const files = confFiles(tree, CONF.folders, CONF.files);
  if (!files.ok) return files;
  const boot = files.value.flatMap(({ path, lines }) =>
    lines === null ? [`denied ${path}`] : lines.flatMap(moduleIn).map((name) => `boot ${path}:${name}`),
  );
  // kernel/net/netfilter/nf_conntrack.ko
  const names = list.ok ? splitLines(list.value).map((line) => /([^/]+)\.ko$/.exec(line)?.[1] ?? '') : [];
  const builtin = Object.keys(MODULES).filter((name) => names.map(underscored).includes(name));
  const dependents = kernel.ok ? dependentsIn(tree, kernel.value.origin) : [`unknown needs ${kernel.reason}`];
  const untold = [
    `unknown loaded only a running kernel knows it`,
    ...(list.ok ? [] : [`unknown builtin ${list.reason}`]),
  ];
  const text = [...boot, ...builtin.map((name) => `builtin ${name}`), ...dependents, ...untold, ''];
  return { ok: true, value: { text: text.join('\n') } };
}

/**
 * Reads who brings these modules: modules.dep names all that a module needs, whatever needs it in turn, and
 * modules.alias other names (depmod(8), modules.dep(5)).
 */
function dependentsIn(tree: FileTree, folder: string): string[] {
  const dep = tree.read(`${folder}/modules.dep`);
  if (!dep.ok) return [`unknown needs ${dep.reason}`];
  if (dep.value.trim() === '') return [`unknown needs ${folder}/modules.dep is empty`];
  const alias = tree.read(`${folder}/modules.alias`);
  const needing = splitLines(dep.value).flatMap((line) => {
    const [, name = '', needed = ''] = /^(?:[^:]*\/)?([\w-]+)\.ko[^:]*:(.*)$/.exec(line) ?? [];
    const needs = needed.split(' ').map((path) => /([\w-]+)\.ko[^/]*$/.exec(path)?.[1] ?? '');
    return Object.keys(MODULES).flatMap((one) => (needs.includes(one) ? [`brings ${one} ${name}`] : []));
  });
  const named = alias.ok ? splitLines(alias.value) : [];
  const other = named.flatMap((line) => {
    const [, name = '', module = ''] = /^alias ([\w-]+) (\w+)$/.exec(line) ?? [];
    return Object.hasOwn(MODULES, module) ? [`brings ${module} ${name}`] : [];
  });
  return [...needing, ...other];
}

/**
 * Returns the first token of a line, where it may be the name of a module: no file is shown that is something else.
 */
const moduleIn = (line: string) => /^[ \t]*([A-Za-z0-9_-]{1,55})(?:[ \t]|$)/.exec(line)?.[1] ?? [];

const probes = { modules: command('/etc/modules-load.d', ask, { atRest, conf: CONF }) };

export default defineCollector({
  id: 'modules',
  doc: 'Modules that bring settings of their own: those that are there, and those that the next boot loads early.',
  scope: 'host',
  samples: 1,
  probes,
  type: t.object({
    loaded: t.list(t.string(), 'Of br_netfilter, ip_vs and nf_conntrack those that were loaded'),
    boot: t.list(
      t.string(),
      'Names in modules-load.d and /etc/modules, which are loaded before settings are made; and of these three the ones ' +
        'that another one of them brings, since it needs them or is another name of theirs',
    ),
    builtin: t.list(t.string(), 'Of these three, the ones that are part of the kernel'),
  }),
  parse({ modules }) {
    const found = { loaded: [] as string[], boot: [] as string[], builtin: [] as string[] };
    const lines: Line[] = [];
    const unread: string[] = [];
    const unreadable: Record<string, string> = {};
    const unsupported: Record<string, string> = {};
    const bringing = new Map<string, string[]>();
    let noList: string | null = null;
    for (const row of modules.split('\n')) {
      // boot /etc/modules-load.d/k8s.conf:br_netfilter    builtin ip_vs    loaded nf_conntrack
      const [, origin = '', module] = /^boot ([^:]+):\s*(\S+)/.exec(row) ?? [];
      const [, state, name = ''] = /^(loaded|builtin) (\w+)$/.exec(row) ?? [];
      const notRead = whyUnread(row);
      const [, brought = '', by] = /^brings (\w+) ([\w-]+)$/.exec(row) ?? [];
      const hidden = /^untold (\w+)$/.exec(row)?.[1];
      const [, untold, reason = ''] = /^unknown (loaded|builtin|boot|needs) (.+)$/.exec(row) ?? [];
      if (module !== undefined) {
        found.boot.push(underscored(module));
        lines.push({ origin, line: 0, text: module });
      } else if (by !== undefined)
        bringing.set(underscored(by), [...(bringing.get(underscored(by)) ?? []), brought]);
      else if (state !== undefined) found[state as 'loaded' | 'builtin'].push(name);
      else if (notRead !== null) unread.push(notRead);
      else if (hidden !== undefined)
        for (const key of ['loaded', 'builtin'])
          unreadable[key] =
            `whether ${hidden} is, nothing here tells: neither /proc/modules nor /proc/kallsyms says`;
      else if (untold === 'needs') noList = reason;
      else if (untold !== undefined) unsupported[untold] = reason;
      else if (row !== '') throw new Error(`"${row.slice(0, 80)}" is not understood`);
    }
    const known = noList === null ? bringing : new Map(found.boot.map((name) => [name, broughtByName(name)]));
    const others = found.boot.filter(
      (name) => !Object.hasOwn(MODULES, name) && known.get(name)?.length === 0,
    );
    if (noList !== null && others.length > 0)
      unread.push(`which modules ${others[0]} needs is not known: ${noList}`);
    const brought = found.boot.flatMap((name) => known.get(name) ?? []);
    return {
      value: {
        loaded: found.loaded.sort(),
        boot: [...new Set([...found.boot, ...brought])].sort(),
        builtin: found.builtin.sort(),
      },
      lines: { boot: lines },
      unsupported,
      unreadable,
      within: unread.length > 0 ? { boot: { partial: unread.join('; ') } } : {},
    };
  },
});

/** Reads dependence off the modules' names, where no list tells: whatever extends one of them needs it. */
function broughtByName(name: string): string[] {
  if (name === 'ip_vs') return ['nf_conntrack'];
  if (name.startsWith('ip_vs_')) return ['ip_vs', 'nf_conntrack'];
  return name.startsWith('nf_conntrack_') || name.startsWith('nf_nat') ? ['nf_conntrack'] : [];
}

/** `br-netfilter` is `br_netfilter`: modprobe(8). */
function underscored(name: string): string {
  return name.replaceAll('-', '_');
}
