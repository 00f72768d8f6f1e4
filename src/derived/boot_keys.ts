import kernel from '../collectors/kernel.ts';
import sysctl from '../collectors/sysctl.ts';
import sysctlBoot from '../collectors/sysctl_boot.ts';
import { type Parsed, t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import type { Line } from '../model.ts';
import { mayHave, removedIn } from '../network/sysctl/kernels.ts';
import { netns } from './known.ts';

type Settings = Parsed<Record<string, unknown>>;
type Boot = Parsed<{ settings: Record<string, string>; tolerated: Record<string, boolean> }>;

interface Dead {
  key: string;
  value: string;
  removed: string;
}

interface Undecided {
  key: string;
  value: string;
  until: string;
}

/**
 * Settings whose kernel code is always there: neither a module nor an interface brings them, so that a kernel that does
 * not show one has none. The collector leaves out the last two, which are secrets.
 */
const ALWAYS_THERE = /^net\.(?:ipv4|core)\.(?!ip_conntrack_max$|tcp_fastopen_key$|netdev_rss_key$)[^.*?]+$/;

/** Only the host's own namespace shows it (net/core/sysctl_net_core.c, net_core_table): a container has no part of it. */
const OF_THE_HOST_ALONE = 'net.core.netdev_max_backlog';

export default defineDerivedFact({
  id: 'boot_keys',
  doc: "What the files of sysctl.d set that the kernel does not have, or may not have. Nothing outside of the host's own namespace.",
  scope: 'netns',
  entries: {
    dead: entry({
      type: t.list(
        t.object({
          key: t.string(),
          value: t.string('As the file has it'),
          removed: t.string(
            'The first version of Linux known to have it no more; empty where that is not known, or none ever had it',
          ),
        }),
        "Those that the kernel does not have, and whose lines don't begin with `-`",
      ),
      from: { sysctl, sysctl_boot: sysctlBoot, kernel, netns },
      derive({ sysctl, sysctl_boot, kernel, netns }): Derivation<Dead[]> {
        if (!netns.value.init) return { value: [], despite: 'all' };
        const value = absent(sysctl, sysctl_boot)
          .filter(({ key }) => isDead(key, sysctl, kernel.value.release))
          .map(({ key, value }) => ({ key, value, removed: removedIn(key) ?? '' }));
        return { value, lines: linesOf(value, sysctl_boot) };
      },
    }),
    undecided: entry({
      type: t.list(
        t.object({
          key: t.string(),
          value: t.string('As the file has it'),
          until: t.string('The first version of Linux known to have it no more'),
        }),
        'Of an image without a kernel: those that some kernels have, and others no longer',
      ),
      from: { sysctl, sysctl_boot: sysctlBoot, netns },
      derive({ sysctl, sysctl_boot, netns }): Derivation<Undecided[]> {
        if (!netns.value.init) return { value: [], despite: 'all' };
        const { settings } = sysctl_boot.value;
        const value = Object.entries(settings).flatMap(([key, value]) => {
          const until = removedIn(key);
          return until === null || !Object.hasOwn(sysctl.unreadable ?? {}, key)
            ? []
            : [{ key, value, until }];
        });
        return { value, lines: linesOf(value, sysctl_boot) };
      },
    }),
  },
});

/** Returns the settings of files that are known not to be shown. */
function absent({ value, unreadable = {}, partial }: Settings, { value: boot }: Boot) {
  if (partial !== undefined) return [];
  return Object.entries(boot.settings)
    .filter(([key]) => !Object.hasOwn(value, key) && !Object.hasOwn(unreadable, key))
    .filter(([key]) => boot.tolerated[key] !== true)
    .map(([key, text]) => ({ key, value: text }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function isDead(key: string, { value }: Settings, release: string): boolean {
  if (Object.hasOwn(value, OF_THE_HOST_ALONE) && ALWAYS_THERE.test(key)) return true;
  const has = mayHave(release, key);
  return has.ok && !has.value;
}

const linesOf = (list: readonly { key: string }[], { lines = {} }: Boot): Line[] =>
  list.flatMap(({ key }) => [lines[key] ?? []].flat());
