/** The answers of a host's copied files, where they are not the whole answer of an image. */
import type { AtRest, FileTree, Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { unseen, withoutRemark } from '../../network/unseen.ts';
import type { ArchivedHost, Outputs } from './outputs.ts';

const missing = (what: string): Answer<Found> => ({
  ok: false,
  problem: 'unsupported',
  reason: `${what} is not in the archive`,
});

const has = (tree: FileTree, path: string) => tree.read(path).ok || tree.list(path).ok;

/** Answers a probe; `files`: the answer of an image. What an archive has not copied, the host may have nevertheless. */
type Ask = (files: Answer<Found>, host: ArchivedHost) => Answer<Found>;

const withText = (answer: Answer<Found>, change: (text: string) => string): Answer<Found> =>
  answer.ok ? { ok: true, value: { ...answer.value, text: change(answer.value.text) } } : answer;

const sysctlBoot: Ask = (files, { files: tree, namespaces }) => {
  if (!has(tree, '/etc/sysctl.conf') && !has(tree, '/etc/sysctl.d')) return missing('/etc/sysctl.d');
  const uncopied = ['/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d'].filter(
    (path) => !has(tree, path),
  );
  const systemd = isSystemd(tree, namespaces[0].outputs) ? 'systemd\n' : '';
  const doubt = uncopied.length > 0 ? unseen(`${uncopied.join(', ')}: not in the archive`) : '';
  return withText(files, (text) => `${systemd}${text.replace(/^systemd\n/, '')}${doubt}`);
};

/** Tells whether the first process is systemd: it is called after its program, or `init` for a link to it. */
function isSystemd(tree: FileTree, outputs: Outputs): boolean {
  const processes = outputs('processes');
  if (tree.list('/run/systemd').ok || tree.list('/sos_commands/systemd').ok) return true;
  return processes.ok && /^root +1 .*systemd/m.test(processes.value.text);
}

const modules: Ask = (files, { files: tree, namespaces }) => {
  const copied = tree.read('/proc/modules');
  const printed = namespaces[0].outputs('lsmod');
  const list = copied.ok || !printed.ok ? copied : { ok: true as const, value: printed.value.text };
  const sysctl = namespaces[0].outputs('sysctl');
  if (!list.ok && !sysctl.ok) return missing('/proc/modules');
  const settings = sysctl.ok ? withoutRemark(sysctl.value.text) : { text: '', unseen: sysctl.reason };
  const isListPart = !copied.ok && printed.ok && printed.value.partial !== undefined;
  const states = SETTINGS.flatMap(([name, setting]) => {
    const isShown = new RegExp(`^${setting.replaceAll('.', '\\.')} ?=`, 'm').test(settings.text);
    if (list.ok && new RegExp(`^${name} +\\d`, 'm').test(list.value)) return [`loaded ${name}`];
    if (isListPart) return [`untold ${name}`];
    if (isShown) return list.ok ? [`builtin ${name}`] : [`untold ${name}`];
    // what has no settings is neither, where all of them are shown
    return settings.unseen === null
      ? []
      : list.ok
        ? [`unknown builtin ${settings.unseen}`]
        : [`untold ${name}`];
  });
  const boot = files.ok ? files.value.text.split('\n').filter((row) => row.startsWith('boot ')) : [];
  const doubt = has(tree, '/etc/modules-load.d')
    ? []
    : ['unknown boot /etc/modules-load.d is not in the archive'];
  return {
    ok: true,
    value: { text: [...boot, ...states, ...doubt, ''].join('\n') },
  };
};

/** A setting that each of these modules brings with it. */
const SETTINGS = [
  ['br_netfilter', 'net.bridge.bridge-nf-call-iptables'],
  ['ip_vs', 'net.ipv4.vs.conntrack'],
  ['nf_conntrack', 'net.netfilter.nf_conntrack_max'],
] as const;

/**
 * Answers for keepalived. Where it ran, it ran with these files; a list of packages shows that it was not even
 * installed.
 */
const keepalived: Ask = (files, { files: tree, namespaces, cutFiles = new Map() }) => {
  const processes = namespaces[0].outputs('processes');
  const ran = processes.ok && /\bkeepalived\b/.test(processes.value.text);
  const areListed = processes.ok && withoutRemark(processes.value.text).unseen === null;
  const cut = [...cutFiles].filter(([path]) => path.startsWith('/etc/keepalived/'));
  const unread = cut.map(([path, why]) => `unread ${path}\t${why}\n`).join('');
  if (has(tree, '/etc/keepalived')) {
    const hidden = ran || areListed ? '' : 'hidden no list of processes is in the archive\n';
    return withText(files, (text) => {
      const rows = ran ? text.replace(/^idle /, 'running 0 ') : text;
      return ran || hidden !== '' || unread !== '' ? `${rows.replace(/\n?$/, '\n')}${hidden}${unread}` : rows;
    });
  }
  const packages = ['/installed-rpms', '/installed-debs'].map((path) => tree.read(path)).find(({ ok }) => ok);
  if (!ran && packages?.ok && !/\bkeepalived\b/.test(packages.value))
    return { ok: false, problem: 'absent', reason: 'keepalived was not installed' };
  return missing('/etc/keepalived');
};

const os: Ask = (files) => (files.ok ? files : { ...files, problem: 'absent' });

const ASKS: Readonly<Record<string, Ask>> = {
  'kernel.os': os,
  'keepalived.files': keepalived,
  'modules.modules': modules,
  'sysctl_boot.files': sysctlBoot,
};

/** Answers a probe from the copied files. Null for a probe that none of them answers. */
export function askFiles(
  probe: string,
  atRest: AtRest | undefined,
  host: ArchivedHost,
): Answer<Found> | null {
  const ask = ASKS[probe];
  return ask && atRest ? ask(atRest(host.files), host) : null;
}
