import type { Parsed } from '../define.ts';
import { WALKED_FACTS } from '../fleet/walked-facts.ts';
import type { HostModel, ReadFact } from '../host/host-model.ts';
import { parsing } from '../host/reading.ts';
import type { Answer, Host, Scope } from '../model.ts';
import { type Unknown, unknownFor } from './expression/unknown.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import { derive } from './facts/derive.ts';
import type { Fact, Facts } from './facts/facts.ts';

/** A subject that rules are tried on: a host, or one of its network namespaces. */
export interface Subject {
  scope: Scope;
  host: string;
  /** The namespace's name, or null for the host. */
  namespace: string | null;
  /** Its own facts, without those that follow from others. */
  own: Facts;
  /** All facts that it sees: those, what follows from them and, for a namespace, its host's. */
  facts: Facts;
  /** These facts, as expressions take them. */
  context: Record<string, unknown>;
  /** True when it does not run: an image. */
  atRest: boolean;
}

type Answered = [fact: string, answer: Answer<Parsed<unknown>>];

/** Returns a host, then its namespaces. `wanted`: the facts to make; others are not parsed, nor derived. */
export function subjectsOf(
  model: HostModel,
  wanted: ReadonlySet<string>,
  vocabulary: Vocabulary,
): [host: Subject, ...namespaces: Subject[]] {
  const { host, medium, namespaces } = model;
  const collected = (scope: Scope, read: ReadFact): Answered[] =>
    [...vocabulary.collectors.values()]
      .filter((collector) => collector.scope === scope && wanted.has(collector.id))
      .map((collector) => {
        const reading = read(collector);
        return [collector.id, reading.ok ? { ok: true, value: reading.value.fact } : reading];
      });
  const above = toFacts(
    [['host', aboutHost(host, medium?.kind === 'image')], ...collected('host', model.read)],
    vocabulary,
  );
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
      atRest: medium?.kind === 'image',
    };
  };
  const walked = [...WALKED_FACTS].flatMap(([id, { facts }]) =>
    wanted.has(id) ? [{ id, made: facts(model) }] : [],
  );
  const walkedIn = (name: string): Answered[] =>
    walked.flatMap(({ id, made }): Answered[] => {
      const fact = made.get(name);
      return fact === undefined ? [] : [[id, fact]];
    });
  return [
    subject(null, above),
    ...namespaces.map(({ name, about, read }) =>
      subject(name, toFacts([['netns', about], ...collected('netns', read), ...walkedIn(name)], vocabulary)),
    ),
  ];
}

/** A namespace has its host's derived facts, too. */
export function withDerived(
  asked: Facts,
  scope: Scope,
  wanted: ReadonlySet<string>,
  vocabulary: Vocabulary,
): Facts {
  const following = vocabulary.derived.filter(
    (fact) => wanted.has(fact.id) && (fact.scope === 'host' || fact.scope === scope),
  );
  const derived = following.map((fact): Answered => [fact.id, { ok: true, value: derive(fact, asked) }]);
  return new Map([...asked, ...toFacts(derived, vocabulary)]);
}

function aboutHost({ name, groups, vars }: Host, at_rest: boolean): Answer<Parsed<unknown>> {
  return { ok: true, value: { value: { name, groups, vars, at_rest } } };
}

export function toFacts(answered: readonly Answered[], { encode }: Vocabulary): Map<string, Fact> {
  return new Map(
    answered.map(([name, answer]): [string, Fact] => {
      if (!answer.ok) return [name, answer];
      const encoded = parsing(() => encode(name, answer.value));
      return [name, encoded.ok ? { ok: true, parsed: answer.value, encoded: encoded.value } : encoded];
    }),
  );
}

/** Returns the facts as expressions take them. */
export function contextOf(facts: Facts): Record<string, unknown> {
  return Object.fromEntries(
    [...facts].map(([name, fact]) => [name, fact.ok ? fact.encoded : whyUnknown(name, fact)]),
  );
}

/** `nat is not known: denied, iptables-save: Permission denied` */
function whyUnknown(name: string, { problem, reason }: Extract<Fact, { ok: false }>): Unknown {
  return unknownFor([{ problem, reason: `${name} is not known: ${problem}, ${reason}` }]);
}
