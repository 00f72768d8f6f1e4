import { bySeverity } from '../evaluate/report-views.ts';
import { groupedBy } from '../grouped-by.ts';
import type { DrawnHop, Finding, Fix, HostSummary, Line, Medium, Report } from '../model.ts';
import { printable } from './printable.ts';

/** The findings that others explain, as `TW003 on s2/init`, by the fingerprint of the one that explains them. */
export function explanations({
  findings,
  rules,
}: Pick<Report, 'findings' | 'rules'>): ReadonlyMap<string, string[]> {
  const own = new Map(rules.map(({ id, severity }) => [id, severity]));
  // most of a fleet's checks passed: neither do they explain, nor are they explained
  const failed = findings.filter(({ verdict }) => verdict === 'fail');
  const tops = new Map(failed.map(({ fingerprint, rule }) => [fingerprint, own.get(rule)]));
  const explained = new Map<string, string[]>();
  for (const [top, group] of groupedBy(failed, ({ foldedInto }) => foldedInto)) {
    if (top === null) continue;
    const counted = tops.get(top) ?? 'error';
    // the reason why the finding of a mild rule counts as more
    const raises = ({ severity }: Finding) =>
      bySeverity({ severity }, { severity: counted }) < 0 ? ` (${severity})` : '';
    explained.set(
      top,
      group.map((finding) => `${printable(finding.rule)}${raises(finding)} on ${subjectOf(finding)}`),
    );
  }
  return explained;
}

/** The start, the end, and every hop in between that changed an address, or may have changed a port. */
export const hopsThatMatter = (hops: readonly DrawnHop[]): DrawnHop[] =>
  hops.filter((hop, i) => i === hops.length - 1 || Object.keys(givenBy(hop, hops[i - 1])).length > 0);

/** Returns what a hop gave packets, as against the hop before: an address that stays where only the port may be another. */
export function givenBy(
  hop: DrawnHop,
  before: DrawnHop | undefined,
): { source?: string; destination?: string } {
  const { source, destination } = hop;
  return {
    ...((destination !== before?.destination || givesDestination(hop)) && { destination }),
    ...((source !== before?.source || givesSource(hop)) && { source }),
  };
}

/** Tells whether a rule gives packets another source, though that may be the same address with another port. */
export const givesSource = ({ kind, target }: DrawnHop): boolean =>
  kind === 'rule' && /^(masquerade|snat|netmap)$/i.test(target);

/** Tells the same of a destination. */
export const givesDestination = ({ kind, target }: DrawnHop): boolean =>
  kind === 'rule' && /^(dnat|redirect)$/i.test(target);

/** `s2`, or `s2/rmt50-master`: a host's own namespace needs no name. */
export const nodeName = ({ host, namespace }: Pick<DrawnHop, 'host' | 'namespace'>): string =>
  namespace === 'init' || namespace === '' ? host : `${host}/${namespace}`;

/** `POSTROUTING:5 MASQUERADE`, `IPVS wlc/masq`; nothing for the socket at the end. */
export const stageOf = ({ kind, stage, target }: DrawnHop): string =>
  kind === 'delivered' ? '' : `${stage} ${target}`.trimEnd();

/** Returns a key of several strings that no choice of strings can forge. */
export const compositeKey = (...parts: (string | null)[]): string => JSON.stringify(parts);

/** Names the subject of a finding or a gap: `s2/rmt50-master`, or `s2` for the host itself. */
export function subjectOf({ host, namespace }: Pick<Finding, 'host' | 'namespace'>): string {
  return printable(namespace === null ? host : `${host}/${namespace}`);
}

/** Names the source of a host: its line in the inventory, what it was read from, or both. */
export function whenceOf({ source, medium }: HostSummary): string {
  const place = `${source.file}:${source.line}`;
  if (medium === undefined) return printable(place);
  return source.file === medium.path ? mediumOf(medium) : `${printable(place)}, ${mediumOf(medium)}`;
}

/** `image golden/rootfs`, `archive s2.tar.xz, taken 2024-03-01T10:00:00Z` */
export function mediumOf({ kind, path, takenAt }: Medium): string {
  return printable(`${kind} ${path}${takenAt === null ? '' : `, taken ${takenAt}`}`);
}

/** Names the place of a line of evidence: `iptables-save:31`. */
export function originOf({ origin, line }: Line): string {
  return printable(line > 0 ? `${origin}:${line}` : origin);
}

/** Returns the text of a line of evidence and its remark. */
export const lineText = ({ text, remark }: Line): string =>
  `${printable(text).trim()}${remark === undefined ? '' : ` (${printable(remark)})`}`;

/** Returns a remedy's commands: its sysctls first, then the others. */
export function commandsOf(fix: Fix): string[] {
  const { sysctl = {}, atLeast = {}, adds = {}, interfaces = {}, modules = [], commands = [] } = fix;
  return [
    ...modules.map((name) => `modprobe ${name} && echo ${name} >>/etc/modules-load.d/${name}.conf`),
    ...Object.entries(sysctl).map(([key, value]) => settingCommand(key, value)),
    ...Object.entries(atLeast).map(([key, value]) => `${settingCommand(key, value)}   # or more`),
    ...Object.entries(adds).map(([key, value]) => `sysctl ${key}   # then ${value} besides what it has`),
    ...Object.entries(interfaces).map(([name, value]) =>
      settingCommand(`net.ipv4.conf.INTERFACE.${name}`, value),
    ),
    ...commands.flatMap((command) => command.split('\n')),
  ].map(printable);
}

/** Returns a remedy for findings: commands for hosts that run, and lines for the files of images, from the image's root. */
export function remedyLines(fix: Fix, findings: readonly Finding[], { hosts }: Report): string[] {
  const images = new Set(hosts.flatMap(({ name, medium }) => (medium?.kind === 'image' ? [name] : [])));
  const onImages = findings.filter(({ host }) => images.has(host)).length;
  return [
    ...(onImages < Math.max(1, findings.length) ? commandsOf(fix) : []),
    ...(onImages > 0 ? imageLinesOf(fix) : []),
  ];
}

/** An image has no settings in force, and nothing runs there: its next boot reads its files. */
function imageLinesOf({
  sysctl = {},
  atLeast = {},
  adds = {},
  interfaces = {},
  modules = [],
  removes = [],
}: Fix) {
  const set = (key: string, value: string | number) =>
    `echo ${shellWord(`${key} = ${value}`)} >>etc/sysctl.d/99-twlint.conf`;
  return [
    ...removes.map(
      (key) =>
        `grep -rn ${shellWord(key.slice(key.lastIndexOf('.') + 1))} ${SYSCTL_FILES}   # delete these lines`,
    ),
    ...modules.map((name) => `echo ${shellWord(name)} >>etc/modules-load.d/${name}.conf`),
    ...Object.entries(sysctl).flatMap(([key, value]) => (removes.includes(key) ? [] : [set(key, value)])),
    ...Object.entries(atLeast).map(([key, value]) => `${set(key, value)}   # or more`),
    ...Object.entries(adds).map(([key, value]) => `${set(key, value)}   # besides what it has`),
    ...Object.entries(interfaces).map(([name, value]) => set(`net.ipv4.conf.INTERFACE.${name}`, value)),
  ].map(printable);
}

const SYSCTL_FILES = 'etc/sysctl.conf etc/sysctl.d usr/lib/sysctl.d';

export const settingCommand = (key: string, value: string | number): string =>
  `sysctl -w ${shellWord(`${key}=${value}`)}`;

export function shellWord(word: string): string {
  return /^[\w.,:/=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
