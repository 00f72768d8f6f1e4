/** Tries the rules about growth on windows: two samples of hosts of which all else is known already. Pure. */
import type { Collector } from '../define.ts';
import type { CountersOf } from '../fleet/senders-fact.ts';
import { answersIn } from '../host/answers.ts';
import { readHost } from '../host/host-model.ts';
import { readFact } from '../host/reading.ts';
import type { Evidence, Finding, HostEvidence } from '../model.ts';
import { onceFor } from '../once-for.ts';
import { buildVocabulary, type Vocabulary } from './expression/vocabulary.ts';
import type { Facts } from './facts/facts.ts';
import { findingsOn } from './findings.ts';
import { findingsOnPath } from './fleet.ts';
import type { FleetPart } from './fleet-part.ts';
import { folded } from './folding.ts';
import { partOf } from './host.ts';
import { comparesAddresses } from './like-paths.ts';
import { type PathPlaces, pathPlaces } from './path-places.ts';
import { eachPathIn, factsOfSenders, type PathSubject } from './paths.ts';
import { type LoadedRule, neededFacts, readsOfRules } from './rules/rules.ts';
import { contextOf, type Subject, subjectsOf, toFacts, withDerived } from './subjects.ts';

/** The samples of one window, by host: two of each namespace. */
type WindowEvidence = ReadonlyMap<string, readonly Evidence[]>;

export interface WindowTrial {
  /** Returns what fails in a window because of what grew in it, without what other findings explain. */
  tryOn(window: WindowEvidence): Finding[];
  /** The paths that join hosts, by what each ends in. */
  paths: readonly PathSubject[];
  /** Returns the same of hosts of which some were asked anew; the others are not read again. */
  of(hosts: readonly HostEvidence[]): WindowTrial;
}

/**
 * Reads everything but growth once.
 *
 * @param collected what all hosts said when they were asked
 */
export function beginWindows(
  collected: readonly HostEvidence[],
  rules: readonly LoadedRule[],
  collectors: ReadonlyMap<string, Collector>,
): WindowTrial {
  const vocabulary = buildVocabulary(collectors);
  const sampled = [...collectors.values()].filter(({ samples, scope }) => samples === 2 && scope === 'netns');
  const aboutGrowth = rules.filter((rule) => isAboutGrowth(rule, sampled));
  const reads = new Set(readsOfRules(aboutGrowth).map(({ fact }) => fact));
  const wanted = new Set([...neededFacts(aboutGrowth), ...reads]);
  const whole = new Map([...reads].map((fact) => [fact, null]));
  const read = onceFor((evidence: HostEvidence): ReadHost => {
    const host = readHost(evidence);
    const subjects = host.reached.ok ? subjectsOf(host, wanted, vocabulary) : [];
    const inodes = new Map(host.namespaces.map(({ name, inode }) => [name, inode]));
    return { name: host.host.name, subjects, inodes, part: partOf(host, subjects, whole, vocabulary) };
  });
  const of = (collected: readonly HostEvidence[]): WindowTrial => {
    const hosts = collected.map(read);
    const parts = hosts.map(({ part }) => part);
    const paths: PathSubject[] = [];
    eachPathIn(parts, vocabulary, comparesAddresses(aboutGrowth), (subject) => paths.push(subject));
    const tryOn = (window: WindowEvidence) =>
      tried(hosts, paths, window, { rules: aboutGrowth, sampled, wanted, vocabulary });
    return { paths, of, tryOn };
  };
  return of(collected);
}

interface ReadHost {
  name: string;
  subjects: readonly Subject[];
  /** The inodes of its network namespaces by their names. */
  inodes: ReadonlyMap<string, string>;
  part: FleetPart;
}

/** The rules, and the means to try them, which are the same for all windows. */
interface Trying {
  rules: readonly LoadedRule[];
  sampled: readonly Collector[];
  wanted: ReadonlySet<string>;
  vocabulary: Vocabulary;
}

function tried(
  hosts: readonly ReadHost[],
  paths: readonly PathSubject[],
  window: WindowEvidence,
  { rules, sampled, wanted, vocabulary }: Trying,
): Finding[] {
  const inodesOf = new Map(hosts.map(({ name, inodes }) => [name, inodes]));
  const growth = new Map<string, Facts>();
  const grown = ({ host, namespace }: Pick<Subject, 'host' | 'namespace'>): Facts | null => {
    const inode = namespace === null ? undefined : inodesOf.get(host)?.get(namespace);
    const evidence = window.get(host);
    if (inode === undefined || evidence === undefined) return null;
    const key = JSON.stringify([host, inode]);
    const known = growth.get(key) ?? sampledFacts(evidence, inode, sampled, vocabulary);
    growth.set(key, known);
    return known;
  };
  const findings: Finding[] = [];
  const onPaths = new Map<Finding, PathPlaces>();
  for (const subject of hosts.flatMap(({ subjects }) => subjects)) {
    const facts = grown(subject);
    if (facts === null) continue;
    const failing = findingsOn(withGrowth(subject, facts, wanted, vocabulary), rules);
    findings.push(...failing.filter((finding) => isCaused(finding, rules, facts)));
  }
  for (const subject of paths) {
    const facts = grown(subject);
    if (facts === null) continue;
    const senders = factsOfSenders(subject.path, (at) => countersIn(grown(at)), vocabulary);
    const all: Facts = new Map([...facts, ...senders]);
    for (const finding of findingsOnPath(withGrowth(subject, all, wanted, vocabulary), rules))
      if (isCaused(finding, rules, facts)) onPaths.set(finding, pathPlaces(subject.path));
  }
  return folded([...findings, ...onPaths.keys()], rules, onPaths).filter(
    ({ foldedInto }) => foldedInto === null,
  );
}

/** The entries of a sampled fact that exist only where there are two samples. */
const OF_TWO_SAMPLES: readonly string[] = ['delta', 'sampled', 'seconds'];

function isAboutGrowth(rule: LoadedRule, sampled: readonly Collector[]): boolean {
  const facts = new Set(sampled.map(({ id }) => id));
  return readsOfRules([rule]).some(
    ({ fact, keys: [entry] }) => facts.has(fact) && entry !== undefined && OF_TWO_SAMPLES.includes(entry),
  );
}

function sampledFacts(
  evidence: readonly Evidence[],
  inode: string,
  sampled: readonly Collector[],
  vocabulary: Vocabulary,
): Facts {
  const ids = sampled.map(({ id }) => id);
  const answers = answersIn({ evidence: [...evidence], planned: { facts: ids, twice: ids } });
  return toFacts(
    sampled.map((collector) => {
      const reading = readFact(collector, inode, answers);
      return [collector.id, reading.ok ? { ok: true, value: reading.value.fact } : reading];
    }),
    vocabulary,
  );
}

/** Returns a subject as it is in a window: what follows from what grew is derived anew. */
function withGrowth<S extends Subject>(
  subject: S,
  growth: Facts,
  wanted: ReadonlySet<string>,
  vocabulary: Vocabulary,
): S {
  const known = new Map([...subject.facts, ...growth]);
  const following = vocabulary.derived.filter(({ entries }) =>
    Object.values(entries).some(({ from }) => Object.keys(from).some((name) => growth.has(name))),
  );
  const facts =
    following.length === 0
      ? known
      : withDerived(known, subject.scope, wanted, { ...vocabulary, derived: following });
  return { ...subject, facts, context: contextOf(facts) };
}

function countersIn(facts: Facts | null): ReturnType<CountersOf> {
  const known = facts?.get('counters');
  return known?.ok ? ({ ok: true, value: known.parsed } as ReturnType<CountersOf>) : undefined;
}

/** Tells whether a finding is a defect, and one of the counters that its rule names grew. */
function isCaused(finding: Finding, rules: readonly LoadedRule[], growth: Facts): boolean {
  if (finding.verdict !== 'fail') return false;
  const reads = readsOfRules(rules.filter(({ id }) => id === finding.rule));
  const named = reads.flatMap(({ fact, keys: [, name] }) =>
    growth.has(fact) && name !== undefined ? [{ fact, name }] : [],
  );
  return named.length === 0 || named.some(({ fact, name }) => deltaOf(growth, fact, name) > 0);
}

function deltaOf(growth: Facts, fact: string, name: string): number {
  const known = growth.get(fact);
  if (!known?.ok) return 0;
  const { delta } = known.parsed.value as { delta?: Record<string, number> };
  return delta?.[name] ?? 0;
}
