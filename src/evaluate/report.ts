import type { Collector } from '../define.ts';
import type { Finding, HostEvidence, Report, RuleInfo, Severity, Snapshot } from '../model.ts';
import { buildVocabulary } from './expression/vocabulary.ts';
import { evaluateFleet, type FleetResult } from './fleet.ts';
import { folded } from './folding.ts';
import { evaluateHost, type HostResult } from './host.ts';
import type { LoadedRule } from './rules/rules.ts';
import { yielded } from './yielding.ts';

/** Tries every rule on every subject of its scope. Pure: equal snapshots and rules give equal reports. */
export function evaluate(
  snapshot: Snapshot,
  rules: readonly LoadedRule[],
  collectors: ReadonlyMap<string, Collector>,
  tool: Report['tool'],
): Report {
  const vocabulary = buildVocabulary(collectors);
  const hosts = withAskedAt(snapshot).map((host) => evaluateHost(host, rules, vocabulary));
  const parts = hosts.map(({ part }) => part);
  const fleet = evaluateFleet(parts, rules, vocabulary);
  return merged({ tool, ...timesOf(snapshot) }, hosts, fleet, rules);
}

const timesOf = ({ startedAt, finishedAt, interrupted }: Snapshot) => ({
  startedAt,
  finishedAt,
  interrupted,
});

/** Returns the hosts with the time in which each was asked: where nobody kept that, it is the time of the whole run. */
export function withAskedAt({ startedAt, finishedAt, hosts }: Snapshot): HostEvidence[] {
  return hosts.map((host) => ({ askedAt: { from: startedAt, to: finishedAt }, ...host }));
}

/** Joins what was found on hosts and between them. */
function merged(
  about: Pick<Report, 'tool' | 'startedAt' | 'finishedAt' | 'interrupted'>,
  hosts: readonly HostResult[],
  fleet: FleetResult,
  rules: readonly LoadedRule[],
): Report {
  const ofHosts = hosts.flatMap(({ summary, findings }) => [
    ...findings,
    ...fleet.ofHosts.filter(({ host }) => host === summary.name),
  ]);
  const found = [...ofHosts, ...fleet.findings.keys()].sort(byImportance);
  const findings = yielded(found, rules, fleet.findings, fleet.gaps);
  return {
    ...about,
    rules: rules.map(ruleInfo).sort((a, b) => compare(a.id, b.id)),
    hosts: hosts.map(({ summary }) => summary),
    findings: folded(findings, rules, fleet.findings).sort(byImportance),
    gaps: [...hosts.flatMap(({ gaps }) => gaps), ...fleet.gaps],
  };
}

/** Returns a rule as a report has it: all but its expressions and tests. */
function ruleInfo({ when, assert, noteWhen, message, fixConditions, tests, ...info }: LoadedRule): RuleInfo {
  return info;
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** Compares findings. Hosts stay in the inventory's order, namespaces in that of their host. */
function byImportance(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || compare(a.rule, b.rule);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
