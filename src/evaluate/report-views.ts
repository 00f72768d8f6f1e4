/** Views of a report: whoever prints it, or decides by it, sees the same defects and the same blind spots. */
import type { Finding, Fix, Gap, HostSummary, Report, Severity } from '../model.ts';

const rank: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

/** Compares by severity: worst first. */
export const bySeverity = (a: { severity: Severity }, b: { severity: Severity }): number =>
  rank[a.severity] - rank[b.severity];

/** Returns the open defects, worst first: each once, without those that another finding explains or a waiver accepts. */
export const defects = ({ findings }: Pick<Report, 'findings'>): Finding[] =>
  findings
    .filter(
      ({ verdict, foldedInto, waiver }) => verdict === 'fail' && foldedInto === null && waiver === undefined,
    )
    .sort(bySeverity);

/** Returns the open defects that the baseline does not know: all of them, where there is none. */
export const newDefects = (report: Pick<Report, 'findings'>): Finding[] =>
  defects(report).filter(({ baseline }) => baseline !== 'known');

/** Returns the findings that waivers accept, undecided checks among them. */
export const waivedFindings = ({ findings }: Pick<Report, 'findings'>): Finding[] =>
  findings.filter(({ foldedInto, waiver }) => waiver !== undefined && foldedInto === null);

/** Returns the defects that waivers accept. */
export const acceptedDefects = (report: Pick<Report, 'findings'>): Finding[] =>
  waivedFindings(report).filter(({ verdict }) => verdict === 'fail');

/** Counts checks: one verdict may be of many paths that are alike. */
export const countChecks = (findings: readonly Pick<Finding, 'alike'>[]): number =>
  findings.reduce((sum, { alike = 0 }) => sum + 1 + alike, 0);

/** Returns hosts and namespaces that could not be looked at: also the hosts that only report so of themselves. */
export function unseenSubjects({ hosts, gaps }: Report): Gap[] {
  const reported = gaps.filter((gap) => gap.fact === null);
  const names = new Set(reported.filter((gap) => gap.namespace === null).map((gap) => gap.host));
  const unreported = hosts.flatMap(({ name, reached }) => {
    if (reached.ok || names.has(name)) return [];
    return [{ host: name, namespace: null, fact: null, problem: reached.problem, reason: reached.reason }];
  });
  return [...unreported, ...reported];
}

/** The rules that could not be tried on an image. */
export interface UntriedOnImage {
  host: HostSummary;
  /** The number of those that judge what a kernel counts while it runs: nothing in an image could tell. */
  counting: number;
  /** The number of the others that ask what only a running kernel knows. */
  others: number;
}

/** Counts the rules that could not be tried, for each image of which there are any. */
export function untriedOnImages({ hosts, findings, rules }: Report): UntriedOnImage[] {
  const counting = new Set(rules.filter(({ counts }) => counts === true).map(({ id }) => id));
  const images = hosts.filter(({ medium, reached }) => medium?.kind === 'image' && reached.ok);
  const counted = images.map((host) => {
    const untried = findings.filter(
      (finding) =>
        finding.host === host.name && finding.verdict === 'not-applicable' && finding.message !== '',
    );
    const ids = [...new Set(untried.map(({ rule }) => rule))];
    const others = ids.filter((id) => !counting.has(id)).length;
    return { host, counting: ids.length - others, others };
  });
  return counted.filter(({ counting, others }) => counting + others > 0);
}

/** Joins the fixes that findings of one rule need. */
export function joinedFix(first: Fix, more: readonly Fix[]): Fix {
  const all = [first, ...more];
  const joined = (kind: 'sysctl' | 'atLeast' | 'adds'): Partial<Fix> =>
    all.some((fix) => fix[kind] !== undefined)
      ? { [kind]: Object.assign({}, ...all.map((fix) => fix[kind])) }
      : {};
  const modules = [...new Set(all.flatMap((fix) => fix.modules ?? []))];
  return {
    ...first,
    ...joined('sysctl'),
    ...joined('atLeast'),
    ...joined('adds'),
    ...(modules.length > 0 ? { modules } : {}),
  };
}

/** Joins what the findings of a rule need, each of which may need less than all of its fix; without any, it is all. */
export function neededFix(findings: readonly Pick<Finding, 'fix'>[], whole: Fix): Fix {
  const [first, ...more] = findings.map(({ fix }) => fix ?? whole);
  return first === undefined ? whole : joinedFix(first, more);
}
