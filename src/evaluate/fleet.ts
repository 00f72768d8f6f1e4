/** The half of an evaluation that looks across hosts: the paths of the fleet. */
import type { Finding, Gap, PathDrawing, Severity } from '../model.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import { shortLine } from './facts/evidence.ts';
import { findingsOn, fingerprintOf } from './findings.ts';
import type { FleetPart } from './fleet-part.ts';
import { type PathSubject, pathsIn, stablePathKey } from './paths.ts';
import type { LoadedRule } from './rules/rules.ts';

export interface FleetResult {
  /** The findings on paths, each with its path. */
  findings: ReadonlyMap<Finding, PathSubject>;
  /** The paths that could not be followed. */
  gaps: Gap[];
}

/**
 * Tries the rules about paths on those of the fleet. Pure.
 *
 * @param parts of all hosts, in the inventory's order
 * @param spread seconds that may lie between the readings of two hosts' uptimes
 */
export function evaluateFleet(
  parts: readonly FleetPart[],
  spread: number,
  rules: readonly LoadedRule[],
  vocabulary: Vocabulary,
): FleetResult {
  if (!rules.some(({ scope }) => scope === 'path')) return { findings: new Map(), gaps: [] };
  const { subjects, gaps } = pathsIn(parts, spread, vocabulary);
  const findings = subjects.flatMap((subject) =>
    findingsOnPath(subject, rules).map((finding) => [finding, subject] as const),
  );
  return { findings: new Map(findings), gaps };
}

/** Returns the findings on a path. Where a path is not certain, no finding on it is an error yet. */
function findingsOnPath(subject: PathSubject, rules: readonly LoadedRule[]): Finding[] {
  const { host, namespace, path } = subject;
  const lowered = (severity: Severity) =>
    severity === 'error' && !path.fact.value.certain ? 'warning' : severity;
  return findingsOn(subject, rules).map((finding) => ({
    ...finding,
    severity: lowered(finding.severity),
    fingerprint: fingerprintOf(finding.rule, host, namespace, ...stablePathKey(path)),
    path: shortened(path.drawing),
  }));
}

/** Shortens a path for reports. Rules of hosts may be as long as they like. */
function shortened({ name, traces }: PathDrawing): PathDrawing {
  return {
    name,
    traces: traces.map((trace) => ({
      ...trace,
      hops: trace.hops.map((hop) => ({ ...hop, rule: hop.rule && shortLine(hop.rule) })),
    })),
  };
}
