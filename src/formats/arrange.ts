import type { Finding, Fix, Gap, Line, Report, Severity } from '../model.ts';
import { printable } from './printable.ts';

const rank: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

/** For sorting: worst first. */
export const bySeverity = (a: { severity: Severity }, b: { severity: Severity }): number =>
  rank[a.severity] - rank[b.severity];

/** Values that share a key, in order of first appearance. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return [...groups.values()];
}

/** A key of several words that no choice of words can forge. */
export const keyOf = (...words: (string | null)[]): string => JSON.stringify(words);

/** What a finding or a gap is about: `s2/rmt50-master`, or `s2` for the host itself. */
export function subjectOf({ host, namespace }: Pick<Finding, 'host' | 'namespace'>): string {
  return printable(namespace === null ? host : `${host}/${namespace}`);
}

/** Where a line of evidence stood: `iptables-save:31`. */
export function originOf({ origin, line }: Line): string {
  return printable(line > 0 ? `${origin}:${line}` : origin);
}

/** A remedy's commands: its sysctls first, then what else is to be run. */
export function commandsOf({ sysctl = {}, commands = [] }: Fix): string[] {
  const settings = Object.entries(sysctl).map(([key, value]) => `sysctl -w ${shellWord(`${key}=${value}`)}`);
  return [...settings, ...commands.flatMap((command) => command.split('\n'))].map(printable);
}

function shellWord(word: string): string {
  return /^[\w.,:/=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Hosts and namespaces that could not be looked at: also the hosts that only say so of themselves. */
export function unseen({ hosts, gaps }: Report): Gap[] {
  const told = gaps.filter((gap) => gap.fact === null);
  const names = new Set(told.filter((gap) => gap.namespace === null).map((gap) => gap.host));
  const untold = hosts.flatMap(({ name, reached }) => {
    if (reached.ok || names.has(name)) return [];
    return [{ host: name, namespace: null, fact: null, problem: reached.problem, reason: reached.reason }];
  });
  return [...untold, ...told];
}
