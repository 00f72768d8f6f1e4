import type { Collector } from '../define.ts';
import { groupedBy } from '../grouped-by.ts';
import type { Finding, HostEvidence, Report, RuleInfo, Severity, Snapshot } from '../model.ts';
import { buildVocabulary } from './expression/vocabulary.ts';
import { evaluateFleet, type FleetResult } from './fleet.ts';
import { folded } from './folding.ts';
import { evaluateHost, type HostResult } from './host.ts';
import { inquiryOf } from './inquiry.ts';
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
  const inquiry = inquiryOf(rules);
  // host by host: where evidence is read when it is asked for, no more than one host's is held
  const hosts = snapshot.hosts.map((host) => evaluateHost(askedIn(snapshot, host), inquiry, vocabulary));
  const parts = hosts.map(({ part }) => part);
  const fleet = evaluateFleet(parts, rules, vocabulary);
  return merged({ tool, ...timesOf(snapshot) }, hosts, fleet, rules);
}

const timesOf = ({ startedAt, finishedAt, interrupted }: Snapshot) => ({
  startedAt,
  finishedAt,
  interrupted,
});

/** Returns a host with the time in which it was asked: where nobody kept that, it is the time of the whole run. */
export const askedIn = ({ startedAt, finishedAt }: Snapshot, host: HostEvidence): HostEvidence => ({
  askedAt: { from: startedAt, to: finishedAt },
  ...host,
});

/** Joins what was found on hosts and between them. */
function merged(
  about: Pick<Report, 'tool' | 'startedAt' | 'finishedAt' | 'interrupted'>,
  hosts: readonly HostResult[],
  fleet: FleetResult,
  rules: readonly LoadedRule[],
): Report {
  const besideOthers = groupedBy(fleet.ofHosts, ({ host }) => host);
  const ofHosts = hosts.flatMap(({ summary, findings }) => [
    ...findings,
    ...(besideOthers.get(summary.name) ?? []),
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
