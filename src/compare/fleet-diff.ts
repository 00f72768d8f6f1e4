/** Compares what two snapshots say of a fleet: hosts, kernels, namespaces, settings, rules of NAT. Pure. */

import type { Vocabulary } from '../evaluate/expression/vocabulary.ts';
import { evaluateQuery, queryFacts } from '../evaluate/query.ts';
import type { Snapshot } from '../model.ts';
import { withoutCounters } from '../network/rule-parts.ts';

/** The kinds of things that are compared, in the order in which they are shown. */
export const CHANGE_KINDS = ['host', 'kernel', 'namespace', 'setting', 'nat-rule'] as const;

/** Something that is another, or only in one of two snapshots. */
export interface Change {
  kind: (typeof CHANGE_KINDS)[number];
  /** The host or namespace: `s2`, `s2/init`. */
  subject: string;
  /** The key of a setting; the name of a namespace; '' where the subject says it all. */
  name: string;
  /** The value; null: it is not there. */
  before: string | null;
  after: string | null;
}

/** Something that could not be compared, with the reason. */
interface NotCompared {
  subject: string;
  what: string;
  reason: string;
}

export interface FleetDiff {
  changes: Change[];
  notCompared: NotCompared[];
}

/** A fact's answer: its value, with what is missing in it; or the reason why there is none. */
interface AnswerOfFact {
  value?: Record<string, unknown>;
  /** The reason why it may lack something. */
  partial?: string;
  /** The parts that could not be read, by name. */
  unreadable?: Record<string, unknown>;
  reason?: string;
}

/** Values by name; a thing that has none is ''. */
type Values = ReadonlyMap<string, string>;

interface Compared {
  fact: string;
  kind: Change['kind'];
  what: string;
  valuesOf(value: Record<string, unknown>): Values;
}

const OF_HOSTS: Compared[] = [
  {
    fact: 'kernel',
    kind: 'kernel',
    what: 'the kernel',
    valuesOf: ({ release }) => new Map([['', String(release)]]),
  },
  {
    fact: 'namespaces',
    kind: 'namespace',
    what: 'the list of namespaces',
    valuesOf: ({ list }) => new Map((list as { name: string }[]).map(({ name }) => [name, ''])),
  },
];

const OF_NAMESPACES: Compared[] = [
  {
    fact: 'sysctl',
    kind: 'setting',
    what: 'settings',
    valuesOf: (value) =>
      new Map(
        Object.entries(value)
          .filter(([key]) => !DRAWN.test(key))
          .map(([key, setting]) => [key, String(setting)]),
      ),
  },
  {
    fact: 'nat',
    kind: 'nat-rule',
    what: 'rules of NAT',
    valuesOf: ({ rules }) => natRules(rules as NatRuleText[]),
  },
];

/** Keys that are drawn at random, or count (Documentation/admin-guide/sysctl). */
const DRAWN = /^kernel\.random\.|conntrack_count$|\.(dentry|inode|file)-(state|nr)$|tcp_fastopen_key$/;

interface NatRuleText {
  table: string;
  chain: string;
  text: string;
}

/** A rule that stands there twice counts twice; its counters do not. */
function natRules(rules: readonly NatRuleText[]): Values {
  const seen = new Map<string, string>();
  for (const { table, chain, text } of rules) {
    const rule = `${table} ${chain}: ${withoutCounters(text)}`;
    let name = rule;
    for (let times = 2; seen.has(name); times++) name = `${rule} (${times})`;
    seen.set(name, '');
  }
  return seen;
}

/** Compares two snapshots. What only one of them could see is not compared, and reported. */
export function compareFleets(before: Snapshot, after: Snapshot, vocabulary: Vocabulary): FleetDiff {
  const factsOf = ({ hosts, ...snapshot }: Snapshot) =>
    new Map(hosts.map((host) => [host.host.name, comparedFacts({ ...snapshot, hosts: [host] }, vocabulary)]));
  const [then, now] = [factsOf(before), factsOf(after)];
  const pairs = [...now].flatMap(([name, facts]) => {
    const earlier = then.get(name);
    return earlier ? [compareHosts(earlier, facts)] : [];
  });
  return joinedDiffs(before, after, pairs);
}

/** By subject and fact, what is compared of a host; of the host itself, and of its namespaces. */
type ComparedFacts = readonly [ofHost: Answers, ofNamespaces: Answers];
type Answers = ReadonlyMap<string, Record<string, AnswerOfFact>>;

/** @param snapshot of one host */
export const comparedFacts = (snapshot: Snapshot, vocabulary: Vocabulary): ComparedFacts => [
  answersIn(snapshot, OF_HOSTS, vocabulary),
  answersIn(snapshot, OF_NAMESPACES, vocabulary),
];

type HostDiff = readonly [ofHost: FleetDiff, ofNamespaces: FleetDiff];

/** Compares what is known of one host. */
export const compareHosts = (then: ComparedFacts, now: ComparedFacts): HostDiff => [
  compareAnswers(then[0], now[0], OF_HOSTS),
  compareAnswers(then[1], now[1], OF_NAMESPACES),
];

export function joinedDiffs(before: Snapshot, after: Snapshot, hosts: readonly HostDiff[]): FleetDiff {
  const all = [...hosts.map(([ofHost]) => ofHost), ...hosts.map(([, ofNamespaces]) => ofNamespaces)];
  return {
    changes: [...hostChanges(before, after), ...all.flatMap(({ changes }) => changes)],
    notCompared: all.flatMap(({ notCompared }) => notCompared),
  };
}

function hostChanges(before: Snapshot, after: Snapshot): Change[] {
  const states = ({ hosts }: Snapshot) =>
    new Map(hosts.map(({ host, reached }) => [host.name, reached.ok ? 'reached' : 'not reached']));
  return differences(states(before), states(after)).map((change) => ({
    kind: 'host',
    subject: change.name,
    name: '',
    before: change.before,
    after: change.after,
  }));
}

function answersIn(snapshot: Snapshot, compared: readonly Compared[], vocabulary: Vocabulary): Answers {
  const query = queryFacts(
    compared.map(({ fact }) => fact),
    vocabulary,
  );
  return new Map(
    evaluateQuery(snapshot, query, vocabulary).map(({ name, answer }) => [
      name,
      answer as Record<string, AnswerOfFact>,
    ]),
  );
}

function compareAnswers(then: Answers, now: Answers, compared: readonly Compared[]): FleetDiff {
  const subjects = [...now.keys()].filter((subject) => then.has(subject));
  const changes: Change[] = [];
  const notCompared: NotCompared[] = [];
  for (const subject of subjects)
    for (const one of compared) {
      const [a, b] = [then.get(subject)?.[one.fact], now.get(subject)?.[one.fact]];
      const reason = reasonOf('before', a) ?? reasonOf('after', b);
      if (reason !== null) notCompared.push({ subject, what: one.what, reason });
      else if (a !== b) changes.push(...changesOf(subject, one, a ?? {}, b ?? {}));
    }
  return { changes, notCompared };
}

const reasonOf = (side: string, answer: AnswerOfFact | undefined): string | null =>
  answer?.value === undefined ? `${side}: ${answer?.reason ?? 'the host was not reached'}` : null;

function changesOf(
  subject: string,
  { kind, valuesOf }: Compared,
  a: AnswerOfFact,
  b: AnswerOfFact,
): Change[] {
  const isUnread = ({ partial, unreadable = {} }: AnswerOfFact, name: string): boolean =>
    partial !== undefined || Object.hasOwn(unreadable, name);
  return differences(valuesOf(a.value ?? {}), valuesOf(b.value ?? {}))
    .filter(({ name, before }) => before !== null || !isUnread(a, name))
    .filter(({ name, after }) => after !== null || !isUnread(b, name))
    .map((difference) => ({ kind, subject, ...difference }));
}

/** Returns the names whose values differ, those of the later side first. */
function differences(before: Values, after: Values): Pick<Change, 'name' | 'before' | 'after'>[] {
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }))
    .filter((one) => one.before !== one.after);
}
