import sysctlBoot from '../collectors/sysctl_boot.ts';
import type { Parsed } from '../define.ts';
import type { Answer, Host, HostEvidence, Scope } from '../model.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import { sysctlsAtBoot } from './facts/boot-sysctls.ts';
import { derive } from './facts/derive.ts';
import { answersOf, type Fact, type Facts, parsedFact, unparsable } from './facts/facts.ts';
import { sysctlsInForce } from './facts/globals.ts';
import { namespacesOf } from './facts/namespaces.ts';

/** What rules are tried on: a host, or one of its network namespaces. */
export interface Subject {
  scope: Scope;
  host: string;
  /** The namespace's name, or null for the host. */
  namespace: string | null;
  /** Its own facts, without those that follow from others. */
  own: Facts;
  /** All that it sees: those, what follows from them and, for a namespace, its host's. */
  facts: Facts;
  /** What is known of them, as expressions take it. */
  context: Record<string, unknown>;
  /** It does not run: an image. */
  atRest: boolean;
}

type Answered = [fact: string, answer: Answer<Parsed<unknown>>];

/** A host, then its namespaces. `wanted`: the facts to make; others are not parsed, nor derived. */
export function subjectsOf(
  said: HostEvidence,
  wanted: ReadonlySet<string>,
  vocabulary: Vocabulary,
): Subject[] {
  const { host, medium, planned } = said;
  const answers = answersOf(said);
  const atRest = medium?.kind === 'image';
  const collected = (scope: Scope, inode: string | null): Answered[] =>
    [...vocabulary.collectors.values()]
      .filter((collector) => collector.scope === scope && wanted.has(collector.id))
      .map((collector) => [collector.id, parsedFact(collector, inode, answers)]);

  const above = toFacts([['host', aboutHost(host)], ...collected('host', null)], vocabulary);
  const subject = (namespace: string | null, own: Facts): Subject => {
    const scope = namespace === null ? 'host' : 'netns';
    const asked = namespace === null ? own : new Map([...above, ...own]);
    const facts = withDerived(asked, scope, wanted, vocabulary);
    return {
      scope,
      host: host.name,
      namespace,
      own,
      facts,
      context: contextOf(facts),
      atRest,
    };
  };
  const wasPlanned = planned !== undefined;
  const namespaces = namespacesOf(above.get('namespaces'), answers.namespaces, wasPlanned).map(
    (namespace) => ({
      ...namespace,
      own: new Map([['netns', namespace.about] as Answered, ...collected('netns', namespace.inode)]),
    }),
  );
  if (atRest && wanted.has('sysctl')) {
    const atBoot = sysctlsAtBoot(parsedFact(sysctlBoot, null, answers), releaseOf(above));
    for (const { own } of namespaces) own.set('sysctl', atBoot);
  }
  const hostSysctls = namespaces.find(({ init }) => init)?.own.get('sysctl') ?? NOT_ASKED;
  for (const { init, own } of namespaces) {
    const shown = own.get('sysctl');
    if (shown !== undefined && !init) own.set('sysctl', sysctlsInForce(shown, hostSysctls, releaseOf(above)));
  }
  return [
    subject(null, above),
    ...namespaces.map(({ name, own }) => subject(name, toFacts([...own], vocabulary))),
  ];
}

/** A namespace has its host's derived facts, too. */
function withDerived(asked: Facts, scope: Scope, wanted: ReadonlySet<string>, vocabulary: Vocabulary): Facts {
  const following = vocabulary.derived.filter(
    (fact) => wanted.has(fact.id) && (fact.scope === 'host' || fact.scope === scope),
  );
  const derived = following.map((fact): Answered => [fact.id, { ok: true, value: derive(fact, asked) }]);
  return new Map([...asked, ...toFacts(derived, vocabulary)]);
}

const NOT_ASKED = {
  ok: false,
  problem: 'unsupported',
  reason: "the host's own namespace was not asked",
} as const;

/** Empty where it is not known. */
function releaseOf(host: Facts): string {
  const kernel = host.get('kernel');
  return kernel?.ok ? (kernel.parsed.value as { release: string }).release : '';
}

function aboutHost({ name, groups, vars }: Host): Answer<Parsed<unknown>> {
  return { ok: true, value: { value: { name, groups, vars } } };
}

export function toFacts(answered: readonly Answered[], { encode }: Vocabulary): Map<string, Fact> {
  return new Map(
    answered.map(([name, answer]): [string, Fact] => {
      if (!answer.ok) return [name, answer];
      try {
        return [name, { ok: true, parsed: answer.value, encoded: encode(name, answer.value.value) }];
      } catch (error) {
        return [name, unparsable(error)];
      }
    }),
  );
}

export function contextOf(facts: Facts): Record<string, unknown> {
  return Object.fromEntries([...facts].flatMap(([name, fact]) => (fact.ok ? [[name, fact.encoded]] : [])));
}
