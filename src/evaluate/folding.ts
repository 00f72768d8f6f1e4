import type { Finding, RuleInfo } from '../model.ts';
import type { PathSubject } from './paths.ts';

/** A failing finding, and the namespaces that it speaks of (`host/namespace`). */
interface Strong {
  finding: Finding;
  supersedes: readonly string[];
  places: readonly string[];
}

/**
 * One incident, one finding: where a rule fails that supersedes others, their failures in the same namespaces fold into
 * its finding. They come back when it passes, or can't be told.
 */
export function folded(
  findings: Finding[],
  rules: readonly RuleInfo[],
  paths: ReadonlyMap<Finding, PathSubject>,
): Finding[] {
  const superseding = new Map(rules.map((rule) => [rule.id, rule.supersedes ?? []]));
  const strong: Strong[] = findings
    .filter(({ rule, verdict }) => verdict === 'fail' && superseding.get(rule)!.length > 0)
    .map((finding) => ({
      finding,
      supersedes: superseding.get(finding.rule)!,
      places: placesOf(finding, paths.get(finding)),
    }));
  return findings.map((finding) => {
    if (finding.verdict !== 'fail') return finding;
    const place = `${finding.host}/${finding.namespace}`;
    const into = strong.find(
      ({ finding: other, supersedes, places }) =>
        other !== finding && supersedes.includes(finding.rule) && places.includes(place),
    );
    return into === undefined ? finding : { ...finding, foldedInto: into.finding.fingerprint };
  });
}

/** A path speaks of its server and of its director. */
function placesOf({ host, namespace }: Finding, subject: PathSubject | undefined): string[] {
  const own = `${host}/${namespace}`;
  if (subject === undefined) return [own];
  const { director } = subject.path.fact.value;
  return [own, `${director.host}/${director.namespace}`];
}
