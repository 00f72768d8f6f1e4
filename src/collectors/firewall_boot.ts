import { command, defineCollector, type FileTree, type Found, t } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import { confFiles } from './at-rest/conf-files.ts';
import { servicesIn } from './at-rest/services.ts';
import { confFilesProbe, whyUnread } from './boot-files/probe.ts';

/** Services that load rules when they start, and those that make rules as long as they run. */
const SERVICES = [
  'crio',
  'docker',
  'firewalld',
  'incus',
  'iptables',
  'k3s',
  'k3s-agent',
  'kubelet',
  'libvirtd',
  'lxd',
  'netfilter-persistent',
  'nftables',
  'rke2-agent',
  'rke2-server',
  'ufw',
];

/** The files that nftables.service loads: Debian's, and Red Hat's. */
const CONF = { folders: [], files: ['/etc/nftables.conf', '/etc/sysconfig/nftables.conf'] };

const FLUSH = /^[ \t]*flush[ \t]+ruleset/;

// of a file nothing is shown but the lines on which it flushes
const ask = `named() { printf "file %s\\n" "$1"; }
rows() { while IFS=: read -r path number line; do printf "flush %s\\n" "$path:$number"; done; }
${confFilesProbe(CONF, '^[[:blank:]]*flush[[:blank:]]\\{1,\\}ruleset')}
enabled=
for link in /etc/systemd/system/*.wants/*.service /etc/systemd/system/*.requires/*.service \\
  /usr/lib/systemd/system/*.wants/*.service /etc/rc[S2345].d/S[0-9][0-9]*; do
  [ -e "$link" ] || [ -L "$link" ] || continue
  name=\${link##*/}
  case $name in *.service) name=\${name%.service} ;; *) name=\${name#S??} ;; esac
  enabled="$enabled $name "
done
for name in ${SERVICES.join(' ')}; do
  case $enabled in *" $name "*) printf "service %s\\n" "$name" ;; esac
  for unit in /etc/systemd/system/$name.service /usr/lib/systemd/system/$name.service \\
    /lib/systemd/system/$name.service /etc/init.d/$name; do
    [ -e "$unit" ] || [ -L "$unit" ] || continue
    printf "installed %s %s\\n" "$name" "$unit"
    break
  done
done`;

function atRest(tree: FileTree): Answer<Found> {
  const files = confFiles(tree, CONF.folders, CONF.files);
  if (!files.ok) return files;
  const rows = files.value.flatMap(({ path, lines }) =>
    lines === null
      ? [`denied ${path}`]
      : [`file ${path}`, ...lines.flatMap((line, i) => (FLUSH.test(line) ? [`flush ${path}:${i + 1}`] : []))],
  );
  const { enabled, installed, hidden } = servicesIn(tree);
  const services = SERVICES.flatMap((name) => [
    ...(enabled.has(name) ? [`service ${name}`] : []),
    ...(installed.has(name) ? [`installed ${name} ${installed.get(name)}`] : []),
  ]);
  const unread = hidden === null ? [] : [`unread services\t${hidden}`];
  return { ok: true, value: { text: [...rows, ...services, ...unread, ''].join('\n') } };
}

const probes = { files: command('/etc/nftables.conf', ask, { atRest, conf: CONF }) };

export default defineCollector({
  id: 'firewall_boot',
  doc: 'What loads rules of a firewall at boot, and what nftables.service does to the rules of others.',
  scope: 'host',
  samples: 1,
  probes,
  type: t.object({
    services: t.list(
      t.string(),
      `Services that the next boot starts, of those that load or keep rules: ${SERVICES.map((name) => `\`${name}\``).join(', ')}`,
    ),
    installed: t.list(t.string(), 'Those of them that are there, whether or not the next boot starts them'),
    flushes: t.list(
      t.string(),
      'Where the files that nftables.service loads say `flush ruleset`: `/etc/nftables.conf:3`',
    ),
  }),
  parse({ files }) {
    const found = { services: [] as string[], installed: [] as string[], flushes: [] as string[] };
    const lines: Line[] = [];
    const units: Line[] = [];
    const unread: string[] = [];
    for (const row of files.split('\n')) {
      const service = /^service ([a-z0-9-]+)$/.exec(row)?.[1];
      const [, name, unit = ''] = /^installed ([a-z0-9-]+) (\/\S+)$/.exec(row) ?? [];
      const [, path, line] = /^flush (\/[^:]+):(\d+)$/.exec(row) ?? [];
      const why = whyUnread(row);
      if (service !== undefined && SERVICES.includes(service)) found.services.push(service);
      else if (name !== undefined && SERVICES.includes(name)) {
        found.installed.push(name);
        units.push({ origin: unit, line: 0, text: `${name} is installed` });
      } else if (path !== undefined) {
        found.flushes.push(`${path}:${line}`);
        lines.push({ origin: path, line: Number(line), text: 'flush ruleset' });
      } else if (why !== null) unread.push(why);
      else if (row !== '' && !CONF.files.some((file) => row === `file ${file}`))
        throw new Error(`"${row.slice(0, 80)}" is not understood`);
    }
    return {
      value: found,
      lines: { flushes: lines, installed: units },
      ...(unread.length > 0 ? { partial: unread.join('; ') } : {}),
    };
  },
});
