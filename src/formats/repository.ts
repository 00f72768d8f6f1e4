/** Places in the repository, for whoever shows findings beside its files. */
import type { Finding, HostSummary, Report, RuleInfo, Source } from '../model.ts';
import { printable } from './printable.ts';

/** The parts of a path below the root of the repository; null when it does not lie there. */
export function segmentsWithin(path: string): string[] | null {
  if (path.startsWith('/') || /^[a-z]:\//i.test(path)) return null;
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.length === 0 || segments.includes('..') ? null : segments;
}

/** A file of the repository, and a line of it. */
type RepositoryPlace = Pick<Source, 'file' | 'line' | 'column'>;

/**
 * Returns the place where each finding is shown: its host's in the inventory, or its rule's where that lies elsewhere, or
 * the place that the rule would have in a repository of rules.
 */
export function repositoryPlaces({ hosts, rules }: Report): (finding: Finding) => RepositoryPlace {
  const hostNamed = new Map(hosts.map((host) => [host.name, host]));
  const ruleNamed = new Map(rules.map((rule) => [rule.id, rule]));
  return ({ host, rule }) =>
    within(hostNamed.get(host)) ?? within(ruleNamed.get(rule)) ?? { file: 'rules', line: 1, column: 1 };
}

function within(one: HostSummary | RuleInfo | undefined): RepositoryPlace | null {
  const segments = one === undefined ? null : segmentsWithin(one.source.file);
  if (one === undefined || segments === null) return null;
  const { line, column } = one.source;
  return { file: printable(segments.join('/')), line, column };
}
