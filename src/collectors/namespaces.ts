import { type AtRest, command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { whyUnseen } from '../network/unseen.ts';

interface Namespace {
  inode: string;
  name: string;
  init: boolean;
  processes: string[];
}

const ORIGIN = '/proc/*/ns/net';

/** An image makes no namespaces of its own: it begins with one, as a kernel without names for them has. */
const onlyInit: AtRest = () => ({
  ok: true,
  value: { text: 'init 0\nown 0\nunreadable 0\ncapped 0\n' },
});

const probes = { list: command(ORIGIN, 'list_namespaces', { atRest: onlyInit, known: 'LISTED' }) };

export default defineCollector({
  id: 'namespaces',
  doc: 'The network namespaces of a host that have a process or a name.',
  scope: 'host',
  samples: 1,
  probes,
  type: t.object({
    list: t.list(
      t.object({
        inode: t.string('What the kernel calls it'),
        name: t.string('`init`; else what `ip netns` calls it, else its container or unit, else its inode'),
        init: t.bool('The namespace of the host itself'),
        processes: t.list(t.string(), 'Names of programs in it, up to eight; none are given for `init`'),
      }),
    ),
  }),
  parse({ list }) {
    const seen = readList(list);
    const namespaces = [...seen.namespaces.values()].map(
      ({ inode, path, named, groups, processes }): Namespace & { path: string } => {
        const init = inode === seen.init;
        return {
          inode,
          init,
          path,
          processes,
          name: init ? 'init' : (named ?? nameOfGroups(groups) ?? inode),
        };
      },
    );
    const shared = new Set(repeated(namespaces.map(({ name }) => name)));
    const unique = namespaces
      .map((one) => ({
        ...one,
        name: one.init || !shared.has(one.name) ? one.name : `${one.name}-${one.inode}`,
      }))
      .sort(byName);
    const lines: Record<string, Line> = Object.fromEntries(
      unique.map(({ name, inode, path }) => [name, { origin: path, line: 0, text: `net:[${inode}]` }]),
    );
    const value = {
      list: unique.map(({ inode, name, init, processes }) => ({ inode, name, init, processes })),
    };
    const reasons = [
      seen.unreadable > 0
        ? `the network namespaces of ${seen.unreadable} or more processes could not be read`
        : '',
      ...seen.unseen,
      seen.capped > 0 ? `${seen.capped} more namespaces were not looked at` : '',
    ].filter(Boolean);
    return { value, lines, ...(reasons.length > 0 ? { partial: reasons.join('; ') } : {}) };
  },
});

interface Found {
  inode: string;
  path: string;
  named: string | null;
  groups: string[];
  processes: string[];
}

function readList(text: string) {
  const namespaces = new Map<string, Found>();
  const numbers: Record<string, string> = {};
  const add = (inode: string, path: string, named: string | null) =>
    namespaces.set(inode, { inode, path, named, groups: [], processes: [] });
  const unseen: string[] = [];
  for (const line of text.split('\n')) {
    const why = whyUnseen(line);
    if (why !== null) unseen.push(why);
    if (line === '' || why !== null) continue;
    // netns 4026532281 /run/netns/blue blue     process 4026532281 914 postgres     cgroup 4026532281 0::/...
    const match = /^(init|own|unreadable|capped|netns|cgroup|process) (\d+)(?: (.*))?$/.exec(line);
    if (!match) throw new Error(`"${line.slice(0, 80)}" is not understood`);
    const [, kind = '', number = '', rest = ''] = match;
    if (kind === 'netns') {
      const [path = '', name = '-'] = rest.split(' ');
      add(number, path, name === '-' ? null : name);
    } else if (kind === 'cgroup') namespaces.get(number)?.groups.push(rest);
    else if (kind === 'process') namespaces.get(number)?.processes.push(rest.slice(rest.indexOf(' ') + 1));
    else numbers[kind] = number;
  }
  const { init, own, unreadable, capped } = numbers;
  if (!init || !own || !unreadable || !capped) throw new Error('the list of namespaces is not complete');
  add(init, '/proc/1/ns/net', null);
  if (!namespaces.has(own)) add(own, '/proc/self/ns/net', null);
  return { namespaces, init, unreadable: Number(unreadable), capped: Number(capped), unseen };
}

/**
 * A container or a unit, from lines of /proc/PID/cgroup (cgroups(7)), version 1 and 2:
 *   12:pids:/kubepods/burstable/pod0f3a.../<64 digits>        0::/system.slice/docker-<64 digits>.scope
 *   0::/machine.slice/machine-web.scope   1:name=systemd:/lxc/web   0::/lxc.payload.web   0::/system.slice/web.service
 */
function nameOfGroups(groups: string[]): string | null {
  const paths = groups.map((group) => group.split(':').slice(2).join(':'));
  for (const path of paths) {
    const container = path.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g)?.at(-1);
    if (container !== undefined) return container.slice(0, 12);
  }
  for (const path of paths) {
    const machine = /\/(?:lxc\/|lxc\.payload[./]|machine-)([^/]+?)(?:\.scope)?(?:\/|$)/.exec(path)?.[1];
    if (machine !== undefined) return unescaped(machine);
  }
  for (const path of paths) {
    const unit = /\/([^/]+)\.service(?:\/|$)/.exec(path)?.[1];
    if (unit !== undefined) return unescaped(unit);
  }
  return null;
}

/** systemd writes `-` in names of machines as `\x2d`. */
function unescaped(unit: string): string {
  return unit.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.has(name) || !seen.add(name));
}

function byName(a: Namespace, b: Namespace): number {
  return Number(b.init) - Number(a.init) || (a.name < b.name ? -1 : 1);
}
