import { command, defineCollector, type FileTree, type Found, file, t } from '../define.ts';
import type { Answer } from '../model.ts';
import { seenOf } from '../network/unseen.ts';
import { kernelRelease } from './at-rest/kernel-release.ts';

const OS_FILES = ['/etc/os-release', '/usr/lib/os-release', '/etc/redhat-release', '/etc/debian_version'];
/** drivers/firmware/dmi-id.c: what the maker calls the machine, for everybody to read. */
const MACHINE = '/sys/class/dmi/id/product_name';
const RUNNING = 'only a running kernel knows it';

const onlyRunning = (): Answer<never> => ({ ok: false, problem: 'absent', reason: RUNNING });

const probes = {
  release: file('/proc/sys/kernel/osrelease', { atRest: releaseAtRest }),
  // os-release(5); distributions older than that have a file of their own
  os: command(
    '/etc/os-release',
    `for path in ${OS_FILES.join(' ')}; do
  there "$path"
  case $? in
    0) cat "$path" && return || exit ;;
    2) denied "$doubt" ;;
  esac
done
absent "no os-release"`,
    {
      optional: true,
      reading: { kind: 'file', paths: OS_FILES, reason: 'no os-release' },
      atRest: osAtRest,
    },
  ),
  uptime: file('/proc/uptime', { optional: true, atRest: onlyRunning }),
  hostname: file('/proc/sys/kernel/hostname', { optional: true, atRest: onlyRunning }),
  // hidden in some containers
  boot_id: file('/proc/sys/kernel/random/boot_id', { optional: true, atRest: onlyRunning }),
  // not of every architecture, nor in containers
  machine: command(MACHINE, `IFS= read -r name <${MACHINE} && printf "%s\\n" "$name"`, {
    optional: true,
    needed: { path: MACHINE, reason: 'it is not there' },
    reading: { kind: 'file', paths: [MACHINE], reason: 'it is not there' },
    atRest: onlyRunning,
  }),
};

function releaseAtRest(tree: FileTree): Answer<Found> {
  const kernel = kernelRelease(tree);
  if (!kernel.ok) return kernel;
  return { ok: true, value: { text: kernel.value.release, origin: kernel.value.origin } };
}

function osAtRest(tree: FileTree): Answer<Found> {
  for (const origin of OS_FILES) {
    const text = tree.read(origin);
    if (text.ok) return { ok: true, value: { text: text.value, origin } };
    if (text.problem !== 'absent') return text;
  }
  return { ok: false, problem: 'absent', reason: 'no os-release' };
}

export default defineCollector({
  id: 'kernel',
  doc: 'The running kernel, its distribution and for how long it has run; of an image, the newest kernel in it.',
  scope: 'host',
  samples: 1,
  takesUnseen: true,
  probes,
  type: t.object({
    release: t.string(
      'As `uname -r` prints it: `3.10.0-1160.el7.x86_64`. Vendors backport: it proves little about features',
    ),
    os: t.string('`CentOS Linux 7 (Core)`; empty where no file says'),
    uptime: t.double('Seconds since boot'),
    hostname: t.string(),
    boot_id: t.string('Drawn at random at each boot; empty where it is hidden'),
    machine: t.string('What its maker calls it (DMI): `m8a.large` on EC2; empty where nothing shows it'),
  }),
  parse(answers) {
    const { texts, why } = seenOf(answers);
    const { release = '', os, uptime, hostname, boot_id, machine } = texts;
    const text = release.trim();
    if (text === '') throw new Error(`${probes.release.origin} is empty`);
    const name = os === undefined ? '' : osName(os);
    const seconds = uptime === undefined ? null : uptimeSeconds(uptime);
    const unreadable = {
      ...why,
      ...(uptime?.trim() && seconds === null && { uptime: noUptime(uptime) }),
    };
    const missing = Object.entries({ uptime, hostname }).filter(
      ([key, output]) => (output ?? '').trim() === '' && !Object.hasOwn(unreadable, key),
    );
    return {
      value: {
        release: text,
        os: name,
        uptime: seconds ?? 0,
        hostname: hostname?.trim() ?? '',
        boot_id: boot_id?.trim() ?? '',
        machine: machine?.trim() ?? '',
      },
      lines: {
        release: { origin: '/proc/sys/kernel/osrelease', line: 1, text },
        os: { origin: '/etc/os-release', line: 0, text: name },
        uptime: { origin: '/proc/uptime', line: 1, text: uptime?.trim() ?? '' },
        machine: { origin: MACHINE, line: 1, text: machine?.trim() ?? '' },
      },
      unsupported: Object.fromEntries(missing.map(([key]) => [key, 'nothing tells it'])),
      unreadable,
    };
  },
});

/** Returns the seconds since boot; null where it says something else. `350735.47 234388.90`: up, and idle. */
export function uptimeSeconds(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(?:\s|$)/.exec(text);
  return match === null ? null : Number(match[1]);
}

export const noUptime = (text: string) => `/proc/uptime says "${text.trim().slice(0, 60)}"`;

/** `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"`, or the first line of a file that is just a name. */
function osName(text: string): string {
  const value = (key: string) => new RegExp(`^${key}=(["']?)(.*)\\1\\s*$`, 'm').exec(text)?.[2];
  const pretty = value('PRETTY_NAME');
  if (pretty !== undefined) return pretty.replace(/\\(["'$`\\])/g, '$1');
  const name = value('NAME');
  if (name !== undefined) return [name, value('VERSION')].filter(Boolean).join(' ');
  const [first = ''] = text.trim().split('\n');
  return first;
}
