/** What twlint says of a host alone: findings and remedies. */
import { collectors } from '../../src/collectors/index.ts';
import { planRemedies } from '../../src/evaluate/remedies/remedies.ts';
import type { Remedies } from '../../src/evaluate/remedies/remedy.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import type { Finding, HostEvidence, Report, Snapshot } from '../../src/model.ts';

export const rules = loadRules([], { builtin: true, cwd: '/' });

/** A host, as it was seen once. */
export interface Seen {
  snapshot: Snapshot;
  report: Report;
}

/** Hosts of different proofs have the same addresses: only those of one are looked at together. */
export function seenOf(hosts: HostEvidence[]): Seen {
  const now = '2026-01-01T00:00:00Z';
  const snapshot = { startedAt: now, finishedAt: now, interrupted: false, hosts };
  return { snapshot, report: evaluate(snapshot, rules, collectors, { name: 'twlint', version: '0' }) };
}

export const defectsIn = ({ report }: Seen): Finding[] =>
  report.findings.filter(({ verdict }) => verdict === 'fail');

/** Returns the rules that failed, each once. */
export const rulesIn = (seen: Seen): string[] => [...new Set(defectsIn(seen).map(({ rule }) => rule))].sort();

export const remediesFor = ({ snapshot, report }: Seen): Remedies =>
  planRemedies(snapshot, report, collectors);
