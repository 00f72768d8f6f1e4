import { groupedBy } from '../grouped-by.ts';
import type { Finding, Gap, RuleInfo } from '../model.ts';
import type { Merging } from '../network/paths/sources.ts';
import type { PathPlaces } from './path-places.ts';

/**
 * A rule that judges a host by signs yields to rules that looked at the paths themselves, where these pass on every path
 * that ends on the host and nothing about them is guessed: its failure becomes a pass where no two clients are taken for
 * one, and a note where at most clients from outside may be. With a path less, it stays.
 */
export function yielded(
  findings: readonly Finding[],
  rules: readonly RuleInfo[],
  paths: ReadonlyMap<Finding, PathPlaces>,
  gaps: readonly Gap[],
): Finding[] {
  const yields = new Map(rules.flatMap(({ id, yields = [] }) => (yields.length > 0 ? [[id, yields]] : [])));
  if (!findings.some(({ rule, verdict }) => verdict === 'fail' && yields.has(rule))) return [...findings];
  const byHost = groupedBy(paths, ([, { endsOn }]) => endsOn);
  const unfollowed = new Set(gaps.map(({ host }) => host));
  return findings.map((finding) => {
    const { rule, host, verdict } = finding;
    const stronger = yields.get(rule);
    if (verdict !== 'fail' || !stronger || unfollowed.has(host)) return finding;
    const tried = (byHost.get(host) ?? []).filter(([{ rule: other }]) => stronger.includes(other));
    return tried.every(([{ verdict: other }]) => other === 'pass')
      ? lessened(finding, new Set(tried.map(([, { merging }]) => merging)))
      : finding;
  });
}

function lessened(finding: Finding, merging: ReadonlySet<Merging>): Finding {
  if (merging.size === 0 || merging.has('possible')) return finding;
  if (merging.has('outside')) return { ...finding, severity: 'note' };
  return { ...finding, verdict: 'pass', message: '', evidence: [] };
}
