import { createHash } from 'node:crypto';
import type { Collector } from '../define.ts';
import type { Finding, HostEvidence, HostSummary, Report, RuleInfo, Severity, Snapshot } from '../model.ts';
import { gapsOf } from './gaps.ts';
import { neededFacts, type Rule } from './rules.ts';
import { type Subject, subjectsOf } from './subjects.ts';
import { judge } from './verdicts.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

/** Facts that a report tells of, whatever the rules read. */
const ALWAYS = ['kernel', 'namespaces', 'privilege'];

/** Tries every rule on every subject of its scope. Pure: equal snapshots and rules give equal reports. */
export function evaluate(
  snapshot: Snapshot,
  rules: readonly Rule[],
  collectors: ReadonlyMap<string, Collector>,
  tool: Report['tool'],
): Report {
  const vocabulary = vocabularyOf(collectors);
  const wanted = new Set([...ALWAYS, ...neededFacts(rules)]);
  const hosts = snapshot.hosts.map((host) => evaluateHost(host, rules, wanted, vocabulary));
  return {
    tool,
    startedAt: snapshot.startedAt,
    finishedAt: snapshot.finishedAt,
    interrupted: snapshot.interrupted,
    rules: rules.map(ruleInfo).sort((a, b) => compare(a.id, b.id)),
    hosts: hosts.map(({ summary }) => summary),
    findings: hosts.flatMap(({ findings }) => findings).sort(byImportance),
    gaps: hosts.flatMap(({ gaps }) => gaps),
  };
}

/** One host at a time, so that only one host's facts are held. */
function evaluateHost(
  host: HostEvidence,
  rules: readonly Rule[],
  wanted: ReadonlySet<string>,
  vocabulary: Vocabulary,
): { summary: HostSummary; findings: Finding[]; gaps: Report['gaps'] } {
  const subjects = host.reached.ok ? subjectsOf(host, wanted, vocabulary) : [];
  return {
    summary: summaryOf(host, subjects),
    findings: subjects.flatMap((subject) => findingsOn(subject, rules)),
    gaps: gapsOf(host, subjects, rules, ALWAYS),
  };
}

/** Tries the rules on what one host said. */
function findingsOn(subject: Subject, rules: readonly Rule[]): Finding[] {
  const { host, namespace } = subject;
  return rules
    .filter(({ scope }) => scope === subject.scope)
    .map((rule) => ({
      rule: rule.id,
      host,
      namespace,
      ...judge(rule, subject),
      severity: rule.severity,
      fingerprint: fingerprintOf(rule.id, host, namespace),
    }));
}

function summaryOf({ host, reached }: HostEvidence, subjects: readonly Subject[]): HostSummary {
  const kernel = subjects[0]?.facts.get('kernel');
  return {
    name: host.name,
    source: host.source,
    reached,
    kernel: kernel?.ok ? (kernel.parsed.value as { release: string }).release : null,
    namespaces: subjects.flatMap(({ namespace }) => namespace ?? []),
  };
}

/** What a report says of a rule: all but its expressions and tests. */
function ruleInfo({ when, assert, message, tests, ...info }: Rule): RuleInfo {
  return info;
}

/** No addresses, counters or times: the same defect has the same one in every run. */
function fingerprintOf(rule: string, host: string, namespace: string | null): string {
  return createHash('sha256')
    .update(JSON.stringify([rule, host, namespace]))
    .digest('hex')
    .slice(0, 16);
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** Hosts stay in the inventory's order, namespaces in that of their host. */
function byImportance(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || compare(a.rule, b.rule)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
