import { groupedBy } from '../grouped-by.ts';
import type { Finding, RuleInfo, Severity } from '../model.ts';
import type { PathPlaces } from './path-places.ts';

/** A failing finding, and the namespaces that it speaks of (`host/namespace`). */
interface Strong {
  finding: Finding;
  supersedes: readonly string[];
  nodes: readonly string[];
}

/**
 * One incident, one finding: where a rule fails that supersedes others, their failures in the same namespaces fold into
 * its finding, which counts with the highest severity among them: what is explained is no less of a defect. They come
 * back when it passes, or can't be decided.
 */
export function folded(
  findings: Finding[],
  rules: readonly RuleInfo[],
  paths: ReadonlyMap<Finding, PathPlaces>,
): Finding[] {
  const superseding = new Map(rules.map(({ id, supersedes }) => [id, supersedes]));
  const strong = findings.flatMap((finding): Strong[] => {
    const supersedes = superseding.get(finding.rule) ?? [];
    if (finding.verdict !== 'fail' || supersedes.length === 0) return [];
    return [{ finding, supersedes, nodes: nodesOf(finding, paths.get(finding)) }];
  });
  const spoken = strong.flatMap((one) => [...new Set(one.nodes)].map((node) => ({ node, one })));
  const speaking = groupedBy(spoken, ({ node }) => node);
  const tops = new Map<Finding, Finding>();
  const worst = new Map<Finding, Severity>();
  for (const finding of findings) {
    const top = topOf(finding, speaking);
    if (top === finding) continue;
    tops.set(finding, top);
    worst.set(top, worseOf(finding.severity, worst.get(top) ?? top.severity));
  }
  return findings.map((finding) => {
    const top = tops.get(finding);
    if (top !== undefined) return { ...finding, foldedInto: top.fingerprint };
    const severity = worst.get(finding) ?? finding.severity;
    return severity === finding.severity ? finding : { ...finding, severity };
  });
}

/** The finding that explains this one and is explained by none: rules do not supersede each other in a circle. */
function topOf(finding: Finding, speaking: ReadonlyMap<string, readonly { one: Strong }[]>): Finding {
  if (finding.verdict !== 'fail') return finding;
  const node = `${finding.host}/${finding.namespace}`;
  const explaining = (speaking.get(node) ?? [])
    .map(({ one }) => one)
    .filter(({ supersedes }) => supersedes.includes(finding.rule));
  // one about this namespace itself knows better than one that speaks of it
  const into =
    explaining.find((one) => `${one.finding.host}/${one.finding.namespace}` === node) ?? explaining[0];
  return into === undefined ? finding : topOf(into.finding, speaking);
}

const WORST_FIRST: readonly Severity[] = ['error', 'warning', 'note'];

const worseOf = (a: Severity, b: Severity): Severity =>
  WORST_FIRST.indexOf(a) < WORST_FIRST.indexOf(b) ? a : b;

/** Returns the namespaces of a finding. A path speaks of its server and of its NAT gateway. */
function nodesOf({ host, namespace }: Finding, path: PathPlaces | undefined): string[] {
  const own = `${host}/${namespace}`;
  return path === undefined ? [own] : [own, path.natGateway];
}
