import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { sysctlKey, sysctlValue, takenOfSysctlValue } from '../network/sysctl/key.ts';
import { whyUnseen } from '../network/unseen.ts';
import { whyUnread } from './boot-files/probe.ts';
import { ask, atRest, CONF } from './sysctl_boot/probe.ts';

const probes = { files: command('/etc/sysctl.d', ask, { atRest, conf: CONF }) };

export default defineCollector({
  id: 'sysctl_boot',
  doc: 'What /etc/sysctl.conf and the files of sysctl.d set at the next boot.',
  scope: 'host',
  samples: 1,
  probes,
  type: t.object({
    settings: t.map(t.string(), 'By name, as in `sysctl`; where several files set one, the value that wins'),
    patterns: t.map(t.string(), 'The same by names with `*`, which stand for what no file names'),
    excluded: t.list(t.string(), 'Names that patterns leave alone: those that stand alone behind a `-`'),
    overridden: t.list(
      t.object({
        key: t.string(),
        value: t.string(),
        place: t.string('`/etc/sysctl.d/10-a.conf:3`'),
        winner: t.string('The place that wins'),
      }),
      'Lines that set something else than what wins',
    ),
    tolerated: t.map(
      t.bool(),
      'Whether the line of a name begins with `-`: systemd-sysctl says nothing where the kernel lacks it',
    ),
    of_vendor: t.map(
      t.bool(),
      "Whether the line of a name is in a distribution's file, of /usr/lib or /lib, that nobody wrote for this host",
    ),
    ignored: t.map(t.string(), 'What /etc/sysctl.conf sets where nothing reads it at boot'),
  }),
  parse({ files }) {
    const { found, systemd, unseen } = readFiles(files);
    const { read, unread } = inOrder(found, systemd);
    const settings = read.flatMap(settingsIn);
    const winning = new Map(settings.map((setting) => [setting.key, setting]));
    const ignored = unread.flatMap(settingsIn);
    const values = (chosen: Setting[]) => Object.fromEntries(chosen.map(({ key, value }) => [key, value]));
    const isPattern = ({ key }: Setting) => /[*?]/.test(key);
    const overridden = settings.flatMap((setting) => {
      const winner = winning.get(setting.key);
      return winner && winner.value !== setting.value ? [{ ...setting, winner }] : [];
    });
    const lines: Record<string, Line | Line[]> = Object.fromEntries(
      [...winning.values(), ...ignored.filter(({ key }) => !winning.has(key))].map(({ key, line }) => [
        key,
        line,
      ]),
    );
    lines.overridden = overridden.flatMap(({ line, winner }) => [line, winner.line]);
    lines.ignored = ignored.map(({ line }) => line);
    const partial = unseen.length > 0 ? { partial: unseen.join('; ') } : {};
    return {
      value: {
        settings: values([...winning.values()].filter((setting) => !isPattern(setting))),
        patterns: values([...winning.values()].filter(isPattern)),
        excluded: [...new Set(read.flatMap(excludedIn))].sort(),
        overridden: overridden.map(({ key, value, line, winner }) => ({
          key,
          value,
          place: placeOf(line),
          winner: placeOf(winner.line),
        })),
        tolerated: Object.fromEntries(
          [...winning.values()].map(({ key, line }) => [key, line.text.startsWith('-')]),
        ),
        of_vendor: Object.fromEntries(
          [...winning.values()].map(({ key, line }) => [key, /^\/(usr\/)?lib\//.test(line.origin)]),
        ),
        ignored: values(ignored),
      },
      lines,
      ...partial,
    };
  },
});

const placeOf = ({ origin, line }: Line) => `${origin}:${line}`;

interface Setting {
  key: string;
  value: string;
  line: Line;
}

interface File {
  path: string;
  rows: string[];
}

function readFiles(text: string) {
  const found: File[] = [];
  /** By what their paths begin with, up to a colon: a path may have more of them. */
  const byStart = new Map<string, File[]>();
  const startOf = (text: string) => text.replace(/:.*$/s, '');
  const add = (file: File) => {
    found.push(file);
    const alike = byStart.get(startOf(file.path));
    if (alike === undefined) byStart.set(startOf(file.path), [file]);
    else alike.push(file);
  };
  const unseen: string[] = [];
  let systemd = false;
  for (const line of text.split('\n')) {
    const why = whyUnseen(line);
    const unread = whyUnread(line);
    // /etc/sysctl.d/99-gp.conf:net.ipv4.tcp_tw_recycle = 1
    const current = byStart.get(startOf(line))?.findLast(({ path }) => line.startsWith(`${path}:`));
    if (current) current.rows.push(line.slice(current.path.length + 1));
    else if (line.startsWith('file ')) add({ path: line.slice('file '.length), rows: [] });
    else if (unread !== null) unseen.push(unread);
    else if (why !== null) unseen.push(why);
    else if (line === 'systemd') systemd = true;
    else if (line !== '') throw new Error(`"${line.slice(0, 80)}" belongs to no file`);
  }
  return { found, systemd, unseen };
}

/**
 * Orders files as they are applied: by name, a name of an earlier folder hiding those of later ones. systemd leaves
 * /etc/sysctl.conf alone, save where a link in sysctl.d leads to it (Debian 12's and Red Hat's 99-sysctl.conf);
 * `sysctl --system`, which others boot with, applies it last: systemd-sysctl.service(8), sysctl(8).
 */
function inOrder(found: File[], systemd: boolean): { read: File[]; unread: File[] } {
  const byName = new Map<string, File>();
  for (const file of found) {
    const slash = file.path.lastIndexOf('/');
    const [folder, name] = [file.path.slice(0, slash), file.path.slice(slash + 1)];
    if (CONF.folders.includes(folder) && !byName.has(name)) byName.set(name, file);
  }
  const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  const last = found.filter(({ path }) => path === '/etc/sysctl.conf');
  if (!systemd) return { read: [...sorted, ...last], unread: [] };
  const isLinked = ({ rows }: File) => sorted.some((file) => file.rows.join('\n') === rows.join('\n'));
  return { read: sorted, unread: last.filter((file) => !isLinked(file)) };
}

function settingsIn({ path, rows }: File): Setting[] {
  return rows.flatMap((row, i) => {
    const text = row.trim();
    // -net.ipv4.tcp_rmem = 4096	87380	6291456, where - means: no matter if that fails
    const at = text.indexOf('=');
    const name = text.slice(0, at).replace(/^-/, '').trim();
    if (/^[#;]/.test(text) || at < 0 || name === '') return [];
    const line = { origin: path, line: i + 1, text };
    const key = sysctlKey(name);
    return [{ key, value: takenOfSysctlValue(key, sysctlValue(text.slice(at + 1))), line }];
  });
}

/** sysctl.d(5): `-net.ipv4.conf.all.rp_filter`, without a value. */
function excludedIn({ rows }: File): string[] {
  return rows.flatMap((row) => {
    const name = /^\s*-\s*([^=\s]+)\s*$/.exec(row)?.[1];
    return name === undefined ? [] : [sysctlKey(name)];
  });
}
