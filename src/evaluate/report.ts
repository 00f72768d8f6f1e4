import type { Collector } from '../define.ts';
import { groupedBy } from '../grouped-by.ts';
import type {
  Finding,
  FleetRun,
  HostEvidence,
  Report,
  RuleInfo,
  Severity,
  Snapshot,
  TimeSpan,
} from '../model.ts';
import { buildVocabulary } from './expression/vocabulary.ts';
import { collectedFor } from './facts/needs.ts';
import { keptFindings } from './findings.ts';
import { evaluateFleet, type FleetResult } from './fleet.ts';
import { folded } from './folding.ts';
import { evaluateHost, type HostFindings, type HostResult, partOfKept, tryHost } from './host.ts';
import { inquiryOf } from './inquiry.ts';
import { keptOf } from './kept.ts';
import { type LoadedRule, readsOfRules } from './rules/rules.ts';
import { yielded } from './yielding.ts';

/** An evaluation that goes on: of each host as its evidence comes, of which none is held; in the end, between hosts. */
export interface Evaluation {
  /** @param span the time of the run, which counts where nobody kept when the host was asked */
  host(evidence: HostEvidence, span: TimeSpan): HostResult;
  /** The same in two halves, the second of which another process may do. */
  half(evidence: HostEvidence, span: TimeSpan): HalfResult;
  rest(half: HalfResult): HostResult;
  /** @param compared the hosts of this fleet and of those that it is compared with; absent: of this one */
  report(run: FleetRun<HostResult>, compared?: readonly HostResult[]): Report;
}

/** Checks of the whole fleet beside those of rules. */
export interface FleetChecks {
  /** The checks, as a report has rules. */
  rules: readonly RuleInfo[];
  /** @param hosts all hosts of the run, in the inventory's order, each with its part */
  findings(hosts: readonly HostResult[]): Finding[];
}

/** No checks, of a fleet through which packets are followed all the same. */
export const NOTHING_CHECKED: FleetChecks = { rules: [], findings: () => [] };

/** What came of a host by itself, and those of its answers that are read beside other hosts'. */
export interface HalfResult extends HostFindings {
  kept: HostEvidence;
}

/**
 * Tries every rule on every subject of its scope. Equal evidence and rules give equal reports.
 *
 * @param checks further checks of the fleet, which follow packets; null: there are none
 */
export function beginEvaluation(
  rules: readonly LoadedRule[],
  collectors: ReadonlyMap<string, Collector>,
  tool: Report['tool'],
  checks: FleetChecks | null = null,
): Evaluation {
  const vocabulary = buildVocabulary(collectors);
  const inquiry = inquiryOf(rules, checks !== null);
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return {
    host: (evidence, span) => evaluateHost(askedIn(span, evidence), inquiry, vocabulary),
    half(evidence, span) {
      const asked = askedIn(span, evidence);
      return { ...tryHost(asked, inquiry, vocabulary), kept: keptOf(asked, inquiry, collectors) };
    },
    rest: ({ kept, findings, ...found }) => ({
      ...found,
      findings: keptFindings(findings, byId),
      part: partOfKept(kept, inquiry, vocabulary),
    }),
    report: ({ startedAt, finishedAt, interrupted, hosts }, compared = hosts) => {
      const parts = hosts.map(({ part }) => part);
      const about = {
        tool,
        startedAt,
        finishedAt,
        interrupted,
        rules: [...rules.map((rule) => ruleInfo(rule, collectors)), ...(checks?.rules ?? [])].sort((a, b) =>
          compare(a.id, b.id),
        ),
      };
      const checked = checks?.findings(hosts) ?? [];
      const inAll = compared === hosts ? parts : compared.map(({ part }) => part);
      return merged(about, hosts, checked, evaluateFleet(parts, rules, vocabulary, inAll), rules);
    },
  };
}

/** Tries the rules on a snapshot, host by host: where evidence is read when it is asked for, one host's is held. */
export function evaluate(snapshot: Snapshot, ...about: Parameters<typeof beginEvaluation>): Report {
  const evaluation = beginEvaluation(...about);
  const time = runTime(snapshot);
  return evaluation.report({
    ...snapshot,
    hosts: snapshot.hosts.map((host) => evaluation.host(host, time)),
  });
}

export const runTime = ({ startedAt, finishedAt }: Snapshot): TimeSpan => ({
  from: startedAt,
  to: finishedAt,
});

/** Returns a host with the time in which it was asked: where nobody kept that, it is the time of the whole run. */
export const askedIn = (span: TimeSpan, host: HostEvidence): HostEvidence =>
  host.askedAt === undefined ? { ...host, askedAt: span } : host;

/** Joins what was found on hosts and between them. */
function merged(
  about: Pick<Report, 'tool' | 'startedAt' | 'finishedAt' | 'interrupted' | 'rules'>,
  hosts: readonly HostResult[],
  checked: readonly Finding[],
  fleet: FleetResult,
  rules: readonly LoadedRule[],
): Report {
  const besideOthers = groupedBy(fleet.ofHosts, ({ host }) => host);
  const ofHosts = hosts.flatMap(({ summary, findings }) => [
    ...findings,
    ...(besideOthers.get(summary.name) ?? []),
  ]);
  const found = inOrder([...ofHosts, ...fleet.findings.keys(), ...checked]);
  const findings = yielded(found, rules, fleet.findings, fleet.gaps);
  return {
    ...about,
    hosts: hosts.map(({ summary }) => summary),
    findings: inOrder(folded(findings, rules, fleet.findings)),
    gaps: [...hosts.flatMap(({ gaps }) => gaps), ...fleet.gaps],
  };
}

/** Returns a rule as a report has it: all but its expressions and tests. */
function ruleInfo(rule: LoadedRule, collectors: ReadonlyMap<string, Collector>): RuleInfo {
  const { when, assert, noteWhen, message, fixConditions, tests, ...info } = rule;
  const read = collectedFor(readsOfRules([rule]));
  const counts = [...read].some((fact) => collectors.get(fact)?.samples === 2);
  return counts ? { ...info, counts } : info;
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** Sorts findings by what they weigh, and by rule. Hosts stay in the inventory's order, namespaces in that of their host. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const groups = groupedBy(findings, ({ severity, rule }) => `${SEVERITIES.indexOf(severity)} ${rule}`);
  return [...groups].sort(([a], [b]) => compare(a, b)).flatMap(([, group]) => group);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
