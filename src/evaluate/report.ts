import type { Collector } from '../define.ts';
import type { Finding, Report, RuleInfo, Severity, Snapshot } from '../model.ts';
import { buildVocabulary } from './expression/vocabulary.ts';
import { evaluateFleet, type FleetResult } from './fleet.ts';
import { folded } from './folding.ts';
import { evaluateHost, type HostResult } from './host.ts';
import type { LoadedRule } from './rules/rules.ts';

/** Tries every rule on every subject of its scope. Pure: equal snapshots and rules give equal reports. */
export function evaluate(
  snapshot: Snapshot,
  rules: readonly LoadedRule[],
  collectors: ReadonlyMap<string, Collector>,
  tool: Report['tool'],
): Report {
  const vocabulary = buildVocabulary(collectors);
  const hosts = snapshot.hosts.map((host) => evaluateHost(host, rules, vocabulary));
  const parts = hosts.map(({ part }) => part);
  const fleet = evaluateFleet(parts, spreadOf(snapshot), rules, vocabulary);
  return merged({ tool, ...timesOf(snapshot) }, hosts, fleet, rules);
}

const timesOf = ({ startedAt, finishedAt, interrupted }: Snapshot) => ({
  startedAt,
  finishedAt,
  interrupted,
});

/**
 * Returns the seconds that may lie between the readings of two hosts' uptimes: the length of the run, and the minute
 * that uptimes in archives count in.
 */
export function spreadOf({ startedAt, finishedAt, hosts }: Snapshot): number {
  const archived = hosts.some(({ medium }) => medium !== undefined);
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 + (archived ? 60 : 0);
}

/** Joins what was found on hosts and between them. */
function merged(
  about: Pick<Report, 'tool' | 'startedAt' | 'finishedAt' | 'interrupted'>,
  hosts: readonly HostResult[],
  fleet: FleetResult,
  rules: readonly LoadedRule[],
): Report {
  const findings = [...hosts.flatMap((host) => host.findings), ...fleet.findings.keys()].sort(byImportance);
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
