/** Compares a fleet with what it would be: findings, facts and packets. What did not change is looked at once. Pure. */
import type { Collector } from '../define.ts';
import { buildVocabulary } from '../evaluate/expression/vocabulary.ts';
import { askedIn, beginEvaluation, runTime } from '../evaluate/report.ts';
import type { LoadedRule } from '../evaluate/rules/rules.ts';
import type { HostEvidence, Report, Snapshot } from '../model.ts';
import { comparedFacts, compareHosts, type FleetDiff, joinedDiffs } from './fleet-diff.ts';
import type { ChangeShowing, PathChange } from './path-changes.ts';
import { comparePaths, keptNodesOf } from './path-diff.ts';
import { asEarlier, compareReports, type ReportDiff } from './report-diff.ts';

export interface ChangeDiff {
  findings: ReportDiff;
  fleet: FleetDiff;
  paths: PathChange[];
}

/** @param changed what each host would say that is not as it was, by what it says */
export function compareChange(
  before: Snapshot,
  changed: ReadonlyMap<HostEvidence, HostEvidence>,
  rules: readonly LoadedRule[],
  collectors: ReadonlyMap<string, Collector>,
  tool: Report['tool'],
  showing: Partial<ChangeShowing> = {},
): ChangeDiff {
  const [vocabulary, span] = [buildVocabulary(collectors), runTime(before)];
  const evaluation = beginEvaluation(rules, collectors, tool);
  // all that is asked of a host is asked in a row: its texts are parsed once, and not held
  const lookAt = (evidence: HostEvidence) => {
    const host = askedIn(span, evidence);
    const result = evaluation.host(host, span);
    keptNodesOf(host);
    return { host, result, facts: comparedFacts({ ...before, hosts: [host] }, vocabulary) };
  };
  const pairs = before.hosts.map((one) => {
    const [then, other] = [lookAt(one), changed.get(one)];
    const now = other ? lookAt(other) : then;
    const diff = compareHosts(then.facts, now.facts);
    return {
      old: { host: then.host, result: then.result },
      fresh: { host: now.host, result: now.result },
      diff,
    };
  });
  const fleetOf = (side: 'old' | 'fresh') => ({ ...before, hosts: pairs.map((pair) => pair[side].host) });
  const results = (side: 'old' | 'fresh') => pairs.map((pair) => pair[side].result);
  const both = [...new Set([...results('old'), ...results('fresh')])];
  const reportOf = (side: 'old' | 'fresh') => evaluation.report({ ...before, hosts: results(side) }, both);
  const [old, fresh] = [fleetOf('old'), fleetOf('fresh')];
  return {
    findings: compareReports(asEarlier(reportOf('old')), reportOf('fresh')),
    fleet: joinedDiffs(
      old,
      fresh,
      pairs.map(({ diff }) => diff),
    ),
    paths: comparePaths(old, fresh, showing),
  };
}
