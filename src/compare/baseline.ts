/** Holds a report against an earlier one. Pure. */
import type { EarlierFinding, Report } from '../model.ts';
import type { EarlierReport } from './earlier-report.ts';

/**
 * Marks each defect as new or known, and adds the earlier ones that are gone, and those of which nobody can tell. What a
 * waiver accepted until a day that is over is new again, as nobody answers for it any more.
 */
export function withBaseline(report: Report, earlier: EarlierReport, file: string): Report {
  const known = knownIn(earlier);
  return {
    ...report,
    findings: report.findings.map((finding) =>
      finding.verdict === 'fail'
        ? {
            ...finding,
            baseline: known.has(finding.fingerprint) && finding.expired === undefined ? 'known' : 'new',
          }
        : finding,
    ),
    baseline: { file, ...missingFrom(report, earlier) },
  };
}

/** Returns the fingerprints of the defects that a report has, those that others explained among them. */
export const knownIn = ({ findings, explained }: EarlierReport): ReadonlySet<string> =>
  new Set([...findings.map(({ fingerprint }) => fingerprint), ...explained]);

/** Returns the earlier defects that do not fail now: those that are gone, and those of which nobody can tell. */
export function missingFrom(
  report: Report,
  earlier: EarlierReport,
): Record<'gone' | 'unseen', EarlierFinding[]> {
  const failing = new Set(
    report.findings.filter(({ verdict }) => verdict === 'fail').map(({ fingerprint }) => fingerprint),
  );
  const missing = earlier.findings.filter(({ fingerprint }) => !failing.has(fingerprint));
  const isGone = goneIn(report);
  return { gone: missing.filter(isGone), unseen: missing.filter((finding) => !isGone(finding)) };
}

/**
 * Tells whether an earlier defect is gone: its rule was tried, its host was reached, its namespace was seen, and the
 * check was decided. A namespace that is no more took its defects along.
 */
function goneIn({ rules, hosts, findings, gaps }: Report): (earlier: EarlierFinding) => boolean {
  const tried = new Map(rules.map((rule) => [rule.id, rule]));
  const reached = new Set(hosts.filter((host) => host.reached.ok).map(({ name }) => name));
  const isWhole = reached.size === hosts.length && gaps.length === 0;
  const verdicts = new Map(findings.map(({ fingerprint, verdict }) => [fingerprint, verdict]));
  const blind = gaps.filter(({ fact }) => fact === null || fact === 'namespaces');
  return ({ rule, host, namespace, fingerprint }) => {
    const scope = tried.get(rule)?.scope;
    if (scope === undefined || !reached.has(host)) return false;
    const verdict = verdicts.get(fingerprint);
    if (verdict !== undefined) return verdict !== 'unknown';
    const unseen = blind.some(
      (gap) => gap.host === host && (gap.namespace === null || gap.namespace === namespace),
    );
    // a path leads over other hosts, too
    return !unseen && (scope !== 'path' || isWhole);
  };
}
