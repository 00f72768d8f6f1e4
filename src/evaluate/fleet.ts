/** The half of an evaluation that looks across hosts: the paths of the fleet, and what meets on one segment. */
import type { DrawnHop, Finding, Gap, PathDrawing, Severity } from '../model.ts';
import { withinTogether } from '../time-limit.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import { plainLine } from './facts/evidence.ts';
import { findingsOn } from './findings.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { FleetPart } from './fleet-part.ts';
import { comparesAddresses } from './like-paths.ts';
import { type PathPlaces, pathPlaces } from './path-places.ts';
import { eachPathIn, type PathSubject, stablePathKey } from './paths.ts';
import { type LoadedRule, readsOtherHosts } from './rules/rules.ts';
import { hostsAmongOthers } from './vrrp.ts';

/** Milliseconds for all rules on a batch of paths: where they take longer, each is looked at by itself. */
const LONGEST = 1000;
/** Paths in a batch: to set a limit takes longer than the rules on one. */
const BATCH = 50;

export interface FleetResult {
  /** The findings on paths, each with the places of its path. */
  findings: ReadonlyMap<Finding, PathPlaces>;
  /** The findings on hosts beside others. */
  ofHosts: Finding[];
  /** The paths that could not be followed. */
  gaps: Gap[];
}

/**
 * Tries the rules about paths on those of the fleet, and those about hosts beside others. Pure.
 *
 * @param parts of all hosts, in the inventory's order
 * @param compared the parts of this fleet and of those that it is compared with
 */
export function evaluateFleet(
  parts: readonly FleetPart[],
  rules: readonly LoadedRule[],
  vocabulary: Vocabulary,
  compared = parts,
): FleetResult {
  const besides = rules.filter(readsOtherHosts);
  const hosts = besides.length > 0 ? hostsAmongOthers(parts, vocabulary) : [];
  const ofHosts = hosts.flatMap((subject) => findingsOn(subject, besides));
  if (!rules.some(({ scope }) => scope === 'path')) return { findings: new Map(), ofHosts, gaps: [] };
  const findings = new Map<Finding, PathPlaces>();
  let batch: PathSubject[] = [];
  const tryBatch = (): void => {
    const tried = withinTogether(LONGEST, () => batch.map((subject) => findingsOnPath(subject, rules)));
    tried.forEach((found, i) => {
      // biome-ignore lint/style/noNonNullAssertion: one for each subject of the batch
      const places = pathPlaces(batch[i]!.path);
      for (const finding of found) findings.set(finding, places);
    });
    batch = [];
  };
  const add = (subject: PathSubject): void => {
    batch.push(subject);
    if (batch.length === BATCH) tryBatch();
  };
  const gaps = eachPathIn(parts, vocabulary, comparesAddresses(rules), add, compared);
  tryBatch();
  return { findings, ofHosts, gaps };
}

/** Returns the findings on a path. Where a path is not certain, no finding on it is an error yet. */
export function findingsOnPath(subject: PathSubject, rules: readonly LoadedRule[]): Finding[] {
  const { host, namespace, path } = subject;
  const lowered = (severity: Severity) =>
    severity === 'error' && !path.fact.value.certain ? 'warning' : severity;
  const drawing = shortened(path.drawing);
  return findingsOn(subject, rules).map((finding) => ({
    ...finding,
    severity: lowered(finding.severity),
    fingerprint: fingerprintOf(finding.rule, host, namespace, ...stablePathKey(path)),
    path: drawing,
    ...(path.alike > 0 && { message: alsoOf(finding, path.alike), alike: path.alike }),
  }));
}

function alsoOf({ verdict, message }: Finding, alike: number): string {
  if (verdict !== 'fail') return message;
  const [paths, differ] = alike === 1 ? ['1 more path', 'differs'] : [`${alike} more paths`, 'differ'];
  return `${message}. The same of ${paths} through the same NAT gateway, which ${differ} from this one in the addresses of service and server alone`;
}

/** Shortens a path for reports: rules of hosts may be as long as they like, and traces go the same way for the most part. */
function shortened({ name, traces }: PathDrawing): PathDrawing {
  const hops = sharedHop();
  return {
    name,
    traces: traces.map((trace) => ({
      ...trace,
      hops: trace.hops.map((hop) => hops({ ...hop, rule: hop.rule && plainLine(hop.rule) })),
    })),
  };
}

/** Returns a function that returns the hop that was given before with the same words, or else this one. */
function sharedHop(): (hop: DrawnHop) => DrawnHop {
  const held = new Map<string, DrawnHop>();
  return (hop) => {
    const key = JSON.stringify(hop);
    const known = held.get(key) ?? hop;
    held.set(key, known);
    return known;
  };
}
