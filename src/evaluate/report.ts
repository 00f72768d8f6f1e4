import { createHash } from 'node:crypto';
import type { Collector } from '../define.ts';
import type {
  Finding,
  Gap,
  HostEvidence,
  HostSummary,
  Report,
  RuleInfo,
  Severity,
  Snapshot,
} from '../model.ts';
import { type Vocabulary, vocabularyOf } from './expression/vocabulary.ts';
import { folded } from './folding.ts';
import { gapsOf } from './gaps.ts';
import { identityOf, type PathSubject, pathsIn } from './paths.ts';
import { neededFacts, type Rule, readsOfRules } from './rules/rules.ts';
import { type Subject, subjectsOf } from './subjects.ts';
import { judge } from './verdicts.ts';

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
  const wanted = new Set([...ALWAYS, ...neededFacts(rules), ...readsOfRules(rules).map(({ fact }) => fact)]);
  const hosts = snapshot.hosts.map((host) => evaluateHost(host, rules, wanted, vocabulary));
  const paths = tryPaths(snapshot, hosts, rules, vocabulary);
  const findings = [...hosts.flatMap((host) => host.findings), ...paths.findings.keys()].sort(byImportance);
  return {
    tool,
    startedAt: snapshot.startedAt,
    finishedAt: snapshot.finishedAt,
    interrupted: snapshot.interrupted,
    rules: rules.map(ruleInfo).sort((a, b) => compare(a.id, b.id)),
    hosts: hosts.map(({ summary }) => summary),
    findings: folded(findings, rules, paths.findings),
    gaps: [...hosts.flatMap(({ gaps }) => gaps), ...paths.gaps],
  };
}

interface HostResult {
  summary: HostSummary;
  findings: Finding[];
  gaps: Report['gaps'];
  /** Its namespaces; none are kept where no rule looks at paths. */
  namespaces: Subject[];
}

function evaluateHost(
  host: HostEvidence,
  rules: readonly Rule[],
  wanted: ReadonlySet<string>,
  vocabulary: Vocabulary,
): HostResult {
  const subjects = host.reached.ok ? subjectsOf(host, wanted, vocabulary) : [];
  return {
    summary: summaryOf(host, subjects),
    findings: subjects.flatMap((subject) => findingsOn(subject, rules)),
    gaps: gapsOf(host, subjects, rules, ALWAYS),
    namespaces: looksAtPaths(rules) ? subjects.filter(({ scope }) => scope === 'netns') : [],
  };
}

const looksAtPaths = (rules: readonly Rule[]) => rules.some(({ scope }) => scope === 'path');

interface PathResult {
  findings: Map<Finding, PathSubject>;
  gaps: Gap[];
}

/** The findings on the paths of the fleet, each with its path, and what could not be followed. */
function tryPaths(
  snapshot: Snapshot,
  hosts: readonly HostResult[],
  rules: readonly Rule[],
  vocabulary: Vocabulary,
): PathResult {
  if (!looksAtPaths(rules)) return { findings: new Map(), gaps: [] };
  const namespaces = hosts.flatMap((host) => host.namespaces);
  const { subjects, gaps } = pathsIn(snapshot, namespaces, vocabulary);
  const findings = subjects.flatMap((subject) =>
    findingsOnPath(subject, rules).map((finding) => [finding, subject] as const),
  );
  return { findings: new Map(findings), gaps };
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
      path: null,
      foldedInto: null,
    }));
}

/** What is not certain about a path is no error yet. */
function findingsOnPath(subject: PathSubject, rules: readonly Rule[]): Finding[] {
  const { host, namespace, path } = subject;
  const lowered = (severity: Severity) =>
    severity === 'error' && !path.fact.value.certain ? 'warning' : severity;
  return findingsOn(subject, rules).map((finding) => ({
    ...finding,
    severity: lowered(finding.severity),
    fingerprint: fingerprintOf(finding.rule, host, namespace, ...identityOf(path)),
    path: path.drawing,
  }));
}

function summaryOf({ host, reached, medium }: HostEvidence, subjects: readonly Subject[]): HostSummary {
  const kernel = subjects[0]?.facts.get('kernel');
  return {
    name: host.name,
    source: host.source,
    reached,
    kernel: kernel?.ok ? (kernel.parsed.value as { release: string }).release : null,
    namespaces: subjects.flatMap(({ namespace }) => namespace ?? []),
    ...(medium !== undefined && { medium }),
  };
}

/** What a report says of a rule: all but its expressions and tests. */
function ruleInfo({ when, assert, message, tests, ...info }: Rule): RuleInfo {
  return info;
}

/** No addresses, counters or times: the same defect has the same one in every run. */
function fingerprintOf(...what: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16);
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** Hosts stay in the inventory's order, namespaces in that of their host. */
function byImportance(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || compare(a.rule, b.rule);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
