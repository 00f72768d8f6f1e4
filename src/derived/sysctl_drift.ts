import sysctl from '../collectors/sysctl.ts';
import sysctlBoot from '../collectors/sysctl_boot.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import { isRefusedForComment, isSameSysctlValue, matchesSysctlPattern } from '../network/sysctl/key.ts';
import { netns } from './known.ts';

const difference = t.object({
  key: t.string(),
  running: t.string('What is in force'),
  boot: t.string('What the next boot sets'),
});

interface Difference {
  key: string;
  running: string;
  boot: string;
}

export default defineDerivedFact({
  id: 'sysctl_drift',
  doc: "Where the settings in force differ from those that the next boot makes. Nothing outside of the host's own namespace.",
  scope: 'netns',
  entries: {
    list: entry({
      type: t.list(difference),
      from: { sysctl, sysctl_boot: sysctlBoot, netns },
      derive({ sysctl, sysctl_boot, netns }): Derivation<Difference[]> {
        if (!netns.value.init) return { value: [], despite: 'all' };
        const boot = atBoot(sysctl_boot.value, Object.keys(sysctl.value));
        const value = Object.entries(boot)
          .filter(([key, text]) => Object.hasOwn(sysctl.value, key) && !isRefusedForComment(key, text))
          .map(([key, text]) => ({ key, running: String(sysctl.value[key]), boot: text }))
          .filter(({ running, boot }) => !isSameSysctlValue(running, boot))
          .sort((a, b) => (a.key < b.key ? -1 : 1));
        return {
          value,
          lines: value.flatMap(({ key }) =>
            [sysctl_boot.lines?.[key] ?? [], sysctl.lines?.[key] ?? []].flat(2),
          ),
        };
      },
    }),
  },
});

interface Boot {
  settings: Record<string, string>;
  patterns: Record<string, string>;
  excluded: readonly string[];
}

/** sysctl.d(5): a pattern stands for what no file names. */
function atBoot({ settings, patterns, excluded }: Boot, keys: readonly string[]): Record<string, string> {
  const matched = Object.entries(patterns).flatMap(([pattern, value]) =>
    keys
      .filter((key) => matchesSysctlPattern(pattern, key) && !excluded.includes(key))
      .map((key): [string, string] => [key, value]),
  );
  return { ...Object.fromEntries(matched), ...settings };
}
