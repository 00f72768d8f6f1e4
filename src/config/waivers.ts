/** Holds findings against waivers. Pure. */
import type { Finding, Report, Waiver, WaiverStanding } from '../model.ts';
import { matchesGlob } from '../network/glob.ts';

/** A waiver, and the hosts that its pattern names; null: it names none of this run. */
export interface ResolvedWaiver {
  waiver: Waiver;
  hosts: ReadonlySet<string> | null;
}

/** The parts that a run left aside on purpose. */
export interface LeftAside {
  /** Hosts of the inventory may be missing, as by `--limit`. */
  hosts: boolean;
  /** The ids of rules that were not tried, as by `--rule` and `--exclude`. */
  rules: readonly string[];
}

/**
 * Marks the findings that waivers accept on that day (UTC, `2027-01-31`), and says of each waiver how it stands. A check
 * that is undecided is accepted only where the waiver says so.
 */
export function withWaivers(
  report: Report,
  waivers: readonly ResolvedWaiver[],
  { today, leftOut }: { today: string; leftOut: LeftAside },
): Report {
  if (waivers.length === 0) return report;
  const current = waivers.filter(({ waiver }) => today <= waiver.until);
  const over = waivers.filter(({ waiver }) => today > waiver.until);
  const findings = report.findings.map((finding): Finding => {
    const [waiver, expired] = [first(current, finding), first(over, finding)];
    if (waiver !== undefined) return { ...finding, waiver };
    return expired === undefined ? finding : { ...finding, expired };
  });
  return {
    ...report,
    findings,
    waivers: waivers.map((waiver) => standingOf(waiver, report, today, leftOut)),
  };
}

const first = (waivers: readonly ResolvedWaiver[], finding: Finding): Waiver | undefined =>
  waivers.find((waiver) => accepts(waiver, finding))?.waiver;

/** Tells whether a waiver speaks of this finding, and of its verdict. */
function accepts(waiver: ResolvedWaiver, finding: Finding): boolean {
  const { verdict } = finding;
  return (
    (verdict === 'fail' || (verdict === 'unknown' && waiver.waiver.undecided)) && isAbout(waiver, finding)
  );
}

function isAbout({ waiver, hosts }: ResolvedWaiver, { rule, host, namespace, path }: Finding): boolean {
  return (
    matchesGlob(waiver.rule, rule) &&
    hosts?.has(host) === true &&
    (waiver.namespace === null || (namespace !== null && matchesGlob(waiver.namespace, namespace))) &&
    (waiver.path === null || (path !== null && matchesGlob(waiver.path, path.name)))
  );
}

function standingOf(one: ResolvedWaiver, report: Report, today: string, leftOut: LeftAside): WaiverStanding {
  const matches = report.findings.filter((finding) => accepts(one, finding)).length;
  return { waiver: one.waiver, state: stateOf(one, matches, report, today, leftOut), matches };
}

function stateOf(
  one: ResolvedWaiver,
  matches: number,
  report: Report,
  today: string,
  leftOut: LeftAside,
): WaiverStanding['state'] {
  if (matches > 0) return today > one.waiver.until ? 'expired' : 'in-force';
  return wasLookedAt(one, report, leftOut) ? 'stale' : 'unseen';
}

/** Tells whether all that a waiver speaks of was looked at and decided. */
function wasLookedAt({ waiver, hosts }: ResolvedWaiver, report: Report, leftOut: LeftAside): boolean {
  // a pattern may mean rules that were tried and others, and so for hosts
  if (leftOut.hosts || leftOut.rules.some((id) => matchesGlob(waiver.rule, id))) return false;
  const tried = report.rules.filter(({ id }) => matchesGlob(waiver.rule, id));
  if (tried.length === 0 || hosts === null) return tried.length > 0;
  // a path leads over other hosts, too
  const anyHost = tried.some(({ scope }) => scope === 'path');
  const concerns = (host: string): boolean => anyHost || hosts.has(host);
  const unreached = report.hosts.some(({ name, reached }) => concerns(name) && !reached.ok);
  const unseen = report.gaps.some(
    ({ host, fact }) => concerns(host) && (fact === null || fact === 'namespaces'),
  );
  const undecided = report.findings.some(
    (finding) => finding.verdict === 'unknown' && isAbout({ waiver, hosts }, finding),
  );
  return !unreached && !unseen && !undecided;
}
